/**
 * Loop detection. The same request of one task, or the same denial of one task, may be repeated only so often within a window.
 * Counted in this process: a task that is spread over n nodes can repeat n times as often before it is stopped.
 */
import type { Settings } from '../ports/registry.ts';

interface Count {
  n: number;
  since: number;
}

/** What is forgotten first is what was begun first; a full table never blocks, it only forgets. */
const KEYS_MAX = 50_000;

export class LoopWatch {
  readonly #counts = new Map<string, Count>();

  /** Counts one more; true when it is one too many. */
  tooOften(key: string, rule: Settings['loop'], nowMs: number): boolean {
    if (rule.repeats <= 0) return false;
    const count = this.#counts.get(key);
    if (count === undefined || nowMs - count.since >= rule.windowMs || nowMs < count.since) {
      this.#counts.delete(key);
      this.#counts.set(key, { n: 1, since: nowMs });
      if (this.#counts.size > KEYS_MAX) this.#forgetOldest();
      return false;
    }
    count.n += 1;
    return count.n > rule.repeats;
  }

  #forgetOldest(): void {
    for (const key of this.#counts.keys()) {
      this.#counts.delete(key);
      return;
    }
  }
}
