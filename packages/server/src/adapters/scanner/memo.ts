/** What long strings came to when they were last scanned: agents send the same history with every request. */
import { hash } from 'node:crypto';

/** Shorter strings are scanned about as soon as they are looked up. */
const MEMO_LEAST = 32;
/** Longer ones take too long to hash in a door's turn. */
const MEMO_MOST = 1_048_576;

export class Memo<T> {
  readonly #entries = new Map<string, T>();
  readonly #size: number;

  /** @param size entries; the one that was used longest ago goes first */
  constructor(size: number) {
    this.#size = size;
  }

  /** Key of a text under terms that change the answer; undefined where the text is not kept. */
  key(text: string, terms: string): string | undefined {
    if (text.length < MEMO_LEAST || text.length > MEMO_MOST) return undefined;
    return hash('sha256', `${terms}\0${text}`, 'base64');
  }

  get(key: string | undefined): T | undefined {
    if (key === undefined) return undefined;
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  put(key: string | undefined, value: T): void {
    if (key === undefined) return;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#size && oldest !== undefined) this.#entries.delete(oldest);
  }

  get size(): number {
    return this.#entries.size;
  }
}
