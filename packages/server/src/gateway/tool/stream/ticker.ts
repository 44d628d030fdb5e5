/** The door's own clock: what changed is told at most once a second, and open streams are looked after. */
import type { DoorState } from '../deps.ts';

const COALESCE_MS = 1_000;
const TICK_MS = 2_000;

export class Ticker {
  readonly #door: Pick<DoorState, 'listeners' | 'snapshots' | 'log'>;
  readonly #timer: NodeJS.Timeout;
  #pending: NodeJS.Timeout | undefined;
  #revision: string | undefined;
  #ticking = false;

  constructor(door: Pick<DoorState, 'listeners' | 'snapshots' | 'log'>) {
    this.#door = door;
    this.#revision = door.snapshots.current()?.revision;
    this.#timer = setInterval(() => void this.#tick(), TICK_MS).unref();
  }

  listsChanged(): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      this.#door.listeners.tellLists();
    }, COALESCE_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#pending);
  }

  async #tick(): Promise<void> {
    const { listeners, snapshots, log } = this.#door;
    const revision = snapshots.current()?.revision;
    // Another bundle may show another list to everybody.
    if (revision !== this.#revision) this.listsChanged();
    this.#revision = revision;
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      for (const listener of listeners.all())
        await listener.tick().catch((thrown: unknown) => log.warn('tool.stream', { error: String(thrown) }));
    } finally {
      this.#ticking = false;
    }
  }
}
