/** One clock for all open streams: who has been silent for long gets a sign of life, and who does not read is let go. */

/** Proxies and clients close connections after 30 s and more of silence. */
export const SILENCE_MS = 15_000;
/** A client that takes nothing for so long is gone. */
export const UNREAD_MS = 60_000;
const TICK_MS = 1_000;

export interface Silent {
  /** @param ticks whole seconds since the process started to watch */
  tick(seconds: number): void;
}

export class SilenceWatch {
  readonly #watched = new Set<Silent>();
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;

  get seconds(): number {
    return this.#seconds;
  }

  add(one: Silent): void {
    this.#watched.add(one);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#tick(), TICK_MS);
      this.#timer.unref();
    }
  }

  remove(one: Silent): void {
    this.#watched.delete(one);
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #tick(): void {
    this.#seconds += 1;
    for (const one of this.#watched) one.tick(this.#seconds);
  }
}
