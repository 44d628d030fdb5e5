/** Which failures are worth another attempt, when, and how many there may be. */

/** Besides the first one. */
export const RETRIES_MAX = 2;
/** Retries are at most this share of recent calls, so that a provider in trouble does not get three times the load. */
export const RETRY_SHARE = 0.1;
/** Calls that a quiet provider has to its credit. */
const RETRY_FLOOR = 3;
const RETRY_CREDIT_MAX = 100;
const BASE_MS = 200;
const CAP_MS = 5_000;
/** Longer waits are the client's business. */
const RETRY_AFTER_MAX_MS = 5_000;

/** Answers that a repetition may turn. The provider has answered without usage: nothing was billed. */
export const isRetryable = (status: number): boolean => status === 408 || status === 429 || (status >= 500 && status !== 501);

/** Full jitter: anything from 0 to the doubled base. `random` is from 0 to 1, exclusive. */
export const backoffMs = (attempt: number, random: number): number => random * Math.min(CAP_MS, BASE_MS * 2 ** attempt);

/** Milliseconds that the provider asks to wait; undefined when it asks for nothing; null when it is too long to wait here. */
export function askedWaitMs(retryAfter: string | undefined): number | null | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = Number(retryAfter);
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  return seconds * 1_000 <= RETRY_AFTER_MAX_MS ? seconds * 1_000 : null;
}

/** A bucket that calls fill and retries empty. */
export class RetryBudget {
  #credit = RETRY_FLOOR;

  call(): void {
    this.#credit = Math.min(RETRY_CREDIT_MAX, this.#credit + RETRY_SHARE);
  }

  take(): boolean {
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }
}
