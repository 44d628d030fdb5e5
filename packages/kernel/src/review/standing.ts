/**
 * How far the reviewer is trusted with one class of requests. It earns that from people who did not know its answer: every class begins in
 * `shadow`, where people decide all of it; it is `live` while the upper end of the interval of false approvals is within the budget, and is
 * suspended by itself when it no longer is. Only a person lets it begin again.
 */
import { type Interval, wilson } from './wilson.ts';

export type ReviewState = 'shadow' | 'live' | 'suspended';

/** People's answers where the reviewer would have approved. */
export interface ReviewLabels {
  readonly right: number;
  /** A person said no: a false approval. */
  readonly wrong: number;
}

export interface ReviewStanding {
  readonly state: ReviewState;
  /** Of the share of false approvals among approvals. */
  readonly interval: Interval;
}

/** What the state is after another answer. Live is left at once, and suspension by nothing. */
export function standingOf(state: ReviewState, { right, wrong }: ReviewLabels, errorBudget: number): ReviewStanding {
  const interval = wilson(wrong, right + wrong);
  const within = interval.high <= errorBudget;
  if (state === 'suspended') return { state, interval };
  if (within) return { state: 'live', interval };
  // In shadow nothing was risked yet; but a class that is surely too bad need not go on being tried.
  const surely = interval.low > errorBudget;
  return { state: state === 'live' || surely ? 'suspended' : 'shadow', interval };
}

/** People's answers without a single false approval that a class needs before it is live. */
export function labelsNeeded(errorBudget: number): number {
  let n = 1;
  while (wilson(0, n).high > errorBudget && n < 1_000_000) n += 1;
  return n;
}
