/**
 * The decision: a pure function of bundle, facts and request. Merged in this order: invalid request, any failing policy, limits, access, gates,
 * allow with obligations. Never throws: what goes wrong here is a denial too.
 */
import type { ActionRequest, Facts } from '../action/index.ts';
import type { Environment } from '../cedar/index.ts';
import type { BundleAction, CompiledBundle } from './bundle.ts';
import type { Decision, GateNeed, PolicyError, Reason, ShadowNote, WhyNot } from './decision.ts';
import { evaluate, type Findings } from './evaluate.ts';
import type { LayeredPolicy } from './layers.ts';
import { subjectOf } from './subject.ts';
import { whyNot } from './why-not.ts';

type Outcome = Pick<Decision, 'answer'> &
  Partial<Pick<Decision, 'reasons' | 'policies' | 'gates' | 'obligations' | 'errors' | 'whyNot'>>;

const NO_PERMIT: Reason = Object.freeze({ code: 'default.no-permit', message: 'No policy permits this.' });
const KERNEL_FAULT: Reason = Object.freeze({
  code: 'kernel.fault',
  message: 'The decision could not be made, so nothing is allowed.',
});
const NONE: readonly never[] = Object.freeze([]);

function decisionOf(
  bundle: CompiledBundle,
  action: BundleAction | undefined,
  outcome: Outcome,
  shadow: readonly ShadowNote[],
): Decision {
  const reasons = outcome.reasons ?? NONE;
  return {
    answer: outcome.answer,
    code: reasons[0]?.code ?? 'ok',
    reasons,
    gates: outcome.gates ?? NONE,
    obligations: outcome.obligations ?? NONE,
    policies: outcome.policies ?? NONE,
    errors: outcome.errors ?? NONE,
    shadow,
    whyNot: outcome.whyNot ?? NONE,
    actionClass: action?.actionClass ?? null,
    revision: bundle.revision,
  };
}

const refusal = (bundle: CompiledBundle, action: BundleAction | undefined, reason: Reason): Decision =>
  decisionOf(bundle, action, { answer: 'deny', reasons: [reason] }, NONE);

/**
 * Decides a request, over one snapshot of bundle and entities. Arrays of the answer are sorted, so equal inputs give equal bytes, in whatever
 * order policies, entities and set elements were given. The caller must refuse an allow whose obligations it does not know.
 */
export function decide(bundle: CompiledBundle, facts: Facts, request: ActionRequest): Decision {
  let action: BundleAction | undefined;
  try {
    action = typeof request.action === 'string' ? bundle.actions.get(request.action) : undefined;
    if (action === undefined) {
      return refusal(bundle, undefined, { code: 'request.invalid', message: '/action is not an action that the schema knows.' });
    }
    const subject = subjectOf(bundle, action, facts, request);
    if ('refusal' in subject) return refusal(bundle, action, subject.refusal);
    const findings = evaluate(bundle, subject.env);
    return decisionOf(bundle, action, merge(action, subject.env, findings), inOrder(findings.shadow, byPolicy));
  } catch {
    return refusal(bundle, action, KERNEL_FAULT);
  }
}

const byId = (a: LayeredPolicy, b: LayeredPolicy): number => (a.policy.id < b.policy.id ? -1 : 1);
const byPolicy = (a: { policy: string }, b: { policy: string }): number => (a.policy < b.policy ? -1 : 1);

const inOrder = <T>(list: T[], order: (a: T, b: T) => number): T[] => (list.length > 1 ? list.sort(order) : list);
const idsOf = (policies: readonly LayeredPolicy[]): string[] => policies.map(({ policy }) => policy.id);

function merge(action: BundleAction, env: Environment, { failed, limits, forbids, permits, gates, duties }: Findings): Outcome {
  if (failed.length > 0) return failure(failed);
  if (limits.length > 0) return denial(limits);
  if (permits.length === 0) return noPermit(forbids, whyNot(action.permits, env));
  if (forbids.length > 0) return denial(forbids);
  if (gates.length > 0) return approval(gates);
  const obligations = duties.length === 0 ? NONE : [...new Set(duties.flatMap((duty) => duty.obligations))].sort();
  return { answer: 'allow', policies: idsOf(inOrder(permits, byId)), obligations };
}

function failure(failed: Findings['failed']): Outcome {
  const errors: PolicyError[] = failed.map(({ error }) => error).sort(byPolicy);
  const policies = failed.map(({ layered }) => layered).sort(byId);
  return {
    answer: 'deny',
    reasons: policies.map((policy) => policy.errorReason),
    policies: policies.map(({ policy }) => policy.id),
    errors,
  };
}

function denial(policies: LayeredPolicy[]): Outcome {
  inOrder(policies, byId);
  return { answer: 'deny', reasons: policies.map(({ reason }) => reason), policies: idsOf(policies) };
}

function approval(gates: LayeredPolicy[]): Outcome {
  inOrder(gates, byId);
  return {
    answer: 'requireApproval',
    reasons: gates.map(({ reason }) => reason),
    policies: idsOf(gates),
    gates: gateNeeds(gates),
  };
}

/** Forbids of the access layer come first, since they decide whatever else would permit. */
function noPermit(forbids: LayeredPolicy[], missing: WhyNot[]): Outcome {
  inOrder(forbids, byId);
  return {
    answer: 'deny',
    reasons: [...forbids.map(({ reason }) => reason), NO_PERMIT],
    policies: idsOf(forbids),
    whyNot: missing,
  };
}

/** All gates at once. The same class asked of the same group is asked once, with the highest quorum. */
function gateNeeds(policies: readonly LayeredPolicy[]): GateNeed[] {
  const needs = new Map<string, { gate: string; approvers: string; min: number; policies: string[] }>();
  for (const { gate, policy } of policies) {
    if (gate === undefined) continue;
    const key = JSON.stringify([gate.gate, gate.approvers]);
    const need = needs.get(key);
    if (need === undefined) needs.set(key, { ...gate, policies: [policy.id] });
    else {
      need.min = Math.max(need.min, gate.min);
      need.policies.push(policy.id);
    }
  }
  return [...needs.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, need]) => need);
}
