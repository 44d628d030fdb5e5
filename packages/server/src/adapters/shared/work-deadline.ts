/**
 * A deadline for what a thread of this process works on. Wall time alone would cut work short that a busy machine had not let run; so the work has
 * more of it until the process as a whole has had as much processor time as it was given, and four times the deadline at the most.
 */

/** In deadlines. Bounds what a machine that stands still, or work that waits for ever, can hold up. */
const PATIENCE = 4;
/** A look costs little, and is not made more often than this. */
const LOOK_MS = 10;

/** What the process has used of its processors so far, milliseconds: all threads, so never less than one of them. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

export class WorkDeadline {
  readonly #began = performance.now();
  readonly #usedBefore: number;
  readonly #used: () => number;
  #timer: NodeJS.Timeout;

  /** Runs from now on. @param onLate called once, when the time is over; not after `stop` */
  constructor(ms: number, onLate: () => void, used: () => number = processorMs) {
    this.#used = used;
    this.#usedBefore = used();
    this.#timer = setTimeout(() => this.#look(ms, onLate), ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(ms: number, onLate: () => void): void {
    const owed = ms - (this.#used() - this.#usedBefore);
    const left = Math.min(owed, this.#began + ms * PATIENCE - performance.now());
    if (left <= 0) onLate();
    else this.#timer = setTimeout(() => this.#look(ms, onLate), Math.max(left, LOOK_MS));
  }
}
