/**
 * Circuit breaker, one per provider and model. It counts how answers ended, not how they began: a stream that dies in the middle is a
 * failure. Closed -> open after enough failures in a window -> half open lets one request through.
 */
import type { Clock } from '../../ports/clock.ts';

export interface BreakerTerms {
  /** Failures within the window that open it, when they are at least half of all. */
  readonly failures: number;
  readonly windowMs: number;
  readonly openMs: number;
}

export const BREAKER_TERMS: BreakerTerms = { failures: 5, windowMs: 30_000, openMs: 10_000 };

export type Verdict = 'good' | 'bad' | 'neutral';

export class Breaker {
  readonly #clock: Clock;
  readonly #terms: BreakerTerms;
  #good = 0;
  #bad = 0;
  #windowEnds = 0;
  #openUntil = 0;
  #probing = false;

  constructor(clock: Clock, terms: BreakerTerms = BREAKER_TERMS) {
    this.#clock = clock;
    this.#terms = terms;
  }

  /** True when a call may go out now; does not claim the probe of a half-open breaker. */
  get available(): boolean {
    return this.#openUntil === 0 || (this.#clock.now() >= this.#openUntil && !this.#probing);
  }

  /** Claims a place. Every claim is answered by exactly one `count`. */
  claim(): boolean {
    if (!this.available) return false;
    if (this.#openUntil !== 0) this.#probing = true;
    return true;
  }

  count(verdict: Verdict): void {
    const now = this.#clock.now();
    if (this.#openUntil !== 0) return this.#countOpen(verdict, now);
    if (now >= this.#windowEnds) {
      this.#good = 0;
      this.#bad = 0;
      this.#windowEnds = now + this.#terms.windowMs;
    }
    if (verdict === 'good') this.#good += 1;
    if (verdict !== 'bad') return;
    this.#bad += 1;
    if (this.#bad >= this.#terms.failures && this.#bad >= this.#good) this.#openUntil = now + this.#terms.openMs;
  }

  /** Late verdicts of calls from before it opened cannot be told from the probe's; a bad one only keeps it open. */
  #countOpen(verdict: Verdict, now: number): void {
    const wasProbe = this.#probing;
    this.#probing = false;
    if (verdict === 'bad') this.#openUntil = now + this.#terms.openMs;
    else if (verdict === 'good' && wasProbe) {
      this.#openUntil = 0;
      this.#good = 0;
      this.#bad = 0;
      this.#windowEnds = now + this.#terms.windowMs;
    }
  }
}
