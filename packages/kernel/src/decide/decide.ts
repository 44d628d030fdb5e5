/**
 * The decision: a pure function of bundle, facts and request. Merged in this order: invalid request, any failing policy, limits, access, gates,
 * allow with obligations. Never throws: what goes wrong here is a denial too.
 */
import type { ActionRequest, Facts } from '../action/index.ts';
import type { Environment } from '../cedar/index.ts';
import type { BundleAction, CompiledBundle } from './bundle.ts';
import type { Decision, GateNeed, PolicyError, Reason, WhyNot } from './decision.ts';
import { evaluate, type Findings } from './evaluate.ts';
import type { LayeredPolicy } from './layers.ts';
import { subjectOf } from './subject.ts';
import { whyNot } from './whyNot.ts';

type Outcome = Partial<Omit<Decision, 'revision' | 'actionClass' | 'code'>> & { readonly answer: Decision['answer'] };

const NO_PERMIT: Reason = Object.freeze({ code: 'default.no-permit', message: 'No policy permits this.' });
const KERNEL_FAULT: Reason = Object.freeze({
  code: 'kernel.fault',
  message: 'The decision could not be made, so nothing is allowed.',
});

function decisionOf(bundle: CompiledBundle, action: BundleAction | undefined, outcome: Outcome): Decision {
  const reasons = outcome.reasons ?? [];
  return {
    answer: outcome.answer,
    code: reasons[0]?.code ?? 'ok',
    reasons,
    gates: outcome.gates ?? [],
    obligations: outcome.obligations ?? [],
    policies: outcome.policies ?? [],
    errors: outcome.errors ?? [],
    shadow: outcome.shadow ?? [],
    whyNot: outcome.whyNot ?? [],
    actionClass: action?.actionClass ?? null,
    revision: bundle.revision,
  };
}

/**
 * Decides a request, over one snapshot of bundle and entities. Arrays of the answer are sorted, so equal inputs give equal bytes, in whatever
 * order policies, entities and set elements were given. The caller must refuse an allow whose obligations it does not know.
 */
export function decide(bundle: CompiledBundle, facts: Facts, request: ActionRequest): Decision {
  let action: BundleAction | undefined;
  try {
    action = typeof request.action === 'string' ? bundle.actions.get(request.action) : undefined;
    if (action === undefined) {
      const reason: Reason = { code: 'request.invalid', message: '/action is not an action that the schema knows.' };
      return decisionOf(bundle, undefined, { answer: 'deny', reasons: [reason] });
    }
    const subject = subjectOf(bundle, action, facts, request);
    if ('refusal' in subject) return decisionOf(bundle, action, { answer: 'deny', reasons: [subject.refusal] });
    return decisionOf(bundle, action, merge(bundle, subject.env, evaluate(bundle, subject.env)));
  } catch {
    return decisionOf(bundle, action, { answer: 'deny', reasons: [KERNEL_FAULT] });
  }
}

const byId = (a: LayeredPolicy, b: LayeredPolicy): number => (a.policy.id < b.policy.id ? -1 : 1);
const byPolicy = (a: { policy: string }, b: { policy: string }): number => (a.policy < b.policy ? -1 : 1);

function merge(bundle: CompiledBundle, env: Environment, findings: Findings): Outcome {
  const { failed, limits, forbids, permits, gates, duties } = findings;
  const shadow = findings.shadow.sort(byPolicy);
  if (failed.length > 0) return { ...failure(failed), shadow };
  if (limits.length > 0) return { ...denial(limits), shadow };
  if (forbids.length > 0 || permits.length === 0)
    return { ...noAccess(forbids, permits.length === 0 ? whyNot(bundle, env) : undefined), shadow };
  if (gates.length > 0) return { ...denial(gates), answer: 'requireApproval', gates: gateNeeds(gates), shadow };
  return {
    answer: 'allow',
    policies: permits.sort(byId).map(({ policy }) => policy.id),
    obligations: duties.length === 0 ? [] : [...new Set(duties.flatMap((duty) => duty.obligations))].sort(),
    shadow,
  };
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
  policies.sort(byId);
  return { answer: 'deny', reasons: policies.map(({ reason }) => reason), policies: policies.map(({ policy }) => policy.id) };
}

/** Forbids of the access layer come first, since they decide whatever else would permit. */
function noAccess(forbids: LayeredPolicy[], missing: WhyNot[] | undefined): Outcome {
  const outcome = denial(forbids);
  if (missing === undefined) return outcome;
  return { ...outcome, reasons: [...(outcome.reasons ?? []), NO_PERMIT], whyNot: missing };
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
