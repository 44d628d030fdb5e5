/**
 * Which processes live: a row that each renews. All times are the database's. After an outage everybody looks dead, so a process judges
 * others only after it has itself been heard without a break for a whole time to live.
 */
import type { Store } from '../postgres/index.ts';

export const BEAT_MS = 1_000;
/** A process that was not heard for this long is dead. */
export const NODE_TTL_MS = 4_000;

const BEAT = `
insert into node_beat (node) values ($1)
on conflict (node) do update set beat = clock_timestamp()`;

export class Heartbeat {
  readonly #store: Store;
  readonly #node: string;
  readonly #now: () => number;
  /** When the unbroken run of beats began, by a clock of this process that only measures spans. */
  #heardSince: number | undefined;
  #last = 0;

  constructor(store: Store, node: string, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#node = node;
    this.#now = now;
  }

  /** @throws Fault store.* ; the run of beats is broken then */
  async beat(): Promise<void> {
    const at = this.#now();
    try {
      await this.#store.query(BEAT, [this.#node], 'jobs');
    } catch (thrown) {
      this.#heardSince = undefined;
      throw thrown;
    }
    const late = at - this.#last > NODE_TTL_MS;
    if (this.#heardSince === undefined || late) this.#heardSince = at;
    this.#last = at;
  }

  /** Whether this process may call another one dead. */
  mayJudge(): boolean {
    return this.#heardSince !== undefined && this.#now() - this.#heardSince >= NODE_TTL_MS;
  }

  /** Nodes that were not heard for a time to live; never this one. */
  async dead(): Promise<readonly string[]> {
    if (!this.mayJudge()) return [];
    const rows = await this.#store.query<{ node: string }>(
      'select node from node_beat where node <> $1 and beat < clock_timestamp() - make_interval(secs => $2) order by node limit 50',
      [this.#node, NODE_TTL_MS / 1_000],
      'jobs',
    );
    return rows.map(({ node }) => node);
  }

  /** Forgets a dead node, unless it was heard again. */
  async bury(node: string): Promise<void> {
    await this.#store.query(
      'delete from node_beat where node = $1 and beat < clock_timestamp() - make_interval(secs => $2)',
      [node, NODE_TTL_MS / 1_000],
      'jobs',
    );
  }

  /** On a clean end: nothing of this process is open any more. */
  async leave(): Promise<void> {
    await this.#store.query('delete from node_beat where node = $1', [this.#node], 'jobs');
  }
}
