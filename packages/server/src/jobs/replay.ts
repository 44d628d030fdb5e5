/**
 * Replay: every recorded decision is evaluated again, from its own revision and its own facts, and must come out byte for byte. Proves that the
 * record says what decided, and that the kernel still decides so.
 */
import { type CompiledBundle, decide, type Decision } from '@countersign/kernel/decide';
import { asFault } from '@countersign/kernel/fault';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { canonicalize, ledgerId } from '@countersign/kernel/ledger';
import { sha256Hex } from '../govern/hash.ts';
import type { BundleSnapshot } from '../ports/registry.ts';
import { verdictDifferences } from './command-replay.ts';
import {
  type DecisionEntry,
  type Evaluated,
  type LedgerSource,
  type NotReplayable,
  type Range,
  readEntries,
  recordedDecision,
  type Watch,
} from './recorded.ts';

export interface ReplayTerms extends LedgerSource {
  /** A revision of the history, compiled and verified. @throws Fault bundle.missing, bundle.invalid */
  readonly snapshot: (revision: string) => Promise<BundleSnapshot>;
}

export interface Difference {
  readonly decision: string;
  readonly seq: number;
  readonly action: string;
  readonly revision: string;
  /** Members that differ, such as `answer: allow -> deny`. */
  readonly members: readonly string[];
}

export interface ReplayReport {
  readonly decisions: number;
  readonly identical: number;
  readonly different: number;
  /** By reason: erased payloads, revisions that are gone. */
  readonly notReplayable: Readonly<Record<NotReplayable | 'no-bundle', number>>;
  /** The first of them; `different` counts all. */
  readonly differences: readonly Difference[];
  readonly from: number;
  readonly to: number;
}

/** More differences than this say nothing new, and a report must stay readable. */
const DIFFERENCES_MAX = 1_000;

export async function replay(terms: ReplayTerms, range: Range, watch: Watch = {}): Promise<ReplayReport> {
  const counts = { decisions: 0, identical: 0, different: 0 };
  const notReplayable = { erased: 0, missing: 0, 'not-kept': 0, tampered: 0, unreadable: 0, 'no-bundle': 0 };
  const differences: Difference[] = [];
  const bundles = new Bundles(terms.snapshot);
  let to = range.from;
  for await (const { entry, seq } of readEntries(terms, range, watch)) {
    to = seq + 1;
    if (entry.type !== 'decision') continue;
    counts.decisions += 1;
    const recorded = await recordedDecision(terms, entry, seq);
    const bundle = recorded.ok ? await bundles.find(entry.decision.revision) : undefined;
    if (!recorded.ok) notReplayable[recorded.why] += 1;
    else if (bundle === undefined) notReplayable['no-bundle'] += 1;
    else {
      const members = [
        ...compare(entry, recorded.evaluated, bundle.compiled),
        ...(await verdictDifferences(terms, entry, recorded.evaluated, bundle.commands)),
      ];
      if (members.length === 0) counts.identical += 1;
      else {
        counts.different += 1;
        if (differences.length < DIFFERENCES_MAX) {
          differences.push({
            decision: entry.decision.id,
            seq,
            action: entry.action,
            revision: entry.decision.revision,
            members,
          });
        }
      }
    }
  }
  return { ...counts, notReplayable, differences, from: range.from, to };
}

/** Compiled revisions, each asked for once; one that is gone stays gone. */
class Bundles {
  readonly #load: ReplayTerms['snapshot'];
  readonly #known = new Map<string, BundleSnapshot | undefined>();

  constructor(load: ReplayTerms['snapshot']) {
    this.#load = load;
  }

  async find(revision: string): Promise<BundleSnapshot | undefined> {
    if (this.#known.has(revision)) return this.#known.get(revision);
    let snapshot: BundleSnapshot | undefined;
    try {
      snapshot = await this.#load(revision);
    } catch (thrown) {
      // The store being down is not the same as a revision that is gone.
      const fault = asFault(thrown);
      if (fault.code !== 'bundle.missing' && fault.code !== 'bundle.invalid') throw thrown;
    }
    this.#known.set(revision, snapshot);
    return snapshot;
  }
}

function compare(entry: DecisionEntry, { request, facts, decision }: Evaluated, bundle: CompiledBundle): string[] {
  const again = decide(bundle, facts, request);
  const differences = compareEntry(entry, facts as unknown as Json);
  const before = decision ?? recordedMembers(entry);
  const after = decision === undefined ? membersOf(again) : (again as unknown as JsonRecord);
  if (canonicalize(before) !== canonicalize(after)) differences.push(...compareMembers(before, after));
  const road = roadChange(entry, decision === undefined ? undefined : again);
  return road === undefined ? differences : [...differences, road];
}

function compareEntry(entry: DecisionEntry, facts: Json): string[] {
  const digest = sha256Hex(canonicalize(facts));
  return digest === entry.decision.factsDigest ? [] : [`factsDigest: ${entry.decision.factsDigest} -> ${digest}`];
}

/** The road may refuse what the kernel allowed (a kill switch, an empty budget); it may never allow what the kernel did not. */
function roadChange({ decision }: DecisionEntry, again: Decision | undefined): string | undefined {
  if (again === undefined || decision.answer === again.answer || decision.answer === 'deny') return undefined;
  return `answer: the record says ${decision.answer}, the kernel ${again.answer}`;
}

const short = (value: Json | undefined): string => {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : canonicalize(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
};

function compareMembers(before: JsonRecord, after: JsonRecord): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .filter((name) => canonicalize(before[name] ?? null) !== canonicalize(after[name] ?? null))
    .map((name) => `${name}: ${short(before[name])} -> ${short(after[name])}`);
}

/** What an entry keeps of a decision, for payloads that hold only facts and request. Entries list at most this many of anything. */
const LISTED_MAX = 24;

const recordedMembers = ({
  decision: { answer, code, policies, obligations, gates, shadow, revision },
}: DecisionEntry): JsonRecord => ({
  answer,
  code,
  policies,
  obligations,
  gates,
  shadow: shadow.map(({ policy, effect }) => ({ policy, effect })),
  revision,
});

const membersOf = ({ answer, code, policies, obligations, gates, shadow, revision }: Decision): JsonRecord => ({
  answer,
  code,
  policies: policies.slice(0, LISTED_MAX).map(ledgerId),
  obligations: obligations.slice(0, LISTED_MAX).map(ledgerId),
  gates: gates.slice(0, LISTED_MAX).map(({ gate }) => ledgerId(gate)),
  shadow: shadow.slice(0, LISTED_MAX).map(({ policy, effect }) => ({ policy: ledgerId(policy), effect })),
  revision,
});
