/** A small seeded generator, so that a failing world can be made again from its seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  pick<T>(options: readonly T[]): T {
    return options[this.below(options.length)] as T;
  }

  some<T>(options: readonly T[], probability: number): T[] {
    return options.filter(() => this.chance(probability));
  }

  list<T>(lengthMax: number, make: () => T): T[] {
    return Array.from({ length: this.below(lengthMax + 1) }, make);
  }
}
