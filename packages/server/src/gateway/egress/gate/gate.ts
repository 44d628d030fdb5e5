/**
 * Decisions of the network door, over the road. INVARIANT: there is a passage only while an allow for it is on record, and its act ends only after
 * everything that went through it is.
 */
import type { EgressRule } from '@countersign/kernel/egress';
import { asFault, type FaultCode } from '@countersign/kernel/fault';
import type { EgressAnswer, EgressGate, EgressRefusal, EgressTarget } from '../../../ports/egress-gate.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import { type BundleSnapshot, DATA_CLASSES } from '../../../ports/registry.ts';
import type { Allowed, Denial, GovernAsk } from '../../../ports/road.ts';
import type { Grant } from '../../../ports/grant.ts';
import { askFor, type GrantTerms } from './ask.ts';
import { DOOR, type GateDeps } from './deps.ts';
import { grantFor, historyText, hostFacts, type Known } from './known.ts';
import { keepGrant, termsOf } from './grants.ts';
import { OpenPassage } from './passage.ts';
import { type Plan, planFor } from './plan.ts';
import { RunState } from './run.ts';
import { Watch } from './watch.ts';

const CONFIDENTIAL = DATA_CLASSES.indexOf('confidential');

interface Way {
  readonly state: RunState;
  readonly target: EgressTarget;
  readonly plan: Plan;
  readonly snapshot: BundleSnapshot;
  readonly signal: AbortSignal;
}

/** What an allow may rest on, or be kept as. */
interface Resting {
  readonly known: Known;
  readonly terms: GrantTerms;
}

interface Opening {
  readonly grant: Grant;
  readonly allowed: Allowed;
  readonly standsOn: string | undefined;
}

export class EgressRoad implements EgressGate {
  readonly #deps: GateDeps;
  readonly #runs = new Map<string, RunState>();
  readonly #watch: Watch;
  readonly #ended = new WeakSet<EgressRun>();

  constructor(deps: GateDeps) {
    this.#deps = deps;
    this.#watch = new Watch(deps, () => this.#runs.values());
  }

  async decide(run: EgressRun, target: EgressTarget, rule: EgressRule | undefined, signal: AbortSignal): Promise<EgressAnswer> {
    try {
      return await this.#decide(run, target, rule, signal);
    } catch (thrown) {
      const { code, publicText, message } = asFault(thrown);
      this.#deps.log.error('egress.decide', { host: target.host, code, error: message });
      return { ok: false, denial: await this.refuse(run, { code, message: `${publicText} Nothing is let through.`, target }) };
    }
  }

