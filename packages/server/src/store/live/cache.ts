/**
 * Rows by id that were asked for in this process. A miss asks the store once, however many wait for it; that there is none is believed for a
 * moment only, so that a new key works as soon as it was issued.
 */
import { Fault } from '@countersign/kernel/fault';

export interface CacheTerms<T> {
  /** Reads some ids at once; what is not there is not in the answer. */
  readonly read: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>;
  /** A clock of this process that only measures spans, ms. */
  readonly now: () => number;
}

/** How long it is believed that an id does not exist. */
export const ABSENT_MS = 500;
const KEPT_MAX = 20_000;
const ABSENT_MAX = 10_000;
/** Misses that may be under way: beyond it somebody is guessing ids. */
const READS_MAX = 64;

export class RowCache<T> {
  readonly #terms: CacheTerms<T>;
  #kept = new Map<string, T>();
  readonly #absent = new Map<string, number>();
  readonly #reads = new Map<string, Promise<T | undefined>>();
  /** Raised by every reload: a read that began before it may be older than what the reload saw. */
  #epoch = 0;

  constructor(terms: CacheTerms<T>) {
    this.#terms = terms;
  }

  /** A value where it is known, a promise where the store must be asked. @throws Fault store.* (in the promise) */
  get(id: string): T | undefined | Promise<T | undefined> {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const until = this.#absent.get(id);
    if (until !== undefined && until > this.#terms.now()) return undefined;
    const under = this.#reads.get(id);
    if (under !== undefined) return under;
    if (this.#reads.size >= READS_MAX) {
      return Promise.reject(new Fault('store.busy', 'Too many unknown ids are asked for at once. Try again shortly.'));
    }
    const read = this.#read(id).finally(() => this.#reads.delete(id));
    this.#reads.set(id, read);
    return read;
  }

  async #read(id: string): Promise<T | undefined> {
    const epoch = this.#epoch;
    const found = (await this.#terms.read([id])).get(id);
    if (epoch !== this.#epoch) return found;
    if (found === undefined) {
      if (this.#absent.size >= ABSENT_MAX) this.#absent.clear();
      this.#absent.set(id, this.#terms.now() + ABSENT_MS);
      return undefined;
    }
    if (this.#kept.size >= KEPT_MAX) this.#dropOldest();
    this.#kept.set(id, found);
    return found;
  }

  /** Reads everything that is kept anew; what is gone is dropped. */
  async reload(): Promise<void> {
    this.#epoch += 1;
    const ids = [...this.#kept.keys()];
    const found = ids.length === 0 ? new Map<string, T>() : await this.#terms.read(ids);
    this.#kept = new Map(found);
    this.#absent.clear();
  }

  #dropOldest(): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}
