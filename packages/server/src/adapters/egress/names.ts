/** Look-ups of names: one at a time for each name, remembered for a while. The addresses are checked again whenever they are used. */
import { lookup } from 'node:dns/promises';

/** All addresses of a name. @throws when there are none */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (host) => {
  // The trailing dot keeps search domains of this machine out of it.
  const found = await lookup(`${host}.`, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/** Look-ups run on a pool of few threads, and one that stalls holds up all that comes after it. */
const KNOWN_MS = 30_000;
const UNKNOWN_MS = 2_000;
const NAMES_MAX = 5_000;
const LOOKUP_MS = 8_000;

interface Entry {
  readonly addresses: Promise<readonly string[]>;
  until: number;
}

export class Names {
  readonly #resolve: Resolve;
  readonly #now: () => number;
  readonly #known = new Map<string, Entry>();

  constructor(resolve: Resolve, now: () => number) {
    this.#resolve = resolve;
    this.#now = now;
  }

  /** @returns empty where the name has none or cannot be looked up */
  addresses(host: string): Promise<readonly string[]> {
    const known = this.#known.get(host);
    if (known !== undefined && known.until > this.#now()) return known.addresses;
    this.#makeRoom();
    const entry: Entry = { addresses: this.#look(host), until: this.#now() + KNOWN_MS };
    this.#known.set(host, entry);
    void entry.addresses.then((found) => {
      if (found.length === 0) entry.until = this.#now() + UNKNOWN_MS;
    });
    return entry.addresses;
  }

  async #look(host: string): Promise<readonly string[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<readonly string[]>((done) => {
      timer = setTimeout(() => done([]), LOOKUP_MS);
    });
    try {
      return await Promise.race([this.#resolve(host), late]);
    } catch {
      return [];
    } finally {
      clearTimeout(timer);
    }
  }

  /** The oldest goes. */
  #makeRoom(): void {
    if (this.#known.size < NAMES_MAX) return;
    const oldest = this.#known.keys().next();
    if (oldest.done !== true) this.#known.delete(oldest.value);
  }
}
