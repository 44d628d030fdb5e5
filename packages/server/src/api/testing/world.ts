/** The whole API over a road in memory: real kernel, policies, road and admission; what is durable is doubled. For tests only. */
import { createHash } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';
import { hexEncode, ledgerId, sealEntry, type EntryDraft } from '@countersign/kernel/ledger';
import { openEgressDesk } from '../../app/desks/egress.ts';
import { MemoryFamiliarity } from '../../gateway/egress/testing/familiarity.ts';
import { createTasks } from '../../govern/admit.ts';
import { AGENT, makeWorld, type World } from '../../govern/testing/world.ts';
import type { ApprovalRecord, ApprovalStore } from '../../ports/approvals.ts';
import type { BreakGlass, CredentialRecord, IdentityStore, KillSwitch } from '../../ports/identity.ts';
import { formatKey, hashSecret, type KeyKind } from '../../ports/key-format.ts';
import type { LedgerReader, StoredEntry } from '../../ports/ledger.ts';
import type { MandateState, MandateStore, SignedMandate } from '../../ports/mandate.ts';
import { NO_MARKS } from '../../ports/marks.ts';
import type { AgentRecord, BundleSnapshot, PersonRecord } from '../../ports/registry.ts';
import { createApi, type Api } from '../app.ts';
import type { ApiDeps, BundlePlan } from '../deps.ts';
import { MemoryIdempotency } from '../http/idempotency-memory.ts';
import { memoryDesk } from './memories.ts';
import { reviewStore } from './reviews.ts';
import { checkAgainst } from './openapi.ts';

export const OTHER_AGENT: AgentRecord = {
  ...AGENT,
  id: 'docs-writer-drafts-dev',
  purpose: 'writes documentation',
  team: 'docs',
  approvalGroup: 'team:docs',
};

const PEOPLE: readonly PersonRecord[] = [
  { id: 'usr_root', groups: ['team:platform'], admin: true },
  { id: 'usr_ada', groups: ['team:payments'], admin: false },
  { id: 'usr_sam', groups: ['group:security', 'team:security'], admin: false },
  { id: 'usr_vic', groups: [], admin: false },
];

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** A fixed secret per name, so that keys are the same in every run. */
const secretOf = (name: string) => createHash('sha256').update(name).digest('base64url');

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
  readonly bundle: { files: Record<string, string>; revision: string };
  /** Calls the application without a socket, and checks the answer against the OpenAPI document. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

/** Any id as one that the ledger takes. */
function ledgerOf(world: World): LedgerReader {
  const rows: StoredEntry[] = [];
  const ids = new Map<string, number>();
  let previous: string | null = null;
  const append = (draft: EntryDraft) => {
    const { bytes, leaf } = sealEntry(draft, { node: 'nod_1', nodeSeq: rows.length, nodePrev: previous }, sha256);
    ids.set(draft.id, rows.length);
    if (draft.type === 'decision') ids.set(draft.decision.id, rows.length);
    previous = hexEncode(leaf);
    rows.push({ seq: rows.length, body: bytes });
  };
  const started: EntryDraft = {
    v: 1,
    org: 'acme',
    id: '01932f6e-0000-7000-8000-ffffffffffff',
    ts: '2026-06-01T11:59:00.000Z',
    type: 'node.started',
  };
  let taken = 0;
  const sync = () => {
    if (rows.length === 0) append(started);
    for (; taken < world.entries.length; taken++) append(world.entries[taken] as EntryDraft);
  };
  return {
    async size() {
      sync();
      return rows.length;
    },
    async read(_org, from, limit) {
      sync();
      return rows.slice(from, from + limit);
    },
    async find(_org, id) {
      sync();
      return rows[ids.get(id) ?? -1];
    },
    checkpoint: async () => 'log.test/acme\n1\nAAAA\n\n— log.test/acme AAAA\n',
    async prove(_org, seq) {
      sync();
      if (seq >= rows.length) throw new Fault('ledger.not-found', 'The ledger has no such entry.');
      return `c2sp.org/tlog-proof@v1\nindex ${seq}\n`;
    },
    verifierKey: () => 'log.test/acme+00000000+AAAA',
  };
}

