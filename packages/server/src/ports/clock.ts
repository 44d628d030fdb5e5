/** Time and identity of things, injected everywhere so that tests own them. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

/** A new id with a prefix (`dec_`, `apr_`, ...): UUIDv7 without dashes, monotonic within the process. */
export type NewId = (prefix: string) => string;

export const isoTime = (ms: number): string => new Date(ms).toISOString();