  async refuse(run: EgressRun, { code, message, target }: EgressRefusal): Promise<Denial> {
    const namespace = this.#deps.snapshots.current()?.compiled.namespace;
    if (target !== undefined && !this.#ended.has(run)) this.#stateOf(run).visits.denied(target.host);
    return this.#deps.road.refuse({
      door: DOOR,
      trace: run.trace,
      caller: run.caller,
      action: 'network.connect',
      ...(target === undefined || namespace === undefined ? {} : { resource: { type: `${namespace}::Host`, id: target.host } }),
      code,
      message,
    });
  }

  async settle(run: EgressRun): Promise<void> {
    const state = this.#runs.get(run.run);
    this.#ended.add(run);
    if (state === undefined) return;
    state.end();
    await Promise.all([...state.passages].map((passage) => passage.settle()));
    await Promise.allSettled(state.acts);
    this.#runs.delete(run.run);
    await this.#watch.flush(state);
  }

  /** Ends the watch; runs are settled by whoever began them. */
  close(): void {
    this.#watch.stop();
  }

  #stateOf(run: EgressRun): RunState {
    let state = this.#runs.get(run.run);
    if (state === undefined) this.#runs.set(run.run, (state = new RunState(this.#deps.org, run)));
    return state;
  }

  async #decide(run: EgressRun, target: EgressTarget, rule: EgressRule | undefined, signal: AbortSignal): Promise<EgressAnswer> {
    const snapshot = this.#deps.snapshots.current();
    if (this.#ended.has(run)) return this.#refused(run, target, 'egress.denied', 'The run is over.');
    if (snapshot === undefined)
      return this.#refused(run, target, 'bundle.missing', 'No bundle is in force, so nothing is let through.');
    const state = this.#stateOf(run);
    const plan = planFor(run, target, rule, snapshot.egress);
    if (plan.verdict !== 'deny' && !state.admits(plan.rule.host, target.host, snapshot.egress.limits.names))
      return this.#refused(
        run,
        target,
        'egress.limit',
        `This run has used ${snapshot.egress.limits.names} names below \`${plan.rule.host}\`, which is the most.`,
      );
    // The plan, not the rule: what no rule matched has as many ways as there are kinds of methods.
    const key = [target.host, target.port, target.scheme, plan.rule.id, plan.action].join('|');
    const open = state.answers.get(key);
    if (open !== undefined) return open;
    const answer = this.#walk({ state, target, plan, snapshot, signal }).then((given) => {
      if (!given.ok) state.answers.delete(key);
      else given.passage.signal.addEventListener('abort', () => state.answers.delete(key), { once: true });
      return given;
    });
    state.answers.set(key, answer);
    answer.catch(() => state.answers.delete(key));
    return answer;
  }

  async #refused(run: EgressRun, target: EgressTarget, code: FaultCode, message: string): Promise<EgressAnswer> {
    return { ok: false, denial: await this.refuse(run, { code, message, target }) };
  }

  async #walk(way: Way): Promise<EgressAnswer> {
    const { state, target, plan, snapshot } = way;
    const { run } = state;
    const { familiarity, org, clock } = this.#deps;
    const where = {
      org,
      host: target.host,
      run: run.run,
      task: run.caller.mandate?.task ?? null,
      repository: run.repository ?? run.caller.mandate?.repository ?? null,
    };
    // What is not known is denied: both throw where the store is away.
    const [history, grants] = await Promise.all([familiarity.history(org, target.host), familiarity.standing(where)]);
    const known: Known = { history, grant: grantFor(grants, plan) };
    const facts = hostFacts(known, {
      plan,
      repository: where.repository,
      nowMs: clock.now(),
      uploadedBytes: state.uploadedBytes,
    });
    const grantTerms = termsOf(snapshot.egress.grant, where);
    const ask = askFor({
      run,
      target,
      plan,
      known,
      facts,
      grantTerms,
      namespace: snapshot.compiled.namespace,
      signal: AbortSignal.any([way.signal, state.over, ...(run.signal === undefined ? [] : [run.signal])]),
    });
    const answer = await this.#govern(way, ask, { known, terms: grantTerms });
    if (answer.ok) return answer;
    state.visits.denied(target.host);
    return { ok: false, denial: taught(answer.denial, plan, known) };
  }

  /** The act of the road stays open until the run is over; the answer comes as soon as it has begun. */
  #govern(way: Way, ask: GovernAsk, resting: Resting): Promise<EgressAnswer> {
    const { state } = way;
    return new Promise((resolve, reject) => {
      const act = this.#deps.road
        .govern<undefined>(ask, async (grant, allowed) => {
          const { plan, target } = way;
          const standsOn = await keepGrant(this.#deps, { plan, allowed, host: target.host, ...resting });
          const passage = this.#open(way, ask, { grant, allowed, standsOn });
          state.passages.add(passage);
          // A run that ended meanwhile has nobody left to use it.
          if (state.over.aborted) {
            passage.cut('egress.denied');
            void passage.settle();
          }
          resolve({ ok: true, passage });
          this.#watch.opened(passage);
          return passage.ended;
        })
        .then((governed) => {
          if (!governed.ok) resolve(governed);
        }, reject)
        .finally(() => state.acts.delete(act));
      state.acts.add(act);
    });
  }

  #open({ state, plan, target }: Way, ask: GovernAsk, { grant, allowed, standsOn }: Opening): OpenPassage {
    state.visits.allowed(target.host);
    const inspect = plan.rule.tls === 'auto' && DATA_CLASSES.indexOf(allowed.dataClass) >= CONFIDENTIAL && !plan.rule.raw;
    return new OpenPassage(
      this.#deps,
      {
        run: state.run,
        target,
        ask,
        grant,
        decision: allowed.decision,
        rule: inspect ? { ...plan.rule, tls: 'inspect' } : plan.rule,
        dataClass: allowed.dataClass,
        ...(plan.credential === undefined ? {} : { credential: plan.credential }),
        standsOn,
        counted: state.counted,
      },
      () => {
        // What cannot be recorded must not go on.
        for (const passage of state.passages) passage.cut('store.unavailable');
      },
    );
  }
}

/** A denial says what is known of the host, and what the rule said. */
function taught(denial: Denial, plan: Plan, { history }: Known): Denial {
  if (denial.approval !== undefined || plan.verdict === 'unfamiliar' || plan.verdict === 'ask')
    return { ...denial, message: `${denial.message} ${historyText(history)}` };
  if (plan.verdict === 'deny' && denial.kind === 'policy') return { ...denial, message: plan.why };
  return denial;
}