function approvalsOf(world: World, base: ApprovalStore): ApprovalStore {
  const put = (record: ApprovalRecord) => {
    world.approvals.set(record.id, record);
    return record;
  };
  const get = (id: string) => {
    const record = world.approvals.get(id);
    if (record === undefined) throw new Fault('request.not-found', 'There is no such approval request.');
    return record;
  };
  return {
    ...base,
    async decide({ approval, approver, answer, reason }) {
      const record = get(approval);
      if (record.state !== 'open') throw new Fault('approval.closed', 'The approval request is no longer open.');
      const gate = record.gates[0]?.gate ?? 'none';
      const verdicts = [...record.verdicts, { approver, answer, gate, reason, at: new Date(world.nowMs).toISOString() }];
      return put({ ...record, verdicts, state: answer === 'approve' ? 'approved' : 'denied' });
    },
    withdraw: async (_org, id) => put({ ...get(id), state: 'withdrawn' }),
    async list(_org, { state, limit, cursor }) {
      const all = [...world.approvals.values()].reverse().filter((record) => state === undefined || record.state === state);
      const from = Number(cursor ?? 0);
      const data = all.slice(from, from + limit);
      return from + limit < all.length ? { data, nextCursor: String(from + limit) } : { data };
    },
  };
}

function identityOf(world: World, kills: KillSwitch[], revoked: Set<string>): IdentityStore {
  const glasses: BreakGlass[] = [];
  const now = () => new Date(world.nowMs).toISOString();
  const named = (kill: KillSwitch) => JSON.stringify(kill.target);
  const drop = (target: KillSwitch['target']) => {
    const at = kills.findIndex((kill) => named(kill) === JSON.stringify(target));
    if (at >= 0) kills.splice(at, 1);
  };
  return {
    issue: async (record) => void world.credentials.set(record.id, record),
    async revoke(_org, id) {
      const record = { ...(world.credentials.get(id) as CredentialRecord), revokedAt: now() };
      world.credentials.set(id, record);
      return record;
    },
    async revokeMandate(_org, id) {
      revoked.add(id);
      world.mandates.set(id, { ok: false, why: 'revoked' });
    },
    credentials: async (_org, subject) =>
      [...world.credentials.values()].filter((record) => subject === undefined || record.subject === subject),
    async setKill(_org, kill) {
      drop(kill.target);
      kills.push(kill);
      world.kill = kill;
    },
    async clearKill(_org, target) {
      drop(target);
      world.kill = kills[0];
    },
    kills: async () => [...kills],
    async openBreakGlass(draft) {
      const glass = { ...draft, openedAt: now(), review: null };
      glasses.unshift(glass);
      return glass;
    },
    async reviewBreakGlass(_org, id, review) {
      const at = glasses.findIndex((glass) => glass.id === id);
      const glass = { ...(glasses[at] as BreakGlass), review: { ...review, at: now() } };
      glasses[at] = glass;
      return glass;
    },
    breakGlasses: async () => glasses,
  };
}

function mandatesOf(world: World, revoked: Set<string>): MandateStore {
  const all: SignedMandate[] = [];
  const stateOf = ({ mandate }: SignedMandate): MandateState =>
    revoked.has(mandate.id) ? 'revoked' : Date.parse(mandate.expiresAt) <= world.nowMs ? 'expired' : 'active';
  return {
    async insert(signed) {
      all.unshift(signed);
      world.mandates.set(signed.mandate.id, { ok: true, mandate: signed.mandate });
    },
    async find(_org, id) {
      const signed = all.find(({ mandate }) => mandate.id === id);
      return signed === undefined ? undefined : { signed, state: stateOf(signed) };
    },
    async list(_org, { limit, cursor, agent }) {
      const mine = all.filter(({ mandate }) => agent === undefined || mandate.agent === agent);
      const from = Number(cursor ?? 0);
      const data = mine.slice(from, from + limit).map((signed) => ({ signed, state: stateOf(signed) }));
      return from + limit < mine.length ? { data, nextCursor: String(from + limit) } : { data };
    },
  };
}

