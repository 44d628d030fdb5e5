/** Runs policy cases through the kernel: the same `decide` that the road asks. */
import { type CompiledBundle, decide, type Decision } from '@countersign/kernel/decide';
import type { PolicyCase } from './expand.ts';

export interface CaseResult {
  readonly case: PolicyCase;
  readonly decision: Decision;
  /** `decision: expected allow, got deny`; empty for a case that holds. */
  readonly differences: readonly string[];
}

export function runCases(compiled: CompiledBundle, cases: readonly PolicyCase[]): readonly CaseResult[] {
  return cases.map((each) => {
    const decision = decide(compiled, each.facts, each.request);
    return { case: each, decision, differences: differencesOf(each, decision) };
  });
}

function differencesOf({ expect }: PolicyCase, decision: Decision): string[] {
  const differences: string[] = [];
  const compare = (what: string, wanted: string | readonly string[] | undefined, got: string | readonly string[]): void => {
    if (wanted === undefined) return;
    const [a, b] = [textOf(wanted), textOf(got)];
    if (a !== b) differences.push(`${what}: expected ${a}, got ${b}`);
  };
  compare('decision', expect.decision, decision.answer);
  compare('code', expect.code, decision.code);
  compare('policies', expect.policies, decision.policies);
  compare(
    'gates',
    expect.gates,
    decision.gates.map(({ gate }) => gate),
  );
  compare('obligations', expect.obligations, decision.obligations);
  compare(
    'shadow',
    expect.shadow,
    decision.shadow.map(({ policy }) => policy),
  );
  if (differences.length > 0) differences.push(...explain(decision));
  return differences;
}

const textOf = (value: string | readonly string[]): string =>
  typeof value === 'string' ? value : `[${[...value].sort().join(', ')}]`;

/** What the author needs to see next: the kernel's own reasons, or the condition that failed. */
function explain(decision: Decision): string[] {
  const reasons = decision.reasons.slice(0, 3).map(({ code, policy, message }) => `because ${policy ?? code}: ${message}`);
  const near = decision.whyNot.slice(0, 2).map(({ policy, failed }) => `${policy} did not permit: ${failed.join('; ')}`);
  const errors = decision.errors.slice(0, 3).map(({ policy, message }) => `${policy} failed: ${message}`);
  return [...errors, ...reasons, ...near];
}
