/** The command door on a real socket, over processes without walls and a road whose answers the test chooses. */
import { NO_MARKS } from '../../../ports/marks.ts';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type CommandVerdict, split } from '@countersign/kernel/command';
import type { JsonRecord } from '@countersign/kernel/json';
import { type ExecEvents, execute } from '../../../client/exec.ts';
import { hashSecret } from '../../../ports/key-format.ts';
import type { ApprovalRecord } from '../../../ports/approvals.ts';
import type { CredentialRecord, LiveView, MandateAnswer } from '../../../ports/identity.ts';
import type { Mandate } from '../../../ports/mandate.ts';
import type { AgentRecord, BundleSnapshot } from '../../../ports/registry.ts';
import type { SandboxProfile } from '../../../ports/sandbox-profile.ts';
import { KEY, TestRoad } from '../../wire/testing/test-road.ts';
import { type CommandDoor, type CommandDoorDeps, createCommandDoor } from '../run/index.ts';
import { PlainBackend } from './plain-backend.ts';

export const ADMIN_KEY = `csk_p_crd_admin1_${'a'.repeat(43)}`;
export const PERSON_KEY = `csk_p_crd_person1_${'b'.repeat(43)}`;
export { KEY };

export const AGENT: AgentRecord = {
  id: 'payments-fixer',
  purpose: 'fixes tests',
  owner: 'ada',
  team: 'payments',
  environment: 'dev',
  dataClass: 'internal',
  approvalGroup: 'team:payments',
  runbook: '',
  role: 'editor',
  tier: 2,
  repositories: ['payments'],
  capabilities: [],
  useCases: [],
  logins: [],
  disabled: false,
};

export const MANDATE: Mandate = {
  id: 'man_1',
  org: 'org',
  task: 'tsk_1',
  agent: AGENT.id,
  role: 'editor',
  onBehalfOf: 'lin',
  ticket: 'PAY-1',
  repository: 'payments',
  paths: ['**'],
  capabilities: [],
  actions: ['command.draft'],
  useCase: 'code',
  environment: 'dev',
  dataClass: 'internal',
  budgetMicroUsd: 1,
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2099-01-01T00:00:00.000Z',
  revision: 'rev-1',
  decision: 'dec_0',
};

export const PROFILE: SandboxProfile = {
  name: 'default',
  about: 'for tests',
  least: 'bwrap',
  workspace: { mode: 'write', hidden: [], protect: [], scratch: [], linkedFiles: 'hold' },
  mounts: [],
  clients: [],
  environment: {},
  limits: {
    memoryBytes: 1 << 28,
    processes: 64,
    cpuPercent: 100,
    fileBytes: 1 << 28,
    openFiles: 256,
    workspaceBytes: 0,
    workspaceFiles: 0,
    tmpBytes: 1 << 26,
    outputBytes: 1 << 26,
    wallMs: 60_000,
  },
  network: 'none',
  nested: false,
  debug: false,
};

const credential = (id: string, subject: string, secret: string): CredentialRecord => ({
  id,
  org: 'org',
  kind: 'person',
  subject,
  secretHash: hashSecret(secret),
  mandate: null,
  onBehalfOf: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
});

export const SNAPSHOT = {
  revision: 'rev-1',
  settings: {},
  agents: new Map([[AGENT.id, AGENT]]),
  people: new Map([
    ['ada', { id: 'ada', groups: ['team:platform'], admin: true }],
    ['lin', { id: 'lin', groups: [], admin: false }],
  ]),
} as unknown as BundleSnapshot;

export interface Ran {
  readonly end: JsonRecord;
  readonly stdout: string;
  readonly stderr: string;
  readonly waiting: readonly JsonRecord[];
  readonly started: readonly JsonRecord[];
}

export interface RunOptions {
  readonly key?: string;
  readonly mandate?: string;
  readonly cwd?: string;
  readonly stdin?: string | Readable;
  readonly signal?: AbortSignal;
  readonly open?: JsonRecord;
  readonly onOutput?: (chunk: Buffer) => void;
}

