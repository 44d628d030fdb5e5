/** Calls of one principal to one thing, counted in this process: a brake on the way to a server, no budget. */

const MINUTE_MS = 60_000;
/** Pairs of principal and thing that are remembered; counting starts anew beyond. */
const KEYS_MAX = 50_000;

interface Window {
  start: number;
  count: number;
}

export class Rates {
  readonly #windows = new Map<string, Window>();

  /** @returns milliseconds to wait, or 0 where the call may go on; it is then counted */
  take(key: string, perMinute: number | null, nowMs: number): number {
    if (perMinute === null) return 0;
    const window = this.#windows.get(key);
    if (window === undefined || nowMs - window.start >= MINUTE_MS) {
      if (this.#windows.size >= KEYS_MAX) this.#windows.clear();
      this.#windows.set(key, { start: nowMs, count: 1 });
      return perMinute > 0 ? 0 : MINUTE_MS;
    }
    if (window.count >= perMinute) return window.start + MINUTE_MS - nowMs;
    window.count += 1;
    return 0;
  }
}
