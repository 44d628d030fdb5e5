/**
 * One judgement: facts gathered, kernel asked, and what the road itself adds on top (kill switches, mandates, loops, money). The kernel
 * is asked even where the road will refuse anyway, so that every recorded decision can be evaluated again.
 */
import type { ActionClass, ActionRequest, Facts } from '@countersign/kernel/action';
import { actionClassOf, type Decision, decide } from '@countersign/kernel/decide';
import type { FaultCode } from '@countersign/kernel/fault';
import { canonicalize } from '@countersign/kernel/ledger';
import type { ApprovalRecord } from '../ports/approvals.ts';
import { NO_MARKS, type TaskMarks } from '../ports/marks.ts';
import type { BundleSnapshot, DataClass } from '../ports/registry.ts';
import type { BudgetLine } from '../ports/road-store.ts';
import type { Ask, GovernAsk } from '../ports/road.ts';
import type { RoadDeps } from './deps.ts';
import { plainDecision } from './denial.ts';
import { effectiveClass, gatherFacts, type Known, namespaceOf } from './facts.ts';
import { sha256Hex } from './hash.ts';
import { budgetLines } from './lines.ts';
import type { LoopWatch } from './loop.ts';

export interface Overrule {
  readonly code: FaultCode;
  readonly message: string;
}

export interface Judgement {
  readonly snapshot: BundleSnapshot;
  readonly nowMs: number;
  readonly request: ActionRequest;
  readonly facts: Facts;
  /** What the kernel said. */
  readonly decision: Decision;
  /** Canonical JSON of the request. */
  readonly requestText: string;
  readonly requestDigest: string;
  readonly dataClass: DataClass;
  /** The marks of the task that were counted. */
  readonly marks: TaskMarks;
  readonly lines: readonly BudgetLine[];
  /** Approvals that this decision counted. */
  readonly approvals: readonly ApprovalRecord[];
  /** The road refuses, whatever the kernel said. */
  readonly overrule?: Overrule;
}

export async function judge(
  deps: RoadDeps,
  loops: Pick<LoopWatch, 'tooOften'>,
  ask: Ask & Partial<GovernAsk>,
  snapshot: BundleSnapshot,
): Promise<Judgement> {
  if (!deps.live.fresh()) await deps.live.refresh();
  const base = layOut(deps, loops, ask, snapshot);
  const known = knownOf(deps, ask, base);
  const facts = gatherFacts(snapshot, ask, known);
  const decision = decide(snapshot.compiled, facts, base.request);
  if (decision.answer !== 'requireApproval' || base.overrule !== undefined) return judged(base, facts, decision, NO_APPROVALS);
  // An approval is a fact, never an override: the same request is decided again with it.
  const { requestDigest } = base;
  const approvals = await deps.approvals.standing({
    org: deps.org,
    requestDigest,
    revision: snapshot.revision,
    mandate: mandateOf(ask),
  });
  if (approvals.length === 0) return judged(base, facts, decision, approvals);
  const approved = approvals.flatMap((approval) => approval.gates.map((gate) => gate.gate));
  const more = gatherFacts(snapshot, ask, { ...known, approvals: [...new Set([...known.approvals, ...approved])] });
  return judged(base, more, decide(snapshot.compiled, more, base.request), approvals);
}

const NO_APPROVALS: readonly never[] = Object.freeze([]);

function judged(base: Base, facts: Facts, decision: Decision, approvals: Judgement['approvals']): Judgement {
  const { snapshot, nowMs, request, requestText, requestDigest, dataClass, marks, lines, overrule } = base;
  const all = { snapshot, nowMs, request, facts, decision, requestText, requestDigest, dataClass, marks, lines, approvals };
  return overrule === undefined ? all : { ...all, overrule };
}

type Base = Omit<Judgement, 'facts' | 'decision' | 'approvals'>;
type Standing = Pick<Base, 'nowMs' | 'lines' | 'marks' | 'dataClass'>;

const mandateOf = (ask: Ask): string | null => ask.caller.mandate?.id ?? null;

/** The answer of this moment without approvals, loops and records. It moves nothing, so that a list may ask it for a thousand things. */
export function foresee(deps: RoadDeps, ask: Ask, snapshot: BundleSnapshot): Decision {
  const overrule = precheck(deps, ask);
  if (overrule !== undefined) return plainDecision(overrule.code, [overrule], snapshot.revision);
  const nowMs = deps.clock.now();
  const lines = budgetLines(snapshot, ask, new Date(nowMs).toISOString());
  const marks = marksOf(deps, ask);
  const known = knownOf(deps, ask, { nowMs, lines, marks, dataClass: classOf(ask, marks) });
  return decide(snapshot.compiled, gatherFacts(snapshot, ask, known), requestOf(ask, snapshot));
}

const marksOf = ({ store }: RoadDeps, { caller }: Ask): TaskMarks =>
  caller.mandate === undefined ? NO_MARKS : store.marks(caller.mandate.task);

/** Declared, found, inherited by the mandate, or stuck to the task: the highest counts. */
const classOf = (ask: Ask, marks: TaskMarks): DataClass =>
  effectiveClass([ask.declaredClass, ask.detectedClass, marks.dataClass], ask.caller.mandate);

