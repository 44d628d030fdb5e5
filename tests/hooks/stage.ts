/** A whole installation, and either client before it: unmodified, with managed files laid over /etc, and a scripted model of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { type Launched, launch } from '../../packages/server/src/cli/demo/launch.ts';
import { makeWorkshop, type Workshop } from '../../packages/server/src/cli/demo/workshop.ts';
import { pathOf } from '../../packages/server/src/client/index.ts';
import { withClient } from '../../packages/server/src/store/embedded/index.ts';
import { type Installation, type InstallationOptions, openInstallation, type TestTask } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';
import { ScriptedTools } from '../../packages/server/src/cli/client/probe/model.ts';
import { type ClientFile, clientPlaces } from '../../packages/server/src/ports/clients.ts';
import { filesFor, type Points } from './files.ts';

const RUN_MS = 60_000;
const clients = locateClients(process.env);

const ACTIONS = [
  'repository.read',
  'file.edit',
  'tool.read',
  'command.read',
  'command.draft',
  'command.mutateLow',
  'command.mutateHigh',
];

export type ClientKind = 'codex' | 'claude';

export interface RunOptions {
  /** Where the client is told to ask, when it is not the installation. */
  readonly points?: Partial<Points>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly timeoutMs?: number;
}

export class HookStage {
  readonly at: Installation;
  readonly model: ScriptedTools;
  readonly workshop: Workshop;
  task: TestTask;
  readonly #root: string;

  private constructor(at: Installation, model: ScriptedTools, task: TestTask, root: string) {
    this.at = at;
    this.model = model;
    this.task = task;
    this.#root = root;
    this.workshop = makeWorkshop(root);
  }

  static async open(
    options: InstallationOptions & { readonly task?: Readonly<Record<string, unknown>> } = {},
  ): Promise<HookStage> {
    const at = await openInstallation({
      ...options,
      governance: (dir) => {
        roomy(dir);
        options.governance?.(dir);
      },
    });
    const model = await ScriptedTools.open();
    const task = await at.task({ actions: ACTIONS, capabilities: ['file.edit'], ...options.task });
    // Beside the temporary directory of the client and never below it: Codex makes no helper programs there.
    return new HookStage(at, model, task, mkdtempSync(join(tmpdir(), 'countersign-hooks-')));
  }

  /** What stands in the store, for tests that look below the API. */
  query(sql: string): Promise<readonly Record<string, unknown>[]> {
    return withClient(this.at.database.connection, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
  }

  get points(): Points {
    return { origin: this.at.server.url, model: this.model.url };
  }

  /** What `client install` would write. */
  async generated(kind: ClientKind): Promise<readonly ClientFile[]> {
    const { json } = await this.at.admin.get(pathOf`/api/v1/clients/${kind}/files`);
    return (json['files'] as readonly { name: string; text: string }[]).map(({ name, text }) => ({ name, text }));
  }

  async run(
    kind: ClientKind,
    steps: ScriptedTools['steps'],
    options: RunOptions = {},
  ): Promise<Launched & { readonly results: readonly string[] }> {
    this.model.steps = steps;
    this.model.results = [];
    const points = { ...this.points, ...options.points };
    const etc = mkdtempSync(join(this.#root, 'etc-'));
    const folder = join(etc, basename(clientPlaces(kind).settings));
    mkdirSync(folder);
    for (const { name, text } of filesFor(await this.generated(kind), points)) writeFileSync(join(folder, name), text);
    const ended = await launch(clients[kind] ?? kind, [...ARGS[kind], ...(options.args ?? [])], {
      cwd: this.workshop.repository,
      env: { ...this.#env(options.token ?? this.task.key), ...options.env },
      timeoutMs: options.timeoutMs ?? RUN_MS,
      etc,
    });
    return { ...ended, results: this.model.results };
  }

  /** A person of the platform team decides the request that shows this text, as soon as there is one. */
  async verdict(answer: 'approve' | 'deny', about: string): Promise<void> {
    const omar = await this.at.personClient('omar');
    for (let tries = 0; tries < 300; tries++) {
      const { json } = await omar.get('/api/v1/approvals', { state: 'open' });
      const waiting = (json['data'] as readonly { id: string; shownDigest: string; shown: unknown }[]).find(({ shown }) =>
        JSON.stringify(shown).includes(about),
      );
      if (waiting !== undefined) {
        const verdict = { answer, reason: 'looked at it closely', shownDigest: waiting.shownDigest };
        await omar.post(pathOf`/api/v1/approvals/${waiting.id}/verdict`, verdict);
        return;
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`nothing about ${about} waits for a person`);
  }

  #env(token: string): NodeJS.ProcessEnv {
    const { home, tmp } = this.workshop;
    const codex = join(home, '.codex');
    mkdirSync(codex, { recursive: true });
    return {
      PATH: process.env['PATH'],
      HOME: home,
      TMPDIR: tmp,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      CODEX_HOME: codex,
      COUNTERSIGN_TOKEN: token,
      COUNTERSIGN_MANDATE: this.task.mandate,
      ANTHROPIC_AUTH_TOKEN: token,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${token}`,
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    };
  }

  async close(): Promise<void> {
    await this.model.close();
    await this.at.close();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 10 });
  }
}

const ARGS: Readonly<Record<ClientKind, readonly string[]>> = {
  codex: ['exec', '--json', '--sandbox', 'workspace-write', 'Do the task.'],
  claude: ['-p', 'Do the task.', '--output-format', 'json'],
};