export class Stage {
  readonly folder: string;
  readonly road = new TestRoad(SNAPSHOT, AGENT);
  readonly backend = new PlainBackend();
  readonly door: CommandDoor;
  readonly server: Server;
  readonly mandates = new Map<string, MandateAnswer>([['man_1', { ok: true, mandate: MANDATE }]]);
  readonly credentials = new Map([
    ['crd_admin1', credential('crd_admin1', 'ada', 'a'.repeat(43))],
    ['crd_person1', credential('crd_person1', 'lin', 'b'.repeat(43))],
  ]);
  killed = false;
  approval: Partial<ApprovalRecord> | undefined;
  /** Called while somebody waits for an approval. */
  onWait: () => void = () => undefined;
  #ids = 0;

  private constructor(over: Partial<CommandDoorDeps>) {
    this.folder = realpathSync(mkdtempSync('/var/tmp/countersign-run-'));
    this.road.callers.set('task-key', { org: 'org', agent: AGENT, credential: 'crd_agent', onBehalfOf: 'lin', mandate: MANDATE });
    const live: LiveView = {
      fresh: () => true,
      refresh: async () => true,
      killed: () => (this.killed ? { target: { kind: 'all' }, reason: 'test', setBy: 'ada', setAt: '' } : undefined),
      credential: (id) => this.credentials.get(id) ?? (id === 'crd_agent' ? credential(id, AGENT.id, '') : undefined),
      mandate: (id) => this.mandates.get(id) ?? { ok: false, why: 'missing' },
      breakGlass: () => undefined,
    };
    this.door = createCommandDoor({
      org: 'org',
      road: this.road,
      snapshots: { current: () => SNAPSHOT },
      live,
      approvals: { waitFor: async () => (this.onWait(), this.approval as ApprovalRecord | undefined) },
      clock: { now: () => Date.now() },
      newId: (prefix) => `${prefix}_${++this.#ids}`,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      judge: async (what) => ({
        revision: 'rev-1',
        verdict: verdictOf(what.command),
        ask: {
          caller: what.caller,
          action: 'command.draft',
          resource: { type: 'Countersign::Command', id: 'test' },
          args: {},
          door: 'command',
          trace: what.trace,
          knows: new Set(),
        },
      }),
      marks: () => NO_MARKS,
      profiles: {
        named: (_snapshot, name) => (name === 'default' ? PROFILE : undefined),
        names: () => ['default'],
        read: (text) => ({ ...PROFILE, ...(JSON.parse(text) as object) }),
        egress: () => {
          throw new Error('no network in this test');
        },
      },
      backend: () => this.backend,
      workspaces: (repository) => (repository === 'payments' ? [this.folder] : []),
      clients: () => [],
      ownFolders: [],
      ...over,
    });
    this.server = createServer((req, res) => this.door.handle(req, res));
    this.server.on('upgrade', (req, socket, head) => this.door.upgrade(req, socket, head));
  }

  static async open(over: Partial<CommandDoorDeps> = {}): Promise<Stage> {
    const stage = new Stage(over);
    await new Promise<void>((resolve) => stage.server.listen(0, '127.0.0.1', resolve));
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  path(name: string): string {
    return join(this.folder, name);
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
    const started: JsonRecord[] = [];
    const events: ExecEvents = {
      waiting: (what) => void waiting.push(what),
      started: (what) => void started.push(what),
      output: (stream, chunk) => {
        out[stream].push(Buffer.from(chunk));
        options.onOutput?.(chunk);
        return true;
      },
    };
    const { stdin } = options;
    const end = await execute(
      {
        url: this.url,
        key: options.key === '' ? undefined : (options.key ?? 'task-key'),
        signal: options.signal ?? new AbortController().signal,
        ...(options.mandate === undefined ? {} : { mandate: options.mandate }),
        ...(stdin === undefined ? {} : { stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin }),
      },
      { command, cwd: options.cwd ?? this.folder, stdin: stdin !== undefined, ...options.open },
      events,
    );
    return { end, waiting, started, stdout: Buffer.concat(out.stdout).toString(), stderr: Buffer.concat(out.stderr).toString() };
  }

  async close(): Promise<void> {
    await this.door.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function verdictOf(command: { readonly argv: readonly string[] } | { readonly text: string }): CommandVerdict {
  const whole = 'text' in command ? split(command.text, 'bash') : undefined;
  return {
    verdict: 'allow',
    class: 'draft',
    rules: [],
    gates: [],
    codes: [],
    programs: [],
    reasons: [],
    split: whole ?? { ok: true, dialect: 'none', commands: [] },
  };
}
