/** Bytes of bodies that this door holds at once, over all requests: without a bound, callers who each stay within theirs could fill the memory together. */

/** Eight bodies of the largest size, or thousands of ordinary ones. A body is held twice while it is parsed. */
export const HELD_BYTES_MAX = 256 * 1024 * 1024;

export class BodyRoom {
  readonly #most: number;
  #held = 0;

  constructor(most: number = HELD_BYTES_MAX) {
    this.#most = most;
  }

  /** False where there is no room; nothing is taken then. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }

  get held(): number {
    return this.#held;
  }
}
