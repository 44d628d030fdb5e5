/** Lists that were made for one mandate, as the bytes that go out: making one asks the kernel once for every tool. */

/** Time-dependent rules take effect in lists after this long; calls are decided each time. */
export const LIST_MS = 60_000;
const CHARS_MAX = 32 * 1024 * 1024;

interface Kept {
  readonly text: string;
  readonly until: number;
}

export class Shelf {
  readonly #kept = new Map<string, Kept>();
  #chars = 0;

  get(key: string, nowMs: number): string | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.until > nowMs) return kept.text;
    this.#drop(key, kept);
    return undefined;
  }

  put(key: string, text: string, nowMs: number): void {
    const before = this.#kept.get(key);
    if (before !== undefined) this.#drop(key, before);
    this.#kept.set(key, { text, until: nowMs + LIST_MS });
    this.#chars += text.length;
    for (const [oldest, kept] of this.#kept) {
      if (this.#chars <= CHARS_MAX) break;
      this.#drop(oldest, kept);
    }
  }

  #drop(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#chars -= kept.text.length;
  }
}