function requestOf(ask: Ask, snapshot: BundleSnapshot): ActionRequest {
  const principalType = ask.caller.person === true ? 'Person' : 'Agent';
  return {
    principal: { type: `${namespaceOf(snapshot)}::${principalType}`, id: ask.caller.agent.id },
    action: ask.action,
    resource: ask.resource,
    args: ask.args,
  };
}

/** Everything that does not depend on approvals. */
function layOut(
  deps: RoadDeps,
  loops: Pick<LoopWatch, 'tooOften'>,
  ask: Ask & Partial<GovernAsk>,
  snapshot: BundleSnapshot,
): Base {
  const nowMs = deps.clock.now();
  const request = requestOf(ask, snapshot);
  const requestText = canonicalize(request);
  const requestDigest = digestOf(ask, requestText);
  const overrule = precheck(deps, ask) ?? loopCheck({ deps, loops, ask, snapshot, requestDigest, nowMs });
  const lines = budgetLines(snapshot, ask, new Date(nowMs).toISOString());
  const marks = marksOf(deps, ask);
  const dataClass = classOf(ask, marks);
  const base = { snapshot, nowMs, request, requestText, requestDigest, dataClass, marks, lines };
  return overrule === undefined ? base : { ...base, overrule };
}

function knownOf(deps: RoadDeps, ask: Ask, { nowMs, lines, marks, dataClass }: Standing): Known {
  const glass = deps.live.breakGlass(ask.caller.agent.id, mandateOf(ask));
  return {
    nowMs,
    approvals: glass === undefined ? [] : [...new Set(glass.gates)],
    breakGlass: glass !== undefined,
    budgetLeftMicroUsd: moneyLeft(deps, lines),
    dataClass,
    taints: marks.taints,
  };
}

/** What was asked, without facts: with the time or a balance in it no second request would ever match an approval. */
function digestOf(ask: Ask, requestText: string): string {
  const { caller, contentDigest } = ask;
  // Canonical: the members are in order.
  const content = canonicalize(contentDigest ?? null);
  const who = `"mandate":${canonicalize(mandateOf(ask))},"onBehalfOf":${canonicalize(caller.onBehalfOf)}`;
  return sha256Hex(`{"content":${content},${who}}\n${requestText}`);
}

function precheck(deps: RoadDeps, ask: Ask): Overrule | undefined {
  const { agent, mandateProblem } = ask.caller;
  if (!deps.live.fresh())
    return { code: 'store.unavailable', message: 'Revocations cannot be checked at this moment, so nothing is allowed.' };
  if (ask.caller.person === true) return undefined;
  const kill = deps.live.killed(agent.id, agent.team);
  if (kill !== undefined)
    return {
      code: 'identity.killed',
      message: `A kill switch is on for ${kill.target.kind === 'all' ? 'every agent' : `${kill.target.kind} ${kill.target.id}`}.`,
    };
  if (agent.disabled) return { code: 'identity.forbidden', message: 'The agent is disabled.' };
  if (mandateProblem !== undefined)
    return { code: mandateProblem, message: MANDATE_TEXTS[mandateProblem] ?? 'The mandate does not count.' };
  return undefined;
}

const MANDATE_TEXTS: Readonly<Partial<Record<FaultCode, string>>> = {
  'mandate.missing': 'The mandate that was named does not exist. Ask for one with `countersign task admit`.',
  'mandate.invalid': 'The mandate that was named is not for this agent, or its signature is wrong.',
  'mandate.expired': 'The mandate has expired. Ask for a new one with `countersign task admit`.',
  'mandate.revoked': 'The mandate was revoked.',
};

interface LoopAsk {
  readonly deps: RoadDeps;
  readonly loops: Pick<LoopWatch, 'tooOften'>;
  readonly ask: Ask;
  readonly snapshot: BundleSnapshot;
  readonly requestDigest: string;
  readonly nowMs: number;
}

/** Classes of what leaves something behind. */
const CHANGES: ReadonlySet<ActionClass> = new Set(['draft', 'mutate-low', 'mutate-high']);

function loopCheck({ loops, ask, snapshot, requestDigest, nowMs }: LoopAsk): Overrule | undefined {
  // A person who runs the same thing again, after a change for example, is no agent that goes in circles.
  if (ask.caller.person === true) return undefined;
  const rule = snapshot.settings.loop;
  const run = ask.caller.mandate?.task ?? ask.caller.agent.id;
  const changes = CHANGES.has(actionClassOf(snapshot.compiled, ask.action) ?? 'read');
  if (!loops.tooOften({ run, what: requestDigest, changes }, rule, nowMs)) return undefined;
  const seconds = Math.round(rule.windowMs / 1000);
  return {
    code: 'loop.detected',
    message: `The same request came more than ${rule.repeats} times within ${seconds} s. Change the request, or wait.`,
  };
}

/** The least that is left of money on any line; none means nothing. */
function moneyLeft(deps: RoadDeps, lines: readonly BudgetLine[]): number {
  let least: number | undefined;
  for (const line of lines) {
    if (line.unit !== 'microUsd') continue;
    const left = deps.store.left(line);
    if (least === undefined || left < least) least = left;
  }
  return Math.max(0, least ?? 0);
}

/** The decision as it stands after the road's own refusal; the kernel's is in the facts payload. */
export function overruled(decision: Decision, { code, message }: Overrule): Decision {
  return { ...decision, answer: 'deny', code, reasons: [{ code, message }, ...decision.reasons], obligations: [] };
}
