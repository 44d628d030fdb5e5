/** An installation with a checkout that its agents may work in, and commands through the real door, the real rules and real sandboxes. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { JsonRecord } from '@countersign/kernel/json';
import { execute } from '../../packages/server/src/client/index.ts';
import { type Installation, type InstallationOptions, openInstallation, type TestTask } from '../support/installation.ts';

export const COMMAND_ACTIONS = ['command.read', 'command.draft', 'command.mutateLow', 'command.mutateHigh'];

export interface Ran {
  readonly end: JsonRecord;
  readonly stdout: string;
  readonly stderr: string;
  readonly waiting: readonly JsonRecord[];
}

export interface RunOptions {
  readonly key?: string;
  readonly mandate?: string;
  readonly cwd?: string;
  readonly url?: string;
  readonly stdin?: string | Readable;
  readonly waitMs?: number;
  readonly profile?: JsonRecord;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
  readonly onWaiting?: (what: JsonRecord) => void;
}

export class Stage {
  readonly at: Installation;
  readonly folder: string;
  readonly task: TestTask;

  private constructor(at: Installation, folder: string, task: TestTask) {
    this.at = at;
    this.folder = folder;
    this.task = task;
  }

  static async open(options: InstallationOptions = {}): Promise<Stage> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-checkout-')));
    chmodSync(folder, 0o755);
    const checkout = join(folder, 'payments');
    mkdirSync(checkout);
    writeFileSync(join(checkout, 'README.md'), 'payments\n');
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', checkout, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { stdio: 'ignore' });
    git('init', '-b', 'main');
    git('add', '.');
    git('commit', '-m', 'first');
    const at = await openInstallation({
      ...options,
      server: { ...options.server, sandbox: { workspaces: { payments: [checkout] }, ...options.server?.sandbox } },
    });
    const task = await at.task({ actions: [...COMMAND_ACTIONS, 'model.call'], capabilities: [] });
    return new Stage(at, checkout, task);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get adminKey(): string {
    return this.at.server.adminKey ?? '';
  }

  argv(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return this.run({ argv }, options);
  }

  shell(text: string, options: RunOptions = {}): Promise<Ran> {
    return this.run({ shell: text }, options);
  }

  async run(command: JsonRecord, options: RunOptions): Promise<Ran> {
    const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const waiting: JsonRecord[] = [];
    const { stdin, onOutput, onWaiting } = options;
    const end = await execute(
      {
        url: options.url ?? this.at.server.url,
        key: options.key ?? this.task.key,
        signal: options.signal ?? new AbortController().signal,
        ...(options.mandate === undefined ? {} : { mandate: options.mandate }),
        ...(stdin === undefined ? {} : { stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin }),
      },
      {
        command,
        cwd: options.cwd ?? this.folder,
        stdin: stdin !== undefined,
        waitMs: options.waitMs ?? 0,
        ...(options.profile === undefined ? {} : { profile: options.profile }),
      },
      {
        waiting: (what) => {
          waiting.push(what);
          onWaiting?.(what);
        },
        started: () => undefined,
        output: (stream, chunk) => {
          out[stream].push(Buffer.from(chunk));
          onOutput?.(chunk.toString());
          return true;
        },
      },
    );
    return { end, waiting, stdout: Buffer.concat(out.stdout).toString(), stderr: Buffer.concat(out.stderr).toString() };
  }

  async close(): Promise<void> {
    await this.at.close();
    rmSync(join(this.folder, '..'), { recursive: true, force: true });
  }
}
