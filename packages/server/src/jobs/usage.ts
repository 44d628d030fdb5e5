/**
 * Which policies of a bundle earn their keep: how often each one decided in recorded history, which never did, and which never decided without
 * another one beside them, so that taking them away would have changed nothing.
 */
import { isRecord } from '@countersign/kernel/json';
import type { BundleSnapshot } from '../ports/registry.ts';
import { type DecisionEntry, type LedgerSource, type Range, readEntries, type Watch } from './recorded.ts';

export interface PolicyUse {
  readonly policy: string;
  readonly layer: string;
  /** `file:line` */
  readonly place: string;
  /** Decisions that it determined; for a shadow policy, decisions that it would have. */
  readonly decided: number;
  readonly lastAt: string | null;
  /** Policies of the same layer that decided each time when it did. */
  readonly coveredBy: readonly string[];
}

export interface UsageReport {
  readonly revision: string;
  readonly decisions: number;
  readonly policies: readonly PolicyUse[];
  /** Never decided in this range. */
  readonly never: readonly string[];
  /** Decided, and never alone. */
  readonly covered: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Duties are recorded by their names, not by the policies that gave them, so they cannot be counted here. */
const NOT_COUNTED = new Set(['obligation']);

interface Tally {
  decided: number;
  lastAt: string | null;
  /** Those that were there every time; undefined before the first. */
  always: ReadonlySet<string> | undefined;
}

export interface UsageTerms extends LedgerSource {
  readonly snapshot: BundleSnapshot;
}

export async function policyUsage(terms: UsageTerms, range: Range, watch: Watch = {}): Promise<UsageReport> {
  const tallies = new Map<string, Tally>();
  let decisions = 0;
  let to = range.from;
  for await (const { entry, seq } of readEntries(terms, range, watch)) {
    to = seq + 1;
    if (entry.type !== 'decision') continue;
    decisions += 1;
    count(tallies, entry);
  }
  const known = policiesOf(terms.snapshot);
  const layers = new Map(known.map(({ policy, layer }) => [policy, layer]));
  const policies = known.map((each): PolicyUse => {
    const { decided, lastAt, always } = tallies.get(each.policy) ?? { decided: 0, lastAt: null, always: undefined };
    const coveredBy = [...(always ?? [])].filter((other) => other !== each.policy && layers.get(other) === each.layer).sort();
    return { ...each, decided, lastAt, coveredBy };
  });
  return {
    revision: terms.snapshot.revision,
    decisions,
    policies,
    never: policies.filter(({ decided }) => decided === 0).map(({ policy }) => policy),
    covered: policies.filter(({ coveredBy }) => coveredBy.length > 0).map(({ policy }) => policy),
    from: range.from,
    to,
  };
}

function count(tallies: Map<string, Tally>, { ts, decision }: DecisionEntry): void {
  const together = new Set(decision.policies);
  for (const policy of [...together, ...decision.shadow.map((note) => note.policy)]) {
    const tally = tallies.get(policy) ?? { decided: 0, lastAt: null, always: undefined };
    tallies.set(policy, {
      decided: tally.decided + 1,
      lastAt: ts,
      always: tally.always === undefined ? together : new Set([...tally.always].filter((other) => together.has(other))),
    });
  }
}

/** Policies of the bundle with their layers, as their annotations say. */
function policiesOf({
  source,
}: BundleSnapshot): readonly { readonly policy: string; readonly layer: string; readonly place: string }[] {
  return source.policies.flatMap(({ id, est, file, line }) => {
    const annotations = isRecord(est) ? est['annotations'] : undefined;
    const named = isRecord(annotations) ? annotations['layer'] : undefined;
    const layer = typeof named === 'string' ? named : 'access';
    return NOT_COUNTED.has(layer) ? [] : [{ policy: id, layer, place: `${file}:${line}` }];
  });
}
