/**
 * Loop detection. The same request of one task, or the same denial of one task, may be repeated only so often within a window.
 * Counted in this process: a task that is spread over n nodes can repeat n times as often before it is stopped.
 */
import type { Settings } from '../ports/registry.ts';

interface Count {
  n: number;
  since: number;
  /** When it came last, in events. */
  at: number;
}

/** What is forgotten first is what was begun first; a full table never blocks, it only forgets. */
const KEYS_MAX = 50_000;

export interface Repeated {
  /** The task, or the agent where there is none. */
  readonly run: string;
  readonly what: string;
  /**
   * It changes something. One that is new lets everything else of its run begin again: tests that run after each edit are no loop. Two that take turns
   * are not new the second time.
   */
  readonly changes?: boolean;
}

export class LoopWatch {
  readonly #counts = new Map<string, Count>();
  /** By run: when something new was changed last, in events. */
  readonly #changed = new Map<string, number>();
  #events = 0;

  /** Counts one more; true when it is one too many. */
  tooOften({ run, what, changes = false }: Repeated, rule: Settings['loop'], nowMs: number): boolean {
    if (rule.repeats <= 0) return false;
    const key = `${run}|${what}`;
    const count = this.#counts.get(key);
    if (count === undefined || nowMs - count.since >= rule.windowMs || nowMs < count.since) {
      if (changes) put(this.#changed, run, ++this.#events);
      put(this.#counts, key, { n: 1, since: nowMs, at: ++this.#events });
      return false;
    }
    count.n = count.at < (this.#changed.get(run) ?? 0) ? 1 : count.n + 1;
    count.at = ++this.#events;
    return count.n > rule.repeats;
  }
}

function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= KEYS_MAX) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
