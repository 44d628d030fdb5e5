/** Answers to POST requests that carried an `Idempotency-Key`, so that a retry gets the first answer and has no second effect. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type IdempotencyState =
  | { readonly state: 'new' }
  /** The first request with this key is still at work. */
  | { readonly state: 'running' }
  /** The key was used for another request. */
  | { readonly state: 'mismatch' }
  | { readonly state: 'done'; readonly answer: StoredAnswer };

export interface IdempotencySlot {
  readonly org: string;
  /** Person or agent: keys of different callers never meet. */
  readonly caller: string;
  readonly key: string;
}

export interface IdempotencyStore {
  /** `fingerprint`: SHA-256 over method, path, query and body. Claims the slot when it is new. */
  begin(slot: IdempotencySlot, fingerprint: string): Promise<IdempotencyState>;
  finish(slot: IdempotencySlot, answer: StoredAnswer): Promise<void>;
  /** The request came to nothing that should be repeated: the slot is free again. */
  abandon(slot: IdempotencySlot): Promise<void>;
}

/** How long an answer is kept. */
export const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;
