/** Makes a decision durable: reservation, approval use, entry and payloads in one group commit. */
import type { Decision } from '@countersign/kernel/decide';
import { joinMarks } from '../ports/marks.ts';
import type { Mutable } from '../ports/mutable.ts';
import type { Amounts, DecisionItem, DecisionResult, MarksAsk } from '../ports/road-store.ts';
import type { Ask, Denial, GovernAsk } from '../ports/road.ts';
import type { RoadDeps } from './deps.ts';
import { budgetDenial, type Ids, plainDenial } from './denial.ts';
import { decisionEntry, type Subject } from './entries.ts';
import { decisionText } from './decision-text.ts';
import { effectiveClass, factsText, rankOf } from './facts.ts';
import { sha256Hex } from './hash.ts';
import { type Judgement, type Overrule, overruled } from './judge.ts';
import { draftPayload, draftsOf, factsContent } from './payloads.ts';

export interface DecisionToCommit {
  readonly ask: Ask & Partial<GovernAsk>;
  readonly ids: Ids;
  readonly judgement: Judgement;
  /** False where nobody acts on the allow through this road. */
  readonly acts: boolean;
  readonly actMs: number;
  readonly subject: Subject;
  /** The caller comes back where only a place was missing: that is not recorded. */
  readonly patient: boolean;
}

export interface Committed {
  readonly grant: string;
  readonly granted: Amounts;
  /** False: the task has other marks by now, nothing was recorded, and the request must be judged again. */
  readonly marksHeld: boolean;
  /** True: every place of a concurrency line is taken at this moment, and nothing was recorded. Only where the caller is patient. */
  readonly placeTaken: boolean;
  /** The road's refusal, where there is one; the kernel's own is the decision. */
  readonly denial?: Denial;
}

/** @throws Fault store.* when nothing became durable, or when that cannot be known */
export async function commitDecision(deps: RoadDeps, commit: DecisionToCommit): Promise<Committed> {
  const { ask, ids, judgement, acts } = commit;
  const { decision, overrule } = judgement;
  const allows = decision.answer === 'allow' && overrule === undefined;
  const grant = deps.newId('gra');
  const { org } = deps;
  const record = recorder(deps, commit, grant);
  const marks = marksAsk(commit, allows);
  const item: Mutable<DecisionItem> = { org, record };
  if (marks !== undefined) item.marks = marks;
  if (allows && acts) {
    item.grant = grant;
    item.reserve = reserveAsk(commit);
  }
  if (allows && judgement.approvals.length > 0) item.useApprovals = idsOf(judgement);
  const result = await deps.store.decide(item);
  const denial = denialOf(ids, overrule, result);
  const granted = result.reserve?.ok === true ? result.reserve.granted : {};
  const made = { grant, granted, marksHeld: result.marksHeld, placeTaken: waitsForPlace(commit, result) };
  return denial === undefined ? made : { ...made, denial: withAsk(denial, ask) };
}

function waitsForPlace({ patient, judgement }: DecisionToCommit, { reserve }: DecisionResult): boolean {
  if (!patient || judgement.overrule !== undefined || reserve === undefined || reserve.ok) return false;
  return reserve.reason === 'exceeded' && reserve.line.unit === 'concurrency';
}

const NOTHING = Object.freeze({ entries: [], payloads: [] });

const idsOf = ({ approvals }: Judgement): readonly string[] => approvals.map((approval) => approval.id);

const withAsk = (denial: Denial, ask: Ask): Denial =>
  denial.escalate === undefined && denial.kind === 'loop'
    ? { ...denial, escalate: { group: ask.caller.agent.approvalGroup } }
    : denial;

/** What an allowed request brings into its task: what it is above the mandate's own class, and its taints. */
function marksAsk({ ask, judgement }: DecisionToCommit, allows: boolean): MarksAsk | undefined {
  const { mandate } = ask.caller;
  if (mandate === undefined) return undefined;
  const { marks, dataClass } = judgement;
  const base = { task: mandate.task, assumed: marks };
  if (!allows) return base;
  const rises = rankOf(dataClass) > rankOf(effectiveClass([], mandate));
  const raise = joinMarks(marks, { dataClass: rises ? dataClass : 'public', taints: ask.taints ?? [] });
  return raise === marks ? base : { ...base, raise };
}

/** Every allowed act has a reservation row, money or not: it is what recovery finds after a crash. */
function reserveAsk({ ask, ids, judgement, actMs }: DecisionToCommit) {
  return {
    key: ids.decision,
    lines: ask.reserve === undefined ? [] : judgement.lines,
    min: ask.reserve?.min ?? {},
    want: ask.reserve?.want ?? {},
    expiresAt: new Date(judgement.nowMs + actMs).toISOString(),
  };
}

function denialOf(ids: Ids, overrule: Overrule | undefined, result: DecisionResult): Denial | undefined {
  if (overrule !== undefined) return plainDenial(ids, overrule.code, overrule.message);
  if (!result.approvalsHeld)
    return plainDenial(ids, 'approval.invalid', 'The approval was used up or expired at the same moment.');
  if (result.reserve?.ok === false) return budgetDenial(ids, result.reserve.line, result.reserve.left, result.reserve.reason);
  return undefined;
}

/** INVARIANT: everything random or timed is drawn here, once, so that the record is the same however often the batch is retried. */
function recorder(deps: RoadDeps, commit: DecisionToCommit, grant: string): DecisionItem['record'] {
  const { ask, ids, judgement, acts, subject } = commit;
  const { decision, requestText, nowMs, snapshot, requestDigest } = judgement;
  const stamp = { org: deps.org, id: deps.newEntryId(), ts: new Date(nowMs).toISOString() };
  const keeping = { settings: snapshot.settings, subject: ask.caller.onBehalfOf, nowMs };
  // Canonical by construction: the members are in order and each part is canonical.
  const facts = factsText(judgement.facts);
  const evaluated = `{"decision":${decisionText(decision)},"facts":${facts},"request":${requestText}}`;
  const kept = [draftPayload(factsContent(evaluated), keeping)];
  for (const content of ask.payloads ?? []) kept.push(draftPayload(content, keeping));
  const factsDigest = sha256Hex(facts);
  return (result) => {
    if (waitsForPlace(commit, result)) return NOTHING;
    const overrule = denialOf(ids, judgement.overrule, result);
    const final: Decision =
      overrule === undefined
        ? decision
        : overruled(decision, { code: overrule.code as Overrule['code'], message: overrule.message });
    const [approval] = judgement.approvals;
    const allowed = final.answer === 'allow';
    const reserved = result.reserve?.ok === true && ask.reserve !== undefined;
    const entry = decisionEntry(stamp, subject, {
      id: ids.decision,
      decision: final,
      requestDigest,
      factsDigest,
      payloads: kept.map(({ ref }) => ref),
      grant: allowed && acts ? grant : undefined,
      approval: allowed ? approval?.id : undefined,
      reservation: reserved ? { id: ids.decision, granted: result.reserve.granted } : undefined,
    });
    return { entries: [entry], payloads: draftsOf(kept) };
  };
}
