/** Task admission: an action like any other, whose act is to issue a signed mandate. */
import { canonicalize, utf8Encode } from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import type { Mandate, MandateStore, SignedMandate } from '../ports/mandate.ts';
import { type AgentRecord, type BundleSnapshot, DATA_CLASSES, type DataClass, type RepositoryRecord } from '../ports/registry.ts';
import type { Caller, GovernAsk, Road } from '../ports/road.ts';
import type { Signer } from '../ports/signer.ts';
import type { Admission, TaskAsk, Tasks } from '../ports/tasks.ts';
import type { RoadDeps } from './deps.ts';
import { namespaceOf, rankOf } from './facts.ts';
import { judge } from './judge.ts';
import { LoopWatch } from './loop.ts';
import { fiveAnswers } from './questions.ts';

export interface TaskDeps {
  readonly deps: RoadDeps;
  readonly road: Road;
  readonly mandates: MandateStore;
  readonly signer: Signer;
}

/** An admission decides and writes one row; it never takes long. */
const ADMIT_MS = 60_000;
const KNOWN_DUTIES: ReadonlySet<string> = new Set(['log-digest', 'log-full', 'link-ticket']);

export function createTasks(task: TaskDeps): Tasks {
  return { admit: (ask) => admit(task, ask), preview: (ask) => preview(task, ask) };
}

async function admit(task: TaskDeps, ask: TaskAsk): Promise<Admission> {
  const { deps, road } = task;
  const plan = prepare(deps, ask);
  // Where the mandate's own class is higher than the repository's, the higher one sticks.
  const governed = await road.govern(plan.ask, async (_grant, allowed) => {
    const signed = sign(task, issue(deps, ask, plan, allowed.decision));
    await task.mandates.insert(signed);
    return { value: signed, status: 'done' as const, charge: 'none' as const };
  });
  if (!governed.ok) {
    const gates =
      governed.denial.kind === 'approval' ? new Set(governed.denial.reasons.map((reason) => reason.code)) : new Set<string>();
    return { ok: false, denial: governed.denial, answers: fiveAnswers(governed.denial.reasons, gates) };
  }
  const signed = governed.value;
  return { ok: true, task: signed.mandate.task, signed, decision: governed.decision, answers: fiveAnswers([], new Set()) };
}

async function preview(task: TaskDeps, ask: TaskAsk): ReturnType<Tasks['preview']> {
  const { deps } = task;
  const plan = prepare(deps, ask);
  const { decision, overrule } = await judge(deps, new LoopWatch(), plan.ask, plan.snapshot);
  const gates = new Set(decision.answer === 'requireApproval' ? decision.reasons.map((reason) => reason.code) : []);
  const { answer, code, reasons } = decision;
  const shown: JsonRecord = {
    answer: overrule === undefined ? answer : 'deny',
    code: overrule?.code ?? code,
    reasons: reasons.map(({ code: why, message }) => ({ code: why, message })),
  };
  return { answers: fiveAnswers(decision.reasons, gates), decision: shown };
}

interface Plan {
  readonly ask: GovernAsk;
  readonly snapshot: BundleSnapshot;
  readonly agent: AgentRecord;
  readonly repository: RepositoryRecord;
  readonly dataClass: DataClass;
}

function prepare(deps: RoadDeps, ask: TaskAsk): Plan {
  const snapshot = deps.snapshots.current();
  if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force, so nothing is allowed.');
  const agent = snapshot.agents.get(ask.agent);
  if (agent === undefined) throw new Fault('request.unknown-entity', `There is no agent \`${ask.agent}\` in the registry.`);
  const repository = snapshot.repositories.get(ask.repository);
  if (repository === undefined)
    throw new Fault('request.unknown-entity', `There is no repository \`${ask.repository}\` in the registry.`);
  const unknown = ask.modules.find((name) => !repository.modules.some((module) => module.id === name));
  if (unknown !== undefined)
    throw new Fault('request.unknown-entity', `Repository \`${repository.id}\` has no module \`${unknown}\`.`);
  const dataClass = DATA_CLASSES[Math.max(rankOf(ask.dataClass), rankOf(repository.dataClass))] ?? 'restricted';
  const caller: Caller = { org: deps.org, agent, credential: ask.credential, onBehalfOf: ask.onBehalfOf, mandate: undefined };
  const space = namespaceOf(snapshot);
  return {
    snapshot,
    agent,
    repository,
    dataClass,
    ask: {
      caller,
      action: 'task.admit',
      resource: { type: `${space}::Repository`, id: repository.id },
      args: admitArgs(ask, space),
      door: 'api',
      trace: ask.trace,
      declaredClass: dataClass,
      useCase: ask.useCase,
      repository: repository.id,
      knows: KNOWN_DUTIES,
      actMs: ADMIT_MS,
      shown: { paths: [...ask.paths], budgetMicroUsd: budgetOf(ask) },
      ...(ask.holdMs === undefined ? {} : { holdMs: ask.holdMs }),
      ...(ask.signal === undefined ? {} : { signal: ask.signal }),
    },
  };
}

const budgetOf = (ask: TaskAsk): number => ask.budgetMicroUsd ?? ask.estimateMicroUsd;

function admitArgs(ask: TaskAsk, space: string): Record<string, Json> {
  return {
    declaredRank: rankOf(ask.dataClass),
    changeClass: ask.changeClass,
    useCase: ask.useCase,
    ticket: ask.ticket,
    capabilities: [...ask.capabilities],
    actions: [...ask.actions],
    modules: moduleRefs(ask, space),
    // What is decided is what may be spent: the larger of estimate and budget.
    estimateMicroUsd: Math.max(ask.estimateMicroUsd, budgetOf(ask)),
  };
}

/** Module ids are unique per repository; their entities carry both. */
const moduleRefs = (ask: TaskAsk, space: string): Json[] => ask.modules.map((name) => ({ type: `${space}::Module`, id: name }));

function issue(deps: RoadDeps, ask: TaskAsk, plan: Plan, decision: string): Mandate {
  const nowMs = deps.clock.now();
  const { settings, revision } = plan.snapshot;
  const ttl = Math.min(ask.ttlMs ?? settings.mandateTtlMs, settings.mandateTtlMs);
  return {
    id: deps.newId('man'),
    org: deps.org,
    task: deps.newId('tsk'),
    agent: plan.agent.id,
    role: plan.agent.role,
    onBehalfOf: ask.onBehalfOf,
    ticket: ask.ticket,
    repository: plan.repository.id,
    paths: [...ask.paths],
    capabilities: [...ask.capabilities],
    actions: [...ask.actions],
    useCase: ask.useCase,
    environment: plan.agent.environment,
    dataClass: plan.dataClass,
    budgetMicroUsd: budgetOf(ask),
    issuedAt: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + ttl).toISOString(),
    revision,
    decision,
  };
}

/** The signed bytes of a mandate: its canonical JSON. */
export const mandateBytes = (mandate: Mandate): Uint8Array => utf8Encode(canonicalize(mandate));

function sign({ signer }: TaskDeps, mandate: Mandate): SignedMandate {
  return { mandate, signature: signer.sign(mandateBytes(mandate)), keyId: signer.keyId };
}
