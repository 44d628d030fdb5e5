/** How a client family is spoken to. The decision is one; what it looks like is the face's. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { Denial } from '../../../ports/road.ts';

/** Clients differ in which statuses they show to a person and do not repeat. */
export type ClientKind = 'codex' | 'claude-code' | 'other';

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonRecord;
}

/** The provider's failure, already mapped: our sentence, a status class that suits the client's own retries. */
export interface UpstreamTrouble {
  readonly status: number;
  readonly code: string;
  /** Public text. */
  readonly message: string;
  /** The provider's own error type and code, where they are plain identifiers. */
  readonly type?: string;
  readonly retryAfter?: string;
  /** A repetition cannot help. */
  readonly final: boolean;
}

export interface StreamEnd {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly answerId: string | undefined;
  readonly model: string;
  readonly nextSequence: number;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

export interface Face {
  denial(denial: Denial, client: ClientKind): ErrorAnswer;
  trouble(trouble: UpstreamTrouble, requestId: string, client: ClientKind): ErrorAnswer;
}

/** The sentence that a client shows. Short, since some clients print the body as it came. */
export function teach(denial: Denial): string {
  const parts = [`Countersign: ${denial.message}`];
  if (denial.instead !== undefined) parts.push(denial.instead);
  if (denial.approval !== undefined)
    parts.push(`Ask for approval: ${denial.approval.url} (${denial.approval.id}), then send the same request again.`);
  else if (denial.escalate !== undefined) parts.push(`Who can change it: ${denial.escalate.group}.`);
  parts.push(`[${denial.code}, request ${denial.requestId}]`);
  return parts.join(' ');
}

/**
 * The structured denial, for clients that read more than the sentence. Short: some clients show the whole body to their user. Everything
 * else is in the decision, which its id finds.
 */
export function structured(denial: Denial): JsonRecord {
  const policies = denial.reasons.flatMap(({ reference }) => (reference === undefined ? [] : [reference]));
  return {
    kind: denial.kind,
    requestId: denial.requestId,
    decision: denial.decision,
    policies,
    ...(denial.instead === undefined ? {} : { instead: denial.instead }),
    ...(denial.escalate === undefined ? {} : { escalate: { ...denial.escalate } }),
    ...(denial.approval === undefined ? {} : { approval: { ...denial.approval } }),
    ...(denial.retryAfterMs === undefined ? {} : { retryAfterMs: denial.retryAfterMs }),
  };
}

/** Headers of a denial: whole seconds to wait, and no repetition by the client unless waiting helps. */
export function denialHeaders(denial: Denial): Record<string, string> {
  const headers: Record<string, string> = {};
  if (denial.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(denial.retryAfterMs / 1_000));
  if (denial.kind !== 'store') headers['x-should-retry'] = 'false';
  return headers;
}

export function troubleHeaders(trouble: UpstreamTrouble): Record<string, string> {
  return {
    ...(trouble.retryAfter === undefined ? {} : { 'retry-after': trouble.retryAfter }),
    ...(trouble.final ? { 'x-should-retry': 'false' } : {}),
  };
}

export const REQUEST_STATUS: Readonly<Record<string, number>> = {
  'request.too-large': 413,
  'request.rate-limited': 429,
  'request.timeout': 408,
  'request.not-found': 404,
  'request.media-type': 415,
  'model.unknown': 404,
};
