/**
 * The one road: decide, record, act, record. INVARIANT: `act` runs only after its decision is durable, with a grant that was minted after
 * it; and whatever goes wrong on the way is a denial, recorded as far as there is anything to record it in.
 */
import type { Decision } from '@countersign/kernel/decide';
import { asFault, Fault, type FaultCode } from '@countersign/kernel/fault';
import type { ApprovalRecord } from '../ports/approvals.ts';
import { joinMarks } from '../ports/marks.ts';
import type { Mutable } from '../ports/mutable.ts';
import type { BundleSnapshot } from '../ports/registry.ts';
import type {
  Act,
  Allowed,
  Ask,
  Denial,
  Evaluated,
  Governed,
  GovernAsk,
  Identified,
  Presented,
  RefuseAsk,
  Road,
} from '../ports/road.ts';
import type { Grant } from '../ports/grant.ts';
import { type Committed, commitDecision, type DecisionToCommit } from './commit.ts';
import type { RoadDeps } from './deps.ts';
import { type Ids, plainDecision, plainDenial, policyDenial } from './denial.ts';
import { askSubject, type Subject } from './entries.ts';
import { identify } from './identify.ts';
import { foresee, judge, type Judgement, overruled } from './judge.ts';
import { LoopWatch } from './loop.ts';
import { mintGrant } from './mint.ts';
import { openApproval } from './open-approval.ts';
import { recordRefusal, spoolDenial } from './refuse.ts';
import { Refusals } from './refusals.ts';
import { withRoadRules } from './rules.ts';
import { drainSpool } from './spool.ts';
import { type ActContext, settleAct } from './settle.ts';

/** An act that has not ended by then is of unknown fate: its reservation is charged in full. */
const ACT_MS_DEFAULT = 20 * 60_000;

/** Each attempt loses against another request of the same task that raised its marks, and there are only so many to raise. */
const MARKS_ATTEMPTS_MAX = 8;

/**
 * An answer can reach its client before its place is given back, on another node above all: whoever asks one after the other must not be refused
 * for that.
 */
const PLACE_WAITS_MS: readonly number[] = [5, 20, 75];

interface Decided {
  readonly judgement: Judgement;
  readonly subject: Subject;
  readonly committed: Committed;
}

type Step =
  | {
      readonly kind: 'allowed';
      readonly committed: Committed;
      readonly judgement: Judgement;
      readonly subject: Subject;
      readonly ids: Ids;
    }
  | { readonly kind: 'denied'; readonly denial: Denial; readonly judgement?: Judgement }
  | { readonly kind: 'held'; readonly denial: Denial; readonly approval: ApprovalRecord; readonly judgement: Judgement };

export class CountersignRoad implements Road {
  readonly #deps: RoadDeps;
  readonly #loops = new LoopWatch();
  readonly #denials = new LoopWatch();
  readonly #refusals: Refusals;
  /** Outcomes that are being written while their answers are on the way already. */
  readonly #settling = new Set<Promise<void>>();

  constructor(deps: RoadDeps) {
    this.#deps = deps;
    this.#refusals = new Refusals(deps);
  }

