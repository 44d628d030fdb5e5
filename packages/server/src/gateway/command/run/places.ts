/** How many runs there may be at once. A run is memory and processes: who asks for one too many is told, and nothing waits unseen. */
export class RunPlaces {
  readonly #most: number;
  readonly #mostEach: number;
  readonly #by = new Map<string, number>();
  #taken = 0;

  /** @param mostEach of one agent or person */
  constructor(most: number, mostEach: number) {
    this.#most = most;
    this.#mostEach = mostEach;
  }

  get taken(): number {
    return this.#taken;
  }

  /** @returns how to give the place back; undefined where there is none */
  take(who: string): (() => void) | undefined {
    const own = this.#by.get(who) ?? 0;
    if (this.#taken >= this.#most || own >= this.#mostEach) return undefined;
    this.#taken += 1;
    this.#by.set(who, own + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#taken -= 1;
      const left = (this.#by.get(who) ?? 1) - 1;
      if (left === 0) this.#by.delete(who);
      else this.#by.set(who, left);
    };
  }
}
