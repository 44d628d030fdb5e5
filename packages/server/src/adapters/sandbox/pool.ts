/** Things that take a while to make, made ahead of need. Each is used once. */
export interface PoolTerms<T> {
  readonly size: number;
  readonly make: () => Promise<T>;
  /** What died while it waited is left out. */
  readonly usable: (item: T) => boolean;
  readonly discard: (item: T) => void;
}

/** What was just taken is about to be used. To make the next one is the same kind of work and would hold that up, so it waits for this long, ms. */
export const AHEAD_MS = 60;

export class Pool<T> {
  readonly #terms: PoolTerms<T>;
  readonly #ready: T[] = [];
  #making: Promise<void> | undefined;
  #later: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(terms: PoolTerms<T>) {
    this.#terms = terms;
  }

  /** Starts to fill it; what cannot be made is told to those who need it. */
  fill(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    if (this.#closed || this.#making !== undefined || this.#ready.length >= this.#terms.size) return;
    // One after the other, so that filling does not slow down what is under way.
    this.#making = this.#terms
      .make()
      .then(
        (item) => {
          if (this.#closed) this.#terms.discard(item);
          else this.#ready.push(item);
          return true;
        },
        () => false,
      )
      .then((more) => {
        this.#making = undefined;
        if (more) this.fill();
      });
  }

  /** One that waits, else a fresh one. */
  async take(): Promise<T> {
    for (let item = this.#ready.shift(); item !== undefined; item = this.#ready.shift()) {
      if (this.#terms.usable(item)) {
        this.#refill();
        return item;
      }
      this.#terms.discard(item);
    }
    const made = await this.#terms.make();
    this.#refill();
    return made;
  }

  #refill(): void {
    if (!this.#closed) this.#later ??= setTimeout(() => this.fill(), AHEAD_MS).unref();
  }

  /** Resolves when nothing is being made any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#later);
    await this.#making;
    for (const item of this.#ready.splice(0)) this.#terms.discard(item);
  }

  /** Resolves when it is full, or cannot be filled. */
  async filled(): Promise<void> {
    this.fill();
    while (this.#making !== undefined) await this.#making;
  }
}
