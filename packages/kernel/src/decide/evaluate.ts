/** One pass over the candidates: every policy whose scope matches is evaluated, whatever the others said, and filed by its layer. */
import { conditionsHold, type Environment, EvaluationFailure, scopeMatches } from '../cedar/index.ts';
import type { CompiledBundle } from './bundle.ts';
import type { PolicyError, ShadowNote } from './decision.ts';
import { errorOf, type LayeredPolicy } from './layers.ts';

/** Satisfied policies by what their being satisfied means. */
export interface Findings {
  readonly permits: LayeredPolicy[];
  readonly forbids: LayeredPolicy[];
  readonly limits: LayeredPolicy[];
  readonly gates: LayeredPolicy[];
  readonly duties: LayeredPolicy[];
  readonly failed: { readonly layered: LayeredPolicy; readonly error: PolicyError }[];
  readonly shadow: ShadowNote[];
}

const SHADOW_EFFECTS = { limit: 'wouldDeny', gate: 'wouldAsk', obligation: 'wouldOblige' } as const;

function shadowEffect({ layer, policy }: LayeredPolicy): ShadowNote['effect'] {
  if (layer === 'access') return policy.effect === 'permit' ? 'wouldAllow' : 'wouldDeny';
  return SHADOW_EFFECTS[layer];
}

function fileSatisfied(layered: LayeredPolicy, findings: Findings): void {
  if (layered.shadow) findings.shadow.push({ policy: layered.policy.id, effect: shadowEffect(layered) });
  else if (layered.layer === 'limit') findings.limits.push(layered);
  else if (layered.layer === 'gate') findings.gates.push(layered);
  else if (layered.layer === 'obligation') findings.duties.push(layered);
  else if (layered.policy.effect === 'permit') findings.permits.push(layered);
  else findings.forbids.push(layered);
}

function fileFailed(layered: LayeredPolicy, thrown: unknown, findings: Findings): void {
  if (!(thrown instanceof EvaluationFailure)) throw thrown;
  if (layered.shadow) findings.shadow.push({ policy: layered.policy.id, effect: 'error' });
  else findings.failed.push({ layered, error: errorOf(layered, thrown) });
}

export function evaluate(bundle: CompiledBundle, env: Environment): Findings {
  const findings: Findings = { permits: [], forbids: [], limits: [], gates: [], duties: [], failed: [], shadow: [] };
  const { principal, resource, principalData, resourceData } = env;
  const above = principalData?.ancestors;
  const resourceAbove = resourceData?.ancestors;
  for (const slice of bundle.index.candidates(env.action.key, principal, resource, [principalData, resourceData])) {
    for (let i = 0; i < slice.length; i += 1) {
      const layered = slice[i] as LayeredPolicy;
      const { policy } = layered;
      if (!scopeMatches(policy.principal, principal, above) || !scopeMatches(policy.resource, resource, resourceAbove)) continue;
      try {
        if (conditionsHold(policy.conjuncts, env)) fileSatisfied(layered, findings);
      } catch (thrown) {
        fileFailed(layered, thrown, findings);
      }
    }
  }
  return findings;
}
