/** A denial that teaches: for the permits that came nearest, the first part that failed. Names of attributes, never values of facts. */
import { type Environment, EvaluationFailure, renderConjunct, renderScope, scopeMatches } from '../cedar/index.ts';
import type { CompiledBundle } from './bundle.ts';
import type { WhyNot } from './decision.ts';
import type { LayeredPolicy } from './layers.ts';

/** Permits that are named; more would not be read. */
export const WHY_NOT_MAX = 3;

interface Near {
  readonly layered: LayeredPolicy;
  /** Lower is nearer: scope parts that failed, then conjuncts that were left, the failed one included. */
  readonly distance: number;
  readonly failed: () => string;
}

/** Heavier than any number of conjuncts, so that a permit for somebody else is never nearer than one of the principal's own. */
const SCOPE_WEIGHT = 1_000_000;

function nearness(layered: LayeredPolicy, env: Environment): Near {
  const { policy } = layered;
  const isPrincipal = scopeMatches(policy.principal, env.principal, env.principalData?.ancestors);
  const isResource = scopeMatches(policy.resource, env.resource, env.resourceData?.ancestors);
  if (!isPrincipal || !isResource) {
    const distance = SCOPE_WEIGHT * ((isPrincipal ? 0 : 1) + (isResource ? 0 : 1));
    return {
      layered,
      distance: distance + policy.conjuncts.length,
      failed: () => (isPrincipal ? renderScope('resource', policy.resource) : renderScope('principal', policy.principal)),
    };
  }
  for (const [position, conjunct] of policy.conjuncts.entries()) {
    const left = policy.conjuncts.length - position;
    try {
      if (conjunct.run(env) !== !conjunct.negated) return { layered, distance: left, failed: () => renderConjunct(conjunct) };
    } catch (thrown) {
      if (!(thrown instanceof EvaluationFailure)) throw thrown;
      return { layered, distance: left, failed: () => `error (${thrown.kind}): ${renderConjunct(conjunct)}` };
    }
  }
  return { layered, distance: 0, failed: () => 'nothing' };
}

const isNearer = (a: Near, b: Near): boolean =>
  a.distance !== b.distance ? a.distance < b.distance : a.layered.policy.id < b.layered.policy.id;

/** The nearest access permits for the action, at most three, nearest first; permits in shadow do not count. */
export function whyNot(bundle: CompiledBundle, env: Environment): WhyNot[] {
  const nearest: Near[] = [];
  for (const layered of bundle.index.ofAction(env.action.key)) {
    if (layered.layer !== 'access' || layered.shadow || layered.policy.effect !== 'permit') continue;
    const near = nearness(layered, env);
    const at = nearest.findIndex((other) => isNearer(near, other));
    if (at >= 0) nearest.splice(at, 0, near);
    else if (nearest.length < WHY_NOT_MAX) nearest.push(near);
    if (nearest.length > WHY_NOT_MAX) nearest.pop();
  }
  return nearest.map(({ layered, failed }) => ({ policy: layered.policy.id, reference: layered.reference, failed: [failed()] }));
}
