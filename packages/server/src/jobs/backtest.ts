/**
 * Backtest: a candidate bundle over recorded history. Every decision that would flip is told with who, what and when, what would be newly allowed
 * first, with the approvals and the money that the candidate would add or save.
 */
import { decide, type Decision } from '@countersign/kernel/decide';
import type { JsonRecord } from '@countersign/kernel/json';
import type { BundleSnapshot } from '../ports/registry.ts';
import {
  type DecisionEntry,
  type LedgerSource,
  type NotReplayable,
  type OutcomeEntry,
  type Range,
  readEntries,
  recordedDecision,
  type Watch,
} from './recorded.ts';
import type { Mutable } from '../ports/mutable.ts';

type Answer = Decision['answer'];
export type Direction = `${Answer}->${Answer}`;

/** Most dangerous first. */
export const DIRECTIONS = [
  'deny->allow',
  'requireApproval->allow',
  'deny->requireApproval',
  'allow->deny',
  'requireApproval->deny',
  'allow->requireApproval',
] as const satisfies readonly Direction[];

export interface Flip {
  readonly decision: string;
  readonly seq: number;
  readonly at: string;
  readonly direction: (typeof DIRECTIONS)[number];
  readonly agent: string;
  readonly onBehalfOf: string | null;
  readonly team: string | null;
  readonly action: string;
  readonly resource: string;
  readonly before: { readonly code: string; readonly policies: readonly string[] };
  readonly after: { readonly code: string; readonly policies: readonly string[] };
}

export interface Group {
  readonly direction: (typeof DIRECTIONS)[number];
  /** Codes of the deciding reason, before and after. */
  readonly code: string;
  readonly team: string;
  readonly repository: string;
  readonly count: number;
}

export interface BacktestReport {
  readonly candidate: string;
  readonly decisions: number;
  readonly compared: number;
  readonly same: number;
  readonly flips: readonly Flip[];
  /** All flips, also those beyond the list. */
  readonly flipped: Readonly<Record<(typeof DIRECTIONS)[number], number>>;
  readonly groups: readonly Group[];
  readonly notReplayable: Readonly<Record<NotReplayable, number>>;
  /** Requests to people that the candidate would open, and that it would spare. */
  readonly approvals: { readonly added: number; readonly saved: number };
  /** Micro-USD: what would not have been spent, and what would have been, by the estimate of what was denied. */
  readonly money: { readonly saved: number; readonly added: number };
  readonly from: number;
  readonly to: number;
}

export interface BacktestTerms extends LedgerSource {
  readonly candidate: BundleSnapshot;
}

/** Flips listed one by one for each direction, so that many of one kind never hide another; groups and counts cover all. */
const FLIPS_MAX = 2_000;
/** Allowed decisions whose outcome has not come yet, oldest forgotten first. */
const OPEN_MAX = 100_000;

export async function backtest(terms: BacktestTerms, range: Range, watch: Watch = {}): Promise<BacktestReport> {
  const tally = new Tally(terms.candidate.revision, range.from);
  for await (const { entry, seq } of readEntries(terms, range, watch)) {
    tally.to = seq + 1;
    if (entry.type === 'outcome') tally.outcome(entry);
    if (entry.type !== 'decision') continue;
    tally.decisions += 1;
    const recorded = await recordedDecision(terms, entry, seq);
    if (!recorded.ok) tally.notReplayable[recorded.why] += 1;
    else {
      const { decision, facts, request } = recorded.evaluated;
      const before = decision === undefined ? undefined : answerOf(decision);
      tally.compare({
        entry,
        seq,
        before: before ?? entry.decision.answer,
        after: decide(terms.candidate.compiled, facts, request),
        estimate: estimateOf(request.args),
      });
    }
  }
  return tally.report();
}

const answerOf = ({ answer }: JsonRecord): Answer | undefined =>
  answer === 'allow' || answer === 'deny' || answer === 'requireApproval' ? answer : undefined;

const estimateOf = ({ estimateMicroUsd }: JsonRecord): number => (typeof estimateMicroUsd === 'number' ? estimateMicroUsd : 0);

