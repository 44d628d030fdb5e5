/** Answers a client that asks a model for leave to act: the answer comes from the road, and no model is asked by us in its place. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { Caller } from './road.ts';

export interface ReviewAsk {
  readonly caller: Caller;
  /** Session of the client that wants to act. */
  readonly session: string;
  /** What it wants to do, as the client says it. */
  readonly action: JsonRecord;
  /** W3C trace id. */
  readonly trace: string;
  /** Aborted when the client went away. */
  readonly signal: AbortSignal;
}

export interface ReviewAnswer {
  readonly outcome: 'allow' | 'deny';
  readonly riskLevel: 'low' | 'high';
  /** One sentence or two; the client's agent reads it. */
  readonly rationale: string;
}

export interface Reviewer {
  /** Never rejects: what is not understood, and what goes wrong, is a denial. */
  review(ask: ReviewAsk): Promise<ReviewAnswer>;
}