  async identify(presented: Presented, where: { readonly door: string; readonly trace: string }): Promise<Identified> {
    const identity = await identify(this.#deps, presented).catch((thrown: unknown) => {
      const fault = asFault(thrown);
      this.#deps.log.error('identify.failed', { code: fault.code, error: fault.message });
      return { ok: false as const, code: 'identity.invalid' as FaultCode, message: 'The credential could not be checked.' };
    });
    if (identity.ok) return identity;
    this.#refusals.count(identity.code, where.door, 'credential' in identity ? identity.credential : undefined);
    const id = this.#deps.newId('req');
    return { ok: false, denial: plainDenial({ decision: id, requestId: id }, identity.code, identity.message) };
  }

  async govern<T>(ask: GovernAsk, act: (grant: Grant, allowed: Allowed) => Promise<Act<T>>): Promise<Governed<T>> {
    const patience = this.#deps.clock.now() + (ask.holdMs ?? 0);
    for (;;) {
      const step = await this.#step(ask, true);
      if (step.kind === 'allowed') return this.#run(ask, step, act);
      if (step.kind === 'denied') return { ok: false, denial: step.denial };
      const decided = await this.#hold(step, patience, ask.signal);
      if (decided !== 'again') return { ok: false, denial: decided };
    }
  }

  async evaluate(ask: Ask): Promise<Evaluated> {
    const step = await this.#step(ask, false);
    if (step.kind === 'allowed') return { decisionId: step.ids.decision, decision: step.judgement.decision };
    const { denial, judgement } = step;
    const base = judgement?.decision ?? NO_DECISION;
    const decision =
      denial.code === base.code || step.kind === 'held'
        ? base
        : overruled(base, { code: denial.code as FaultCode, message: denial.message });
    return { decisionId: denial.decision, decision, denial };
  }

  preview(ask: Ask): Decision {
    const snapshot = this.#deps.snapshots.current();
    if (snapshot === undefined) return NO_DECISION;
    try {
      return foresee(this.#deps, ask, snapshot);
    } catch (thrown) {
      this.#deps.log.error('road.preview', { action: ask.action, error: asFault(thrown).message });
      return plainDecision('kernel.fault', [], snapshot.revision);
    }
  }

  async refuse(ask: RefuseAsk): Promise<Denial> {
    const ids = this.#ids();
    const denial = plainDenial(ids, ask.code, ask.message);
    if (ask.caller === undefined) this.#refusals.count(ask.code, ask.door);
    else await recordRefusal(this.#deps, { ...ask, caller: ask.caller }, denial);
    return denial;
  }

  /** Writes what is still held back: refusals that are being counted, denials in the spool. */
  async close(): Promise<void> {
    await Promise.all(this.#settling);
    await this.#refusals.flush();
    await drainSpool(this.#deps);
  }

  /** Appends denials that wait in the spool, if there are any; keeps them when the store is still away. */
  async drain(): Promise<void> {
    if (this.#deps.spool.size > 0) await drainSpool(this.#deps);
  }

  #ids(): Ids {
    const decision = this.#deps.newId('dec');
    return { decision, requestId: decision };
  }

  async #step(ask: Ask & Partial<GovernAsk>, acts: boolean): Promise<Step> {
    const ids = this.#ids();
    const snapshot = this.#deps.snapshots.current();
    if (snapshot === undefined) return this.#fail(ask, ids, 'bundle.missing', 'No bundle is in force, so nothing is allowed.');
    try {
      return await this.#decide(ask, ids, snapshot, acts);
    } catch (thrown) {
      const fault = asFault(thrown);
      this.#deps.log.error('road.failed', { decision: ids.decision, code: fault.code, error: fault.message });
      const code: FaultCode = fault.code === 'internal.fault' ? 'kernel.fault' : fault.code;
      return this.#fail(
        ask,
        ids,
        code,
        fault.code === 'internal.fault' ? 'The decision could not be made, so nothing is allowed.' : fault.publicText,
      );
    }
  }

  #fail(ask: Ask & Partial<GovernAsk>, ids: Ids, code: FaultCode, message: string): Step {
    const denial = plainDenial(ids, code, message);
    spoolDenial(this.#deps, ask, denial);
    return { kind: 'denied', denial };
  }

  async #decide(ask: Ask & Partial<GovernAsk>, ids: Ids, snapshot: BundleSnapshot, acts: boolean): Promise<Step> {
    let judged = await judge(this.#deps, this.#loops, ask, snapshot);
    for (let attempt = 1; ; attempt++) {
      const judgement = withRoadRules(this.#denials, ask, await this.#secondOpinion(ids, judged), acts);
      const subject = askSubject(ask, judgement.decision.actionClass);
      const actMs = ask.actMs ?? ACT_MS_DEFAULT;
      const committed = await this.#commit({ ask, ids, judgement, subject, acts, actMs, patient: true });
      if (committed.marksHeld) return this.#decided(ask, ids, { judgement, subject, committed });
      if (attempt >= MARKS_ATTEMPTS_MAX) throw new Fault('store.busy', 'The task changes too fast. Try again shortly.');
      // The same request once more, on the marks as they are now; it was counted the first time.
      const looped = judged.overrule?.code === 'loop.detected';
      judged = await judge(this.#deps, { tooOften: () => looped }, ask, snapshot);
    }
  }

  async #commit(commit: DecisionToCommit): Promise<Committed> {
    for (const waitMs of PLACE_WAITS_MS) {
      const committed = await commitDecision(this.#deps, commit);
      if (!committed.placeTaken) return committed;
      await new Promise((wake) => setTimeout(wake, waitMs));
    }
    return commitDecision(this.#deps, { ...commit, patient: false });
  }

  async #decided(ask: Ask & Partial<GovernAsk>, ids: Ids, { judgement, subject, committed }: Decided): Promise<Step> {
    if (this.#deps.spool.size > 0) void drainSpool(this.#deps);
    if (committed.denial !== undefined) return { kind: 'denied', denial: committed.denial, judgement };
    if (judgement.decision.answer === 'allow') return { kind: 'allowed', committed, judgement, subject, ids };
    const denial = policyDenial(ids, judgement.decision, ask.grounds);
    if (judgement.decision.answer === 'deny') return { kind: 'denied', denial, judgement };
    const approval = await openApproval(this.#deps, ask, ids, judgement);
    const { id, expiresAt } = approval;
    return {
      kind: 'held',
      judgement,
      approval,
      denial: { ...denial, requestId: id, approval: { id, url: this.#deps.approvalUrl(id), expiresAt } },
    };
  }

  /** Samples decisions for the oracle; under a revision that is pinned, a decision that it does not give too is refused. */
  async #secondOpinion(ids: Ids, judgement: Judgement): Promise<Judgement> {
    const { oracle } = this.#deps;
    if (oracle === undefined) return judgement;
    const { snapshot, facts, request, decision } = judgement;
    const sample = { id: ids.decision, snapshot, facts, request, decision };
    if (!oracle.pinned(snapshot.revision)) {
      oracle.observe(sample);
      return judgement;
    }
    if (judgement.overrule !== undefined || (await oracle.agrees(sample))) return judgement;
    return {
      ...judgement,
      overrule: { code: 'kernel.fault', message: 'Two evaluations of the policies differ, so nothing is allowed.' },
    };
  }

  async #hold(step: Extract<Step, { kind: 'held' }>, patience: number, signal?: AbortSignal): Promise<Denial | 'again'> {
    const { approval, denial } = step;
    const left = patience - this.#deps.clock.now();
    const gone = () => signal?.aborted ?? false;
    if (left <= 0 || gone()) return denial;
    const seen = await this.#deps.approvals.waitFor(approval.org, approval.id, left, signal).catch(() => undefined);
    if (gone()) return denial;
    if (seen?.state === 'approved') return 'again';
    if (seen?.state === 'denied')
      return { ...denial, message: 'A person looked at this request and said no.', code: 'approval.denied' };
    return denial;
  }

  async #run<T>(
    ask: GovernAsk,
    step: Extract<Step, { kind: 'allowed' }>,
    act: (grant: Grant, allowed: Allowed) => Promise<Act<T>>,
  ): Promise<Governed<T>> {
    const { committed, judgement, subject, ids } = step;
    const { snapshot, decision, dataClass, marks, nowMs } = judgement;
    const [approval] = judgement.approvals;
    const grant = mintGrant({
      id: committed.grant,
      decision: ids.decision,
      org: this.#deps.org,
      action: ask.action,
      agent: ask.caller.agent.id,
      resource: ask.resource,
      mandate: ask.caller.mandate?.id ?? null,
      obligations: decision.obligations,
      expiresAt: nowMs + (ask.actMs ?? ACT_MS_DEFAULT),
    });
    const allowed: Mutable<Allowed> = {
      decision: ids.decision,
      granted: committed.granted,
      obligations: decision.obligations,
      dataClass,
      snapshot,
    };
    if (approval !== undefined) allowed.approval = approval.id;
    if (ask.caller.mandate !== undefined) allowed.taints = marks.taints;
    const contextOf = (behind: boolean): ActContext => ({ ask, ids, grant: committed.grant, judgement, subject, behind });
    let ended: Act<T>;
    try {
      ended = await act(grant, allowed);
    } catch (thrown) {
      // Nobody knows how far it came: what was reserved is spent.
      await settleAct(this.#deps, contextOf(false), { status: 'failed', code: asFault(thrown).code, charge: 'full' });
      throw thrown;
    }
    const behind = ask.outcome === 'behind' && !bringsMore(ask, judgement, ended);
    const settled = settleAct(this.#deps, contextOf(behind), ended);
    if (behind) this.#behind(settled);
    else await settled;
    return { ok: true, decision: ids.decision, value: ended.value };
  }

  #behind(settled: Promise<void>): void {
    this.#settling.add(settled);
    void settled.then(() => this.#settling.delete(settled));
  }
}

/** Whether the act raised its task above what the decision itself knew. */
function bringsMore(ask: GovernAsk, { marks, dataClass }: Judgement, { marks: brought }: Act<unknown>): boolean {
  if (brought === undefined || ask.caller.mandate === undefined) return false;
  const known = joinMarks(marks, { dataClass, taints: ask.taints ?? [] });
  return joinMarks(known, brought) !== known;
}

/** What an evaluation says where no bundle is in force. */
const NO_DECISION = plainDecision('bundle.missing', [], 'none');
