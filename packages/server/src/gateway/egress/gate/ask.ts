/** What the road is asked for one passage. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { EgressTarget } from '../../../ports/egress-gate.ts';
import { type HostFacts, hostEntity } from '../../../ports/egress-entity.ts';
import type { GrantScope } from '../../../ports/egress-settings.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import { DATA_CLASSES } from '../../../ports/registry.ts';
import type { Caller, GovernAsk } from '../../../ports/road.ts';
import { mandateClass } from '../../wire/mandate-class.ts';
import { DOOR, HOLD_MS, PASSAGE_MS_MAX } from './deps.ts';
import { type Known, shownHost } from './known.ts';
import type { Plan } from './plan.ts';

/** What an approval of this will be good for. */
export interface GrantTerms {
  readonly scope: GrantScope;
  readonly of: string;
  readonly ttlMs: number;
}

export interface AskTerms {
  readonly run: EgressRun;
  readonly target: EgressTarget;
  readonly plan: Plan;
  readonly known: Known;
  readonly facts: HostFacts;
  readonly grantTerms: GrantTerms;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** No duty comes with a connection that this door could keep beyond what it does anyway. */
const DUTIES: ReadonlySet<string> = new Set();

export function askFor({ run, target, plan, known, facts, grantTerms, namespace, signal }: AskTerms): GovernAsk {
  const { caller } = run;
  return {
    caller,
    action: plan.action,
    resource: { type: `${namespace}::Host`, id: target.host },
    args: argsOf(run, target, plan, facts),
    door: DOOR,
    trace: run.trace,
    taints: plan.taints,
    entities: [hostEntity(namespace, facts)],
    get shown() {
      return shownOf(run, target, { plan, known, facts, grantTerms });
    },
    useCase: useCaseOf(caller),
    ...(run.repository === null ? {} : { repository: run.repository }),
    // Nobody answers their own question.
    holdMs: caller.person === true ? 0 : HOLD_MS,
    knows: DUTIES,
    signal,
    actMs: PASSAGE_MS_MAX,
  };
}

const useCaseOf = ({ agent, mandate }: Caller): string =>
  mandate?.useCase ?? (agent.useCases.length === 1 ? agent.useCases[0] : undefined) ?? 'unspecified';

/** A person has no class of their own; what is in a sandbox of theirs counts as internal. */
const classOf = (caller: Caller) => mandateClass(caller) ?? (caller.person === true ? 'internal' : caller.agent.dataClass);

/** An approval is bound to these, so whatever differs from one run to the next is left out where one may be given. */
function argsOf(run: EgressRun, { port }: EgressTarget, plan: Plan, { granted }: HostFacts): JsonRecord {
  const asked = (plan.verdict === 'ask' || plan.verdict === 'unfamiliar') && !granted;
  return {
    declaredRank: DATA_CLASSES.indexOf(classOf(run.caller)),
    useCase: useCaseOf(run.caller),
    verdict: plan.verdict,
    rule: plan.rule.id,
    profile: run.profile.name,
    ...(asked ? {} : { run: run.run }),
    port,
    methods: [...plan.methods],
    enforcement: plan.enforcement,
    private: plan.rule.private,
    credential: plan.credential !== undefined,
  };
}

/** The first request stands for those that follow under the grant. */
function shownOf(
  run: EgressRun,
  { port, scheme, method, path }: EgressTarget,
  { plan, known, facts, grantTerms }: Pick<AskTerms, 'plan' | 'known' | 'facts' | 'grantTerms'>,
): JsonRecord {
  return {
    ...shownHost(known, facts),
    port,
    scheme,
    firstRequest: method === undefined ? null : { method, path: path ?? null },
    run: run.run,
    profile: run.profile.name,
    rule: plan.rule.id,
    why: plan.why,
    grant: {
      methods: plan.methods.length === 0 ? 'any' : [...plan.methods],
      scope: grantTerms.scope,
      of: grantTerms.of,
      minutes: Math.round(grantTerms.ttlMs / 60_000),
      uploadBytes: plan.rule.uploadBytes ?? run.profile.uploadBytes,
    },
  };
}
