/** A denial that teaches: for the permits that came nearest, the first part that failed. Names of attributes, never values of facts. */
import {
  type CompiledPolicy,
  type Conjunct,
  type EntityData,
  type EntityUid,
  type Environment,
  EvaluationFailure,
  renderConjunct,
  renderScope,
  type ScopeRule,
  scopeMatches,
} from '../cedar/index.ts';
import type { WhyNot } from './decision.ts';
import type { LayeredPolicy } from './layers.ts';

/** Permits that are named; more would not be read. */
export const WHY_NOT_MAX = 3;

/** Heavier than any number of conjuncts, so that a permit for somebody else is never nearer than one of the principal's own. */
const SCOPE_WEIGHT = 1_000_000;

/** Permits of one action, filed so that a denial looks only at those that match the principal or the resource. */
export interface PermitGroups {
  readonly byPrincipal: ReadonlyMap<string, readonly LayeredPolicy[]>;
  readonly byResource: ReadonlyMap<string, readonly LayeredPolicy[]>;
  /** All of them, those with the fewest conjuncts first: the order in which permits are near that match neither side. */
  readonly every: readonly LayeredPolicy[];
}

const ANYTHING = '*';

/** A rule matches only where its key is the entity's own key, one of its ancestors', its type, or anything. */
function groupKey(rule: ScopeRule): string {
  if (rule.kind === 'all') return ANYTHING;
  if (rule.kind === 'is') return rule.in?.key ?? rule.type;
  return rule.entity.key;
}

const byLength = (a: LayeredPolicy, b: LayeredPolicy): number =>
  a.policy.conjuncts.length - b.policy.conjuncts.length || (a.policy.id < b.policy.id ? -1 : 1);

const isEnforcedPermit = ({ layer, shadow, policy }: LayeredPolicy): boolean =>
  layer === 'access' && !shadow && policy.effect === 'permit';

function grouped(policies: readonly LayeredPolicy[], keyOf: (layered: LayeredPolicy) => string): Map<string, LayeredPolicy[]> {
  const groups = new Map<string, LayeredPolicy[]>();
  for (const layered of policies) {
    const key = keyOf(layered);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [layered]);
    else group.push(layered);
  }
  return groups;
}

export function permitGroups(policies: readonly LayeredPolicy[]): PermitGroups {
  const every = policies.filter(isEnforcedPermit).sort(byLength);
  return {
    every,
    byPrincipal: grouped(every, ({ policy }) => groupKey(policy.principal)),
    byResource: grouped(every, ({ policy }) => groupKey(policy.resource)),
  };
}

interface Near {
  readonly layered: LayeredPolicy;
  /** Lower is nearer: scope parts that failed, then conjuncts that were left, the failed one included. */
  readonly distance: number;
}

/** Zero where the scope matches. */
function scopeDistance({ policy }: LayeredPolicy, env: Environment): number {
  const isPrincipal = scopeMatches(policy.principal, env.principal, env.principalData?.ancestors);
  const isResource = scopeMatches(policy.resource, env.resource, env.resourceData?.ancestors);
  if (isPrincipal && isResource) return 0;
  return (isPrincipal === isResource ? 2 : 1) * SCOPE_WEIGHT + policy.conjuncts.length;
}

interface Stop {
  readonly conjunct: Conjunct;
  /** Conjuncts that were left, this one included. */
  readonly left: number;
  readonly kind: string | undefined;
}

/** The first conjunct that does not hold, or that fails. */
function stopOf({ conjuncts }: CompiledPolicy, env: Environment): Stop | undefined {
  for (const [position, conjunct] of conjuncts.entries()) {
    const left = conjuncts.length - position;
    try {
      if (conjunct.run(env) === conjunct.negated) return { conjunct, left, kind: undefined };
    } catch (thrown) {
      if (!(thrown instanceof EvaluationFailure)) throw thrown;
      return { conjunct, left, kind: thrown.kind };
    }
  }
  return undefined;
}

/** Texts made once per part of a policy and kept as long as it: a denial does not render again what the last one did. */
const texts = new WeakMap<object, string>();

function textOf<T extends object>(part: T, render: (part: T) => string): string {
  const known = texts.get(part);
  if (known !== undefined) return known;
  const text = render(part);
  texts.set(part, text);
  return text;
}

const principalText = (rule: ScopeRule): string => textOf(rule, () => renderScope('principal', rule));
const resourceText = (rule: ScopeRule): string => textOf(rule, () => renderScope('resource', rule));

function describe({ policy }: LayeredPolicy, env: Environment): string {
  if (!scopeMatches(policy.principal, env.principal, env.principalData?.ancestors)) return principalText(policy.principal);
  if (!scopeMatches(policy.resource, env.resource, env.resourceData?.ancestors)) return resourceText(policy.resource);
  const stop = stopOf(policy, env);
  if (stop === undefined) return 'nothing';
  const text = textOf(stop.conjunct, renderConjunct);
  return stop.kind === undefined ? text : `error (${stop.kind}): ${text}`;
}

/** The nearest so far, nearest first, at most three. */
class Nearest {
  readonly found: Near[] = [];

  /** Whether it is among the nearest. Most permits are for somebody else, and are passed over without anything being made. */
  offer(layered: LayeredPolicy, env: Environment): boolean {
    const { found } = this;
    const scope = scopeDistance(layered, env);
    const last = found.length < WHY_NOT_MAX ? undefined : found[WHY_NOT_MAX - 1];
    if (last !== undefined && isNotFarther(last, { layered, distance: scope }) && scope > 0) return false;
    const distance = scope === 0 ? (stopOf(layered.policy, env)?.left ?? 0) : scope;
    return this.#insert({ layered, distance });
  }

  #insert(near: Near): boolean {
    const { found } = this;
    const at = found.findIndex((other) => isNotFarther(near, other));
    if (at >= 0 && found[at]?.layered === near.layered) return true;
    found.splice(at < 0 ? found.length : at, 0, near);
    return found.length <= WHY_NOT_MAX || found.pop() !== near;
  }
}

const isNotFarther = (a: Near, b: Near): boolean =>
  a.distance === b.distance ? a.layered.policy.id <= b.layered.policy.id : a.distance < b.distance;

/** Keys of the groups in which everything is that matches an entity. */
const keysOf = (uid: EntityUid, data: EntityData | undefined): string[] => [
  ANYTHING,
  uid.type,
  uid.key,
  ...(data?.ancestors ?? []),
];

/** The nearest access permits for the action, at most three, nearest first; permits in shadow do not count. */
export function whyNot(groups: PermitGroups, env: Environment): WhyNot[] {
  const nearest = new Nearest();
  const { principal, resource, principalData, resourceData } = env;
  for (const key of keysOf(principal, principalData)) {
    for (const layered of groups.byPrincipal.get(key) ?? []) nearest.offer(layered, env);
  }
  for (const key of keysOf(resource, resourceData)) {
    for (const layered of groups.byResource.get(key) ?? []) {
      // Those that match the principal too were offered above; of the others the first that is too far is nearer than all that follow.
      if (scopeMatches(layered.policy.principal, principal, principalData?.ancestors)) continue;
      if (!nearest.offer(layered, env)) break;
    }
  }
  // Whatever matches neither side is as near as it is short, so the shortest few are enough; the same permit is never taken twice.
  for (const layered of groups.every.slice(0, 2 * WHY_NOT_MAX)) nearest.offer(layered, env);
  return nearest.found.map(({ layered }) => ({
    policy: layered.policy.id,
    reference: layered.reference,
    failed: [describe(layered, env)],
  }));
}
