/** A map by organisation and key. Nested rather than by a joined string: joining costs more than both look-ups, on the hottest path there is. */
export class PairMap<T> {
  readonly #maps = new Map<string, Map<string, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(org: string, key: string): T | undefined {
    return this.#maps.get(org)?.get(key);
  }

  set(org: string, key: string, value: T): void {
    let map = this.#maps.get(org);
    if (map === undefined) {
      map = new Map();
      this.#maps.set(org, map);
    }
    const before = map.size;
    map.set(key, value);
    this.#size += map.size - before;
  }

  /** Forgets the oldest key of the organisation that has most. */
  dropOldest(): void {
    const [largest] = [...this.#maps.values()].sort((a, b) => b.size - a.size);
    const [oldest] = largest?.keys() ?? [];
    if (oldest !== undefined && largest?.delete(oldest) === true) this.#size -= 1;
  }

  clear(): void {
    this.#maps.clear();
    this.#size = 0;
  }

  values(): T[] {
    return [...this.#maps.values()].flatMap((map) => [...map.values()]);
  }
}
