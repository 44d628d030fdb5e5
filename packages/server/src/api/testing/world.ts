/** The whole API over a road in memory: real kernel, policies, road and admission; what is durable is doubled. For tests only. */
import { Fault } from '@countersign/kernel/fault';
import { ledgerId } from '@countersign/kernel/ledger';
import { openEgressDesk } from '../../app/desks/egress.ts';
import { MemoryFamiliarity } from '../../gateway/egress/testing/familiarity.ts';
import { createTasks } from '../../govern/admit.ts';
import { AGENT, makeWorld, type World } from '../../govern/testing/world.ts';
import type { KillSwitch } from '../../ports/identity.ts';
import { NO_MARKS } from '../../ports/marks.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import { createApi, type Api } from '../app.ts';
import type { ApiDeps } from '../deps.ts';
import { MemoryIdempotency } from '../http/idempotency-memory.ts';
import { approvalsOf } from './approvals.ts';
import { bundlesOf, type HeldBundle } from './bundles.ts';
import { CLIENT_FILES, devicesOf } from './devices.ts';
import { identityOf, mandatesOf } from './identity.ts';
import { ledgerOf } from './ledger.ts';
import { memoryDesk } from './memories.ts';
import { OTHER_AGENT, PEOPLE, seedKeys } from './principals.ts';
import { reviewStore } from './reviews.ts';
import { checkAgainst } from './openapi.ts';

export interface CallOptions {
  /** Whose key: a person id, an agent id, or a whole Authorization header; null: none. */
  readonly as?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed when it is JSON. */
  readonly json: Record<string, unknown>;
}

export interface ApiWorld {
  readonly world: World;
  readonly deps: ApiDeps;
  readonly api: Api;
  readonly keys: ReadonlyMap<string, string>;
  readonly kills: KillSwitch[];
  readonly bundle: HeldBundle;
  /** Calls the application without a socket, and checks the answer against the OpenAPI document. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

const noTool = (): never => {
  throw new Fault('request.not-found', 'The bundle in force has no such tool server.');
};
const noTools: ApiDeps['tools'] = {
  servers: () => [],
  server: noTool,
  definition: noTool,
  waiting: () => [],
  preview: noTool,
  decide: async () => noTool(),
  refresh: async () => noTool(),
};

export function makeApi(changes: Partial<ApiDeps> = {}): ApiWorld {
  const world = makeWorld();
  world.snapshot = {
    ...(world.snapshot as BundleSnapshot),
    agents: new Map([AGENT, OTHER_AGENT].map((agent) => [agent.id, agent])),
    people: new Map(PEOPLE.map((person) => [person.id, person])),
  };
  const [kills, revoked, bundle] = [
    [] as KillSwitch[],
    new Set<string>(),
    { files: { 'countersign.yaml': 'organisation: acme\n' }, revision: 'r1' },
  ];
  const keys = seedKeys(world);
  const mandates = mandatesOf(world, revoked);
  const signer = { keyId: 'key_1', sign: () => 'signature', verify: () => true };
  const deps: ApiDeps = {
    org: 'acme',
    publicUrl: 'http://127.0.0.1:7070',
    road: world.road,
    tasks: createTasks({ deps: world.deps, road: world.road, mandates, signer }),
    snapshots: { current: () => world.snapshot },
    live: world.deps.live,
    approvals: approvalsOf(world, world.deps.approvals),
    identity: identityOf(world, kills, revoked),
    mandates,
    devices: devicesOf(world),
    clientFiles: CLIENT_FILES,
    deviceSecret: new Uint8Array(32).fill(7),
    ledger: ledgerOf(world),
    payloads: {
      read: async (_by, digest) =>
        digest === 'e'.repeat(64)
          ? { state: 'erased' }
          : { state: 'present', kind: 'facts', class: 'internal', blind: new Uint8Array(32), bytes: Buffer.from('{}') },
      erase: async (_by, what) => ('digests' in what ? what.digests : [ledgerId(what.subject)]),
    },
    memories: memoryDesk(),
    reviews: reviewStore(),
    egress: openEgressDesk({
      org: 'acme',
      road: world.road,
      snapshots: { current: () => world.snapshot },
      newTrace: () => 'a'.repeat(32),
      familiarity: new MemoryFamiliarity(),
      clock: world.deps.clock,
      newId: world.deps.newId,
    }),
    evidence: { findings: async () => ({ data: [] }), rates: async () => [] },
    coverage: { report: async () => false, list: async () => [] },
    exports: {
      async *files(by) {
        if (!by.admin) throw new Fault('policy.denied', 'Only the platform team exports the ledger.');
        yield { path: 'checkpoint', bytes: Buffer.from('one') };
        yield { path: 'tile/entries/000.p/1', bytes: Buffer.from([0, 1, 255]) };
      },
    },
    marks: {
      read: async (task) => world.marks.get(task) ?? NO_MARKS,
      lower: async (_by, task, marks) => void world.marks.set(task, marks),
    },
    tools: noTools,
    budgets: {
      list: async () => ({
        data: [
          {
            scope: 'org',
            unit: 'microUsd',
            window: 'day',
            starts: '2026-06-01T00:00:00.000Z',
            limit: 5_000_000,
            spent: 1_000_000,
            reserved: 500_000,
            raise: 'team:finops',
          },
        ],
      }),
    },
    bundles: bundlesOf(bundle),
    work: {
      async replay(_query, { progress }) {
        progress(1, 2);
        progress(2, 2);
        return { decisions: 2, identical: 2, different: 0 };
      },
      usage: async () => ({ decisions: 2, policies: [], never: [], covered: [] }),
      backtest: (_files, _query, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    },
    idempotency: new MemoryIdempotency(world.deps.clock),
    clock: world.deps.clock,
    newId: world.deps.newId,
    log: world.deps.log,
    pageSecret: new Uint8Array(32).fill(7),
    version: '0.1.0',
    document: (path) => (path === 'faults/request.invalid' ? '# request.invalid\n' : undefined),
    readiness: async () => ({ ready: !world.broken, checks: { store: world.broken ? 'failing' : 'ok' } }),
    counters: () => [
      {
        name: 'countersign_decisions_total',
        help: 'Decisions by answer',
        type: 'counter',
        samples: [{ labels: { answer: 'allow' }, value: 3 }],
      },
    ],
    ...changes,
  };
  const api = createApi(deps);
  const document = api.document();
  return {
    world,
    deps,
    api,
    keys,
    kills,
    bundle,
    async call(method, path, { as = 'usr_root', body, headers = {} } = {}) {
      const authorization: Record<string, string> =
        as === null ? {} : { authorization: as.includes(' ') ? as : `Bearer ${keys.get(as) ?? as}` };
      const init: RequestInit = {
        method,
        headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      };
      if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await api.hono.request(path, init);
      const text = await response.text();
      const isJson =
        /json/.test(response.headers.get('content-type') ?? '') && !/ndjson/.test(response.headers.get('content-type') ?? '');
      const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
      checkAgainst(document, { method, path, status: response.status, type: response.headers.get('content-type') ?? '', json });
      return { status: response.status, headers: response.headers, text, json };
    },
  };
}

export const TASK = {
  agent: AGENT.id,
  ticket: 'PAY-1',
  repository: 'payments-api',
  useCase: 'test-repair',
  changeClass: 'test',
  capabilities: ['model'],
  actions: ['model.call'],
  estimateMicroUsd: 200_000,
};

export { AGENT, OTHER_AGENT };