function planOf(
  bundle: { files: Record<string, string>; revision: string },
  files: Readonly<Record<string, string>>,
): BundlePlan {
  const broken = Object.entries(files).find(([, text]) => text.includes('broken'));
  const revision = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  const changes = Object.keys({ ...bundle.files, ...files })
    .filter((file) => bundle.files[file] !== files[file])
    .map((file) => ({
      file,
      change:
        bundle.files[file] === undefined
          ? ('added' as const)
          : files[file] === undefined
            ? ('removed' as const)
            : ('changed' as const),
    }));
  const findings =
    broken === undefined
      ? []
      : [{ severity: 'error' as const, code: 'yaml.syntax', file: broken[0], line: 1, column: 1, message: 'This is broken.' }];
  return {
    revision: broken === undefined ? revision : null,
    base: bundle.revision,
    findings,
    changes,
    tests: { passed: 1, failed: 0 },
  };
}

function bundlesOf(bundle: { files: Record<string, string>; revision: string }): ApiDeps['bundles'] {
  const history = [{ revision: bundle.revision, appliedAt: '2026-06-01T00:00:00.000Z', by: 'usr_root' }];
  return {
    current: async () => ({ ...bundle }),
    history: async (limit) => history.slice(0, limit),
    plan: async (files) => planOf(bundle, files),
    async apply(files, by, expect) {
      const plan = planOf(bundle, files);
      if (plan.revision === null)
        throw new Fault('bundle.invalid', 'The bundle is refused.', {
          details: { findings: plan.findings.map((finding) => ({ ...finding })) },
        });
      if (expect !== bundle.revision) throw new Fault('bundle.stale', 'Another revision came first.');
      Object.assign(bundle, { files: { ...files }, revision: plan.revision });
      history.unshift({ revision: plan.revision, appliedAt: '2026-06-01T12:00:00.000Z', by });
      return plan;
    },
  };
}

function seedKeys(world: World): Map<string, string> {
  const keys = new Map<string, string>();
  const holders: [string, KeyKind][] = [
    ...PEOPLE.map(({ id }): [string, KeyKind] => [id, 'person']),
    [AGENT.id, 'agent'],
    [OTHER_AGENT.id, 'agent'],
  ];
  holders.forEach(([subject, kind], index) => {
    const [id, secret] = [`crd_seed${index}`, secretOf(subject)];
    const record: CredentialRecord = {
      id,
      org: 'acme',
      kind,
      subject,
      secretHash: hashSecret(secret),
      mandate: null,
      onBehalfOf: kind === 'agent' ? 'usr_ada' : null,
      createdAt: '2026-05-01T00:00:00.000Z',
      expiresAt: '2027-05-01T00:00:00.000Z',
      revokedAt: null,
    };
    world.credentials.set(id, record);
    keys.set(subject, formatKey(kind, id, secret));
  });
  return keys;
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
    ledger: ledgerOf(world),
    payloads: {
      read: async (_by, digest) =>
        digest === 'e'.repeat(64)
          ? { state: 'erased' }
          : { state: 'present', kind: 'facts', class: 'internal', blind: new Uint8Array(32), bytes: Buffer.from('{}') },
      erase: async (_by, what) => ('digests' in what ? what.digests : [ledgerId(what.subject)]),
    },
    memories: memoryDesk(),
    egress: openEgressDesk({
      org: 'acme',
      road: world.road,
      snapshots: { current: () => world.snapshot },
      newTrace: () => 'a'.repeat(32),
      familiarity: new MemoryFamiliarity(),
      clock: world.deps.clock,
      newId: world.deps.newId,
    }),
    reviews: reviewStore(),
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

export { AGENT };
