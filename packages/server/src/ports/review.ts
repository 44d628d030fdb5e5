/** Auto-review of approval requests: its rows, the model that is asked, and what the bundle says about both. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { Interval, ReviewBounds, ReviewState } from '@countersign/kernel/review';

export interface ReviewSettings extends ReviewBounds {
  /** Agent of the registry as which the model is asked, and which answers. */
  readonly agent: string;
  readonly model: string;
  /** Repository of the task in which it asks. */
  readonly repository: string;
  readonly useCase: string;
  /** Share of would-be approvals that people decide without knowing, 0 to 1. */
  readonly sample: number;
  /** Share of false approvals that is tolerated; the upper end of the interval is held against it. */
  readonly errorBudget: number;
  /** Newest answers of people that count. */
  readonly window: number;
  /** What the model calls of one task of the reviewer may cost. */
  readonly budgetMicroUsd: number;
}

/** Why a request went to a person: a bound, what the model said, or what was missing. */
export type HandOver = string;

export interface ReviewDraft {
  readonly org: string;
  readonly approval: string;
  /** Requests like it have the same one. SHA-256, hex. */
  readonly likeness: string;
  /** `command/draft`: gates and action class. */
  readonly class: string;
  readonly outcome: 'approve' | 'ask';
  /** Bounds that it was outside of, or `model`, `unreadable`, `unavailable`, `suspended`; empty for an approval. */
  readonly codes: readonly HandOver[];
  readonly rationale: string | null;
  /** False: people decide, and do not know what the answer was. */
  readonly applied: boolean;
  readonly requestDigest: string;
  readonly shownDigest: string;
}

/** Whether it is the model's answer, rather than a bound that anybody can look up. People who decide the request must not know it. */
export const isByModel = (outcome: ReviewDraft['outcome'], codes: readonly HandOver[]): boolean =>
  outcome === 'approve' || codes.includes('model') || codes.includes('unreadable') || codes.includes('unavailable');

export interface ReviewRecord extends Omit<ReviewDraft, 'requestDigest' | 'shownDigest'> {
  readonly at: string;
  /** What people said who did not know the answer, or found out later. */
  readonly label: 'right' | 'wrong' | null;
  /** Opens the digest in the entry of a verdict that was sealed: SHA-256 of `[outcome, codes, rationale, salt]` as JSON. */
  readonly salt: string | null;
  /** Whether the approval request is still open. */
  readonly open: boolean;
}

export interface ReviewClass {
  readonly class: string;
  readonly state: ReviewState;
  readonly right: number;
  readonly wrong: number;
  readonly interval: Interval;
  readonly since: string;
}

export interface ReviewTerms {
  readonly errorBudget: number;
  readonly window: number;
}

export interface ReviewStore {
  /** Ids of open approval requests that nobody looked at, oldest first; for `leaseMs` nobody else gets them. */
  claim(org: string, limit: number, leaseMs: number): Promise<readonly string[]>;
  /** What people said to requests like it. */
  history(org: string, likeness: string): Promise<{ readonly approved: number; readonly refused: number }>;
  state(org: string, name: string): Promise<ReviewState>;
  /**
   * With its entry. An approval is applied only where its class is still live: it may have been suspended while the model was asked.
   * @returns undefined where it has an outcome already
   */
  finish(draft: ReviewDraft): Promise<{ readonly applied: boolean } | undefined>;
  /** Takes over what people decided, and moves classes by it, with an entry for each move. @returns labels taken */
  learn(org: string, terms: ReviewTerms): Promise<number>;
  /** A person says that an approval was false. @throws Fault request.not-found, request.conflict */
  contest(given: { org: string; approval: string; by: string; code: string }, terms: ReviewTerms): Promise<void>;
  /** Lets a suspended class begin again, in shadow. @throws Fault request.not-found, request.conflict */
  resume(given: { org: string; class: string; by: string; code: string }): Promise<void>;
  classes(org: string, terms: ReviewTerms): Promise<readonly ReviewClass[]>;
  find(org: string, approval: string): Promise<ReviewRecord | undefined>;
  list(
    org: string,
    query: { limit: number; cursor?: string },
  ): Promise<{ readonly data: readonly ReviewRecord[]; readonly nextCursor?: string }>;
}

export interface ReviewModel {
  /** @returns the text that was answered; undefined where there was none, for whatever reason */
  ask(settings: ReviewSettings, shown: JsonRecord, signal: AbortSignal): Promise<string | undefined>;
}