interface Compared {
  readonly entry: DecisionEntry;
  readonly seq: number;
  /** What the kernel said then; the road may have refused for other reasons, which no policy changes. */
  readonly before: Answer;
  readonly after: Decision;
  readonly estimate: number;
}

class Tally {
  readonly #candidate: string;
  readonly #from: number;
  readonly #flips: Flip[] = [];
  readonly #groups = new Map<string, Mutable<Group>>();
  /** Decisions that the candidate would stop: their cost, when it comes, is saved. */
  readonly #stopped = new Set<string>();
  readonly #flipped = Object.fromEntries(DIRECTIONS.map((direction) => [direction, 0])) as Record<
    (typeof DIRECTIONS)[number],
    number
  >;
  readonly #approvals = { added: 0, saved: 0 };
  readonly #money = { saved: 0, added: 0 };
  readonly notReplayable: Record<NotReplayable, number> = { erased: 0, missing: 0, 'not-kept': 0, tampered: 0, unreadable: 0 };
  #same = 0;
  decisions = 0;
  to: number;

  constructor(candidate: string, from: number) {
    this.#candidate = candidate;
    this.#from = from;
    this.to = from;
  }

  compare(compared: Compared): void {
    const { before, after, estimate, entry } = compared;
    const direction = DIRECTIONS.find((each) => each === `${before}->${after.answer}`);
    if (direction === undefined) {
      this.#same += 1;
      return;
    }
    this.#flipped[direction] += 1;
    if (after.answer === 'requireApproval') this.#approvals.added += 1;
    if (before === 'requireApproval') this.#approvals.saved += 1;
    if (before === 'allow') this.#stop(entry.decision.id);
    // What was refused has no cost on record: its own estimate stands in for it.
    if (after.answer === 'allow' && before === 'deny') this.#money.added += estimate;
    this.#group(direction, compared);
    if (this.#flipped[direction] <= FLIPS_MAX) this.#flips.push(flipOf(direction, compared));
  }

  #stop(decision: string): void {
    this.#stopped.add(decision);
    if (this.#stopped.size <= OPEN_MAX) return;
    for (const oldest of this.#stopped) {
      this.#stopped.delete(oldest);
      return;
    }
  }

  outcome({ outcome, cost }: OutcomeEntry): void {
    if (this.#stopped.delete(outcome.decision)) this.#money.saved += cost?.microUsd ?? 0;
  }

  #group(direction: (typeof DIRECTIONS)[number], { entry, after }: Compared): void {
    const group = {
      direction,
      code: `${entry.decision.code} -> ${after.code}`,
      team: entry.team ?? '-',
      repository: entry.repository ?? '-',
      count: 1,
    };
    const key = JSON.stringify([group.direction, group.code, group.team, group.repository]);
    const known = this.#groups.get(key);
    if (known === undefined) this.#groups.set(key, group);
    else known.count += 1;
  }

  report(): BacktestReport {
    const rank = (direction: (typeof DIRECTIONS)[number]): number => DIRECTIONS.indexOf(direction);
    return {
      candidate: this.#candidate,
      decisions: this.decisions,
      compared: this.decisions - Object.values(this.notReplayable).reduce((sum, count) => sum + count, 0),
      same: this.#same,
      flips: [...this.#flips].sort((a, b) => rank(a.direction) - rank(b.direction) || a.seq - b.seq),
      flipped: this.#flipped,
      groups: [...this.#groups.values()].sort((a, b) => rank(a.direction) - rank(b.direction) || b.count - a.count),
      notReplayable: this.notReplayable,
      approvals: this.#approvals,
      money: this.#money,
      from: this.#from,
      to: this.to,
    };
  }
}

function flipOf(direction: (typeof DIRECTIONS)[number], { entry, seq, after }: Compared): Flip {
  const { decision } = entry;
  return {
    decision: decision.id,
    seq,
    at: entry.ts,
    direction,
    agent: entry.principal,
    onBehalfOf: entry.onBehalfOf ?? null,
    team: entry.team ?? null,
    action: entry.action,
    resource: entry.resource,
    before: { code: decision.code, policies: decision.policies },
    after: { code: after.code, policies: after.policies },
  };
}
