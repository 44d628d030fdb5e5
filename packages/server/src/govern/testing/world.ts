/** A road with everything it needs in memory: real kernel, real policies, doubles for what is durable. For tests only. */
import { readFileSync } from 'node:fs';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { EntityRecord } from '@countersign/kernel/action';
import { type BundleSource, compileBundle } from '@countersign/kernel/decide';
import type { JsonRecord } from '@countersign/kernel/json';
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { ApprovalDraft, ApprovalRecord, ApprovalStore } from '../../ports/approvals.ts';
import type { BreakGlass, CredentialRecord, KillSwitch, LiveView, MandateAnswer } from '../../ports/identity.ts';
import { MEMORY_RULES } from '../../ports/memory.ts';
import { NO_EGRESS } from '../../ports/egress-settings.ts';
import type { Mandate } from '../../ports/mandate.ts';
import { joinMarks, NO_MARKS, sameMarks, type TaskMarks } from '../../ports/marks.ts';
import type { AgentRecord, BudgetRule, BundleSnapshot, Settings } from '../../ports/registry.ts';
import type { BudgetLine, DecisionItem, RoadStore, SettleItem } from '../../ports/road-store.ts';
import type { Caller, GovernAsk } from '../../ports/road.ts';
import type { RoadDeps } from '../deps.ts';
import { CountersignRoad } from '../road.ts';

const SCHEMA = new URL('../../../../../governance/policies/schema.cedarschema', import.meta.url);

const POLICIES = `
@id("access.models") @layer("access") @owner("team:platform")
permit (principal, action == Countersign::Action::"model.call", resource);
@id("access.tasks") @layer("access") @owner("team:platform")
permit (principal, action == Countersign::Action::"task.admit", resource) when { principal.repositories.contains(resource) };
@id("limit.class") @layer("limit") @owner("team:security") @reason("data.class") @message("The data class is above what the model may see.") @escalate("team:security")
forbid (principal, action == Countersign::Action::"model.call", resource) when { context.dataRank > resource.maxDataRank };
@id("limit.budget") @layer("limit") @owner("team:finops") @reason("budget.exhausted") @message("The estimate is above what is left.") @escalate("team:finops")
forbid (principal, action == Countersign::Action::"task.admit", resource) when { context.estimateMicroUsd > context.budgetLeftMicroUsd };
@id("gate.preview") @layer("gate") @owner("team:security") @gate("preview-model") @approvers("group:security") @min("1") @reason("approval.preview") @message("Preview models need a person.") @escalate("team:security")
forbid (principal, action == Countersign::Action::"model.call", resource) when { resource.preview } unless { context.approvals.contains("preview-model") };
@id("duty.unknown") @layer("obligation") @owner("team:security") @obligation("shave-first")
permit (principal, action == Countersign::Action::"model.call", resource == Countersign::Model::"bearded");
`;

const type = (name: string) => `Countersign::${name}`;
const ref = (name: string, id: string) => ({ type: type(name), id });

export const AGENT: AgentRecord = {
  id: 'payments-test-repair-editor-dev',
  purpose: 'repairs failing tests',
  owner: 'usr_ada',
  team: 'payments',
  environment: 'dev',
  dataClass: 'internal',
  approvalGroup: 'team:payments',
  runbook: '',
  role: 'editor',
  tier: 2,
  repositories: ['payments-api'],
  capabilities: ['model', 'edit'],
  useCases: ['test-repair'],
  logins: [],
  disabled: false,
};

export const MANDATE: Mandate = {
  id: 'man_1',
  org: 'acme',
  task: 'tsk_1',
  agent: AGENT.id,
  role: 'editor',
  onBehalfOf: 'usr_ada',
  ticket: 'PAY-1',
  repository: 'payments-api',
  paths: ['src'],
  capabilities: ['model'],
  actions: ['model.call'],
  useCase: 'test-repair',
  environment: 'dev',
  dataClass: 'internal',
  budgetMicroUsd: 1_000_000,
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2027-01-01T00:00:00.000Z',
  revision: 'r1',
  decision: 'dec_0',
};

const SETTINGS: Settings = {
  organisation: 'acme',
  environments: ['dev'],
  teams: ['payments'],
  approvalExpiryMs: {
    read: 60_000,
    draft: 60_000,
    recommend: 60_000,
    'mutate-low': 60_000,
    'mutate-high': 60_000,
    'break-glass': 60_000,
  },
  retentionDays: { public: 30, internal: 30, confidential: 7, restricted: 0 },
  loop: { repeats: 0, windowMs: 60_000 },
  holdMs: 1_000,
  mandateTtlMs: 3_600_000,
  memory: MEMORY_RULES,
};

