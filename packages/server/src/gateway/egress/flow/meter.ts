/** Bytes as they pass, checked piece by piece: a cap that is looked at in the end is none. */

/** Undefined: no cap. */
export interface Caps {
  readonly uploadBytes: number | undefined;
  readonly downloadBytes: number | undefined;
}

export type Direction = 'up' | 'down';

/** One counter of both directions. */
export class Meter {
  readonly #caps: Caps;
  #up = 0;
  #down = 0;
  readonly #used = new Set<Direction>();

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  get uploadBytes(): number {
    return this.#up;
  }

  get downloadBytes(): number {
    return this.#down;
  }

  add(direction: Direction, bytes: number): void {
    if (direction === 'up') this.#up += bytes;
    else this.#down += bytes;
  }

  /** Something did not fit: from now on nothing does. */
  use(direction: Direction): void {
    this.#used.add(direction);
  }

  /** What may still pass. */
  left(direction: Direction): number {
    if (this.#used.has(direction)) return 0;
    const cap = direction === 'up' ? this.#caps.uploadBytes : this.#caps.downloadBytes;
    return cap === undefined ? Number.POSITIVE_INFINITY : cap - (direction === 'up' ? this.#up : this.#down);
  }
}

/**
 * The counters that one connection or request is held to: its rule's own where the rule has a cap of its own, else those that all rules
 * without one share in the run.
 */
export class Flow {
  readonly own = new Meter({ uploadBytes: undefined, downloadBytes: undefined });
  readonly #shared: Meter;
  readonly #rule: Meter;
  readonly #ruled: { readonly up: boolean; readonly down: boolean };
  readonly #all: Meter;

  /** @param all counts everything of the run, and caps nothing */
  constructor(meters: { readonly all: Meter; readonly shared: Meter; readonly rule: Meter }, caps: Caps) {
    this.#all = meters.all;
    this.#shared = meters.shared;
    this.#rule = meters.rule;
    this.#ruled = { up: caps.uploadBytes !== undefined, down: caps.downloadBytes !== undefined };
  }

  /** False where the cap does not leave room for them: they must not go on, and nothing after them does. What is counted has gone on. */
  count(direction: Direction, bytes: number): boolean {
    if (!this.fits(direction, bytes)) {
      this.#capped(direction).use(direction);
      return false;
    }
    for (const meter of [this.own, this.#all, this.#capped(direction)]) meter.add(direction, bytes);
    return true;
  }

  fits(direction: Direction, bytes: number): boolean {
    return bytes <= this.#capped(direction).left(direction);
  }

  #capped(direction: Direction): Meter {
    return this.#ruled[direction] ? this.#rule : this.#shared;
  }
}
