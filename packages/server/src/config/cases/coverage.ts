/**
 * Coverage by policy: one case that it decides, and one where its scope matches and its condition does not. A limit or gate that no case has
 * seen both ways is refused, since nobody knows what it does.
 */
import type { CompiledBundle, Decision, LayerName } from '@countersign/kernel/decide';
import { environmentFor, type Layered, touchedBy } from './examine.ts';
import { COMMANDS_FILE } from '../finding.ts';
import type { CaseResult } from './run.ts';

export interface PolicyCoverage {
  readonly policy: string;
  readonly reference: string;
  readonly layer: LayerName;
  readonly shadow: boolean;
  /** Cases that it decided, or for a shadow policy would have. */
  readonly decides: number;
  /** Cases whose request is in its scope, and whose facts do not meet its condition. */
  readonly spares: number;
  /** A policy without a condition has nothing to spare. */
  readonly unconditional: boolean;
  readonly covered: boolean;
}

export interface Coverage {
  readonly policies: readonly PolicyCoverage[];
  readonly covered: number;
  readonly total: number;
  /** 0 to 100, rounded down: 100 means all. */
  readonly percent: number;
}

interface Count {
  decides: number;
  spares: number;
}

export function coverageOf(bundle: CompiledBundle, results: readonly CaseResult[]): Coverage {
  const counts = new Map<string, Count>();
  for (const { case: each, decision } of results) {
    const env = environmentFor(bundle, each.facts, each.request);
    if (env === undefined) continue;
    for (const { layered, held } of touchedBy(bundle, env)) {
      const count = counts.get(layered.policy.id) ?? { decides: 0, spares: 0 };
      counts.set(layered.policy.id, count);
      if (held === 'holds-not') count.spares += 1;
      else if (held === 'holds' && decided(layered, decision)) count.decides += 1;
    }
  }
  const policies = allPolicies(bundle).map((layered) =>
    lineOf(layered, counts.get(layered.policy.id) ?? { decides: 0, spares: 0 }),
  );
  const covered = policies.filter((policy) => policy.covered).length;
  return {
    policies,
    covered,
    total: policies.length,
    percent: policies.length === 0 ? 100 : Math.floor((covered * 100) / policies.length),
  };
}

function lineOf({ policy, layer, shadow, reference }: Layered, { decides, spares }: Count): PolicyCoverage {
  const unconditional = policy.conjuncts.length === 0;
  return {
    policy: policy.id,
    reference,
    layer,
    shadow,
    decides,
    spares,
    unconditional,
    covered: decides > 0 && (spares > 0 || unconditional),
  };
}

/** A policy whose conditions hold need not be what decided: a limit may have come first. */
function decided({ policy, layer, shadow, obligations }: Layered, decision: Decision): boolean {
  if (shadow) return decision.shadow.some((note) => note.policy === policy.id && note.effect !== 'error');
  if (layer === 'obligation')
    return decision.answer === 'allow' && obligations.every((name) => decision.obligations.includes(name));
  return decision.policies.includes(policy.id);
}

/** Every policy once, in the order of the bundle. One that applies to no action is unknown to the index, and the validator refused it. */
export function allPolicies(bundle: CompiledBundle): readonly Layered[] {
  const all = new Map<string, Layered>();
  for (const action of bundle.actions.values()) {
    for (const layered of bundle.index.ofAction(action.checker.action.uid.key)) all.set(layered.policy.id, layered);
  }
  // What is made from command rules is ours, and has tests of its own.
  return [...all.values()]
    .filter(({ reference }) => !reference.startsWith(`${COMMANDS_FILE}:`))
    .sort((a, b) => (a.reference < b.reference ? -1 : 1));
}