function sourceOf(): BundleSource {
  const schema = cedar.schemaToJson(readFileSync(SCHEMA, 'utf8'));
  if (schema.type !== 'success') throw new Error('schema');
  const parts = cedar.policySetTextToParts(POLICIES);
  if (parts.type !== 'success') throw new Error('policies');
  const policies = parts.policies.map((text, index) => {
    const answer = cedar.policyToJson(text);
    if (answer.type !== 'success') throw new Error('policy');
    const id = (answer.json.annotations as Record<string, string>)['id'] ?? '';
    return { id, text, est: answer.json as unknown as JsonRecord, file: 'policies/test.cedar', line: index + 1 };
  });
  const model = (id: string, preview: boolean): EntityRecord => ({
    uid: ref('Model', id),
    parents: [],
    attrs: {
      enabled: true,
      preview,
      maxDataRank: 1,
      customerData: false,
      teams: [],
      environments: [],
      useCases: [],
      capabilities: [],
    },
  });
  const entities: EntityRecord[] = [
    { uid: ref('Team', 'payments'), parents: [], attrs: {} },
    {
      uid: ref('Agent', AGENT.id),
      parents: [ref('Team', 'payments'), ref('Role', 'editor')],
      attrs: {
        tier: 2,
        environment: 'dev',
        dataRank: 1,
        capabilities: ['model'],
        useCases: ['test-repair'],
        repositories: [ref('Repository', 'payments-api')],
        approvalGroup: 'team:payments',
      },
    },
    {
      uid: ref('Repository', 'payments-api'),
      parents: [],
      attrs: { class: 'app', defaultBranch: 'main', dataRank: 1, environment: 'dev' },
    },
    model('plain', false),
    model('next', true),
    model('bearded', false),
  ];
  return { revision: 'r1', language: '4.5', schema: schema.json as unknown as JsonRecord, policies, entities };
}

const source = sourceOf();
const compiled = compileBundle(source);

export interface World {
  readonly road: CountersignRoad;
  readonly deps: RoadDeps;
  /** What happened, in order: `decided`, `acted`, `settled`. */
  readonly events: string[];
  readonly entries: EntryDraft[];
  readonly settled: SettleItem[];
  readonly spooled: EntryDraft[];
  readonly approvals: Map<string, ApprovalRecord>;
  nowMs: number;
  broken: boolean;
  fresh: boolean;
  kill: KillSwitch | undefined;
  glass: BreakGlass | undefined;
  snapshot: BundleSnapshot | undefined;
  reserve: 'grant' | 'refuse';
  readonly credentials: Map<string, CredentialRecord>;
  readonly mandates: Map<string, MandateAnswer>;
  readonly marks: Map<string, TaskMarks>;
}

const RULES: readonly BudgetRule[] = [
  { scope: 'org', unit: 'microUsd', window: 'day', limit: 5_000_000, raise: 'team:finops', alarms: [] },
];

export function makeWorld(changes: { settings?: Partial<Settings>; budgets?: readonly BudgetRule[] } = {}): World {
  const snapshot: BundleSnapshot = {
    revision: 'r1',
    source,
    compiled,
    settings: { ...SETTINGS, ...changes.settings },
    agents: new Map([[AGENT.id, AGENT]]),
    people: new Map(),
    models: new Map(),
    providers: new Map(),
    repositories: new Map([
      [
        'payments-api',
        {
          id: 'payments-api',
          class: 'app',
          defaultBranch: 'main',
          dataClass: 'internal',
          environment: 'dev',
          owners: 'team:payments',
          modules: [],
        },
      ],
    ]),
    budgets: changes.budgets ?? RULES,
    webhooks: [],
    toolServers: new Map(),
    commands: { rules: [], default: 'forbid', executables: new Map(), gates: new Map() },
    egress: NO_EGRESS,
    profiles: new Map(),
  };
  let serial = 0;
  const world: Omit<World, 'road' | 'deps'> = {
    events: [],
    entries: [],
    settled: [],
    spooled: [],
    approvals: new Map(),
    nowMs: Date.parse('2026-06-01T12:00:00Z'),
    broken: false,
    fresh: true,
    kill: undefined,
    glass: undefined,
    snapshot,
    reserve: 'grant',
    credentials: new Map(),
    mandates: new Map(),
    marks: new Map(),
  };
  const live: LiveView = {
    fresh: () => world.fresh,
    refresh: async () => world.fresh,
    killed: () => world.kill,
    credential: (id) => world.credentials.get(id),
    mandate: (id) => world.mandates.get(id) ?? { ok: false, why: 'missing' },
    breakGlass: () => world.glass,
  };
  const deps: RoadDeps = {
    org: 'acme',
    snapshots: { current: () => world.snapshot },
    live,
    store: storeOf(world),
    approvals: approvalsOf(world),
    tokens: { verify: () => Promise.reject(new Error('no issuer')) },
    clock: { now: () => world.nowMs },
    newId: (prefix) => `${prefix}_${String(++serial).padStart(6, '0')}`,
    newEntryId: () => `01932f6e-0000-7000-8000-${String(++serial).padStart(12, '0')}`,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    spool: {
      put: (entry) => world.spooled.push(entry) > 0,
      peek: (limit) => world.spooled.slice(0, limit),
      drop: (count) => void world.spooled.splice(0, count),
      takeLost: () => 0,
      get size() {
        return world.spooled.length;
      },
    },
    approvalUrl: (id) => `http://localhost/approve/${id}`,
  };
  return Object.assign(world, { deps, road: new CountersignRoad(deps) });
}

