/** Nodes in processes of their own, for tests that kill them or watch their memory. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServerOptions } from '../../packages/server/src/app.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let built: Promise<unknown> | undefined;

/** Child processes run the build, so it must say what the sources say. @throws Error with what the compiler found */
function build(): Promise<unknown> {
  const compiler = [`${root}node_modules/typescript/bin/tsc`, '-b'];
  return (built ??= promisify(execFile)(process.execPath, compiler, { cwd: root }).catch((thrown: { stdout?: string }) => {
    throw new Error(`the sources do not compile:\n${String(thrown.stdout)}`);
  }));
}

export interface NodeProcess {
  readonly url: string;
  readonly adminKey: string | null;
  readonly verifierKey: string;
  /** Warnings and errors of its log, one JSON document a line. */
  readonly said: readonly string[];
  readonly alive: boolean;
  rss(): Promise<number>;
  /** Bytes that are left after garbage was collected. */
  held(): Promise<number>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** A clean end. */
  stop(): Promise<void>;
}

/** @throws Error with what the process said, when it ends before it serves */
export async function startNodeProcess(options: ServerOptions, env: Readonly<Record<string, string>> = {}): Promise<NodeProcess> {
  await build();
  const child = spawn(process.execPath, [fileURLToPath(new URL('node.mjs', import.meta.url)), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  const said: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new Error('no output');
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const first = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const gone = once(child, 'exit').then(([code, signal]: unknown[]) =>
    Promise.reject(new Error(`the node ended with ${String(code ?? signal)}: ${said.join('\n')}`)),
  );
  gone.catch(() => undefined);
  const [line] = await Promise.race([first, gone]);
  const { url, adminKey, verifierKey } = JSON.parse(line) as { url: string; adminKey: string | null; verifierKey: string };
  return {
    url,
    adminKey,
    verifierKey,
    said,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    rss: () => askOf(child, 'rss'),
    held: () => askOf(child, 'held'),
    kill: () => end(child, () => child.kill('SIGKILL')),
    stop: () => end(child, () => child.send('stop')),
  };
}

async function askOf(child: ChildProcess, what: 'rss' | 'held'): Promise<number> {
  const answer = once(child, 'message') as Promise<[Record<typeof what, number>]>;
  child.send(what);
  return (await answer)[0][what];
}

async function end(child: ChildProcess, how: () => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  how();
  await gone;
}