function storeOf(world: Omit<World, 'road' | 'deps'>): RoadStore {
  const marksOf = (task: string): TaskMarks => world.marks.get(task) ?? NO_MARKS;
  const raise = (task: string, more: TaskMarks): void => void world.marks.set(task, joinMarks(marksOf(task), more));
  return {
    async decide(item: DecisionItem) {
      if (world.broken) throw new Error('the store is gone');
      const line = item.reserve?.lines[0];
      const refused = world.reserve === 'refuse' && line !== undefined;
      const reserve =
        item.reserve === undefined
          ? {}
          : {
              reserve: refused
                ? ({ ok: false, line, left: 7, reason: 'exceeded' } as const)
                : ({ ok: true, granted: item.reserve.want } as const),
            };
      const held = (item.useApprovals ?? []).every((id) => world.approvals.get(id)?.state === 'approved');
      for (const id of held ? (item.useApprovals ?? []) : []) replace(world, id, { state: 'used' });
      const { marks } = item;
      if (marks !== undefined && !sameMarks(marks.assumed, marksOf(marks.task)))
        return { approvalsHeld: true, marksHeld: false, seqs: [] };
      if (marks?.raise !== undefined) raise(marks.task, marks.raise);
      const result = { ...reserve, approvalsHeld: held, marksHeld: true };
      world.entries.push(...item.record(result).entries);
      world.events.push('decided');
      return { ...result, seqs: [world.entries.length - 1] };
    },
    async settle(item) {
      if (world.broken) throw new Error('the store is gone');
      world.settled.push(item);
      if (item.raise !== undefined) raise(item.raise.task, item.raise.marks);
      world.entries.push(...item.entries);
      world.events.push('settled');
    },
    left: (line: BudgetLine) => line.limit,
    marks: marksOf,
  };
}

function replace(world: Pick<World, 'approvals'>, id: string, change: Partial<ApprovalRecord>): void {
  const record = world.approvals.get(id);
  if (record !== undefined) world.approvals.set(id, { ...record, ...change });
}

/** What a person would do. */
export const approve = (world: World, id: string, state: 'approved' | 'denied' = 'approved'): void =>
  replace(world, id, { state });

function approvalsOf(world: Omit<World, 'road' | 'deps'>): ApprovalStore {
  const unused = () => Promise.reject(new Error('not in this test'));
  return {
    async open(draft: ApprovalDraft) {
      const standing = [...world.approvals.values()].find(
        (known) => known.requestDigest === draft.requestDigest && known.state === 'open',
      );
      const record: ApprovalRecord = standing ?? {
        ...draft,
        state: 'open',
        openedAt: '2026-06-01T12:00:00.000Z',
        usedBy: null,
        verdicts: [],
      };
      world.approvals.set(record.id, record);
      world.events.push('asked');
      return record;
    },
    standing: async ({ requestDigest }) =>
      [...world.approvals.values()].filter((known) => known.requestDigest === requestDigest && known.state === 'approved'),
    async waitFor(_org, id, timeoutMs, signal) {
      const until = Date.now() + timeoutMs;
      while (Date.now() < until && world.approvals.get(id)?.state === 'open' && signal?.aborted !== true)
        await new Promise((wake) => setTimeout(wake, 5));
      return world.approvals.get(id);
    },
    find: async (_org, id) => world.approvals.get(id),
    decide: unused,
    withdraw: unused,
    list: unused,
  };
}

export const CALLER: Caller = { org: 'acme', agent: AGENT, credential: 'crd_1', onBehalfOf: 'usr_ada', mandate: MANDATE };

export function modelAsk(model: string, changes: Partial<GovernAsk> = {}): GovernAsk {
  return {
    caller: CALLER,
    action: 'model.call',
    resource: ref('Model', model),
    args: {
      declaredRank: 0,
      useCase: 'test-repair',
      stream: true,
      needs: [],
      hosted: [],
      opaque: [],
      customerData: false,
      estimateMicroUsd: 100,
      inputTokens: 10,
      outputTokens: 10,
    },
    door: 'model',
    trace: '0af7651916cd43dd8448eb211c80319c',
    model,
    knows: new Set(['log-digest']),
    reserve: { min: { microUsd: 10 }, want: { microUsd: 100 } },
    ...changes,
  };
}
