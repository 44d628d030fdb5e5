/**
 * Ends the acts that nobody else will end: those of dead processes, and those past their time. What was sent is spent, so both are charged
 * in full, with an outcome `unknown`. A late word of the owner puts it right by a correction.
 */
import type { EntryDraft } from '@countersign/kernel/ledger';
import { parseEntry } from '@countersign/kernel/ledger';
import type { Log } from '../../ports/log.ts';
import { findEntry } from '../ledger/find.ts';
import type { Store } from '../postgres/index.ts';
import { type Author, envelope } from '../record/author.ts';
import { BEAT_MS, Heartbeat } from './nodes.ts';
import { FIND_EXPIRED, FIND_OF_NODE } from './statements.ts';
import type { PostgresRoad } from './store.ts';

/** Acts ended at once; more wait for the next round. */
const ROUND_MAX = 256;
/** Ended acts are kept this long, so that a repeated key still finds its first attempt. */
const KEEP_HOURS = 24;
/** Rows of turned windows are kept this long for reports. */
const KEEP_WINDOWS_DAYS = 40;
const PRUNE_EVERY_MS = 600_000;

export interface KeeperParts {
  readonly store: Store;
  readonly road: PostgresRoad;
  readonly author: Author;
  readonly node: string;
  readonly log: Log;
  /** A clock that only measures spans, ms; the process's own by default. */
  readonly spans?: () => number;
}

interface OpenAct {
  readonly org: string;
  readonly key: string;
  readonly decision: string;
}

export class RoadKeeper {
  readonly #parts: KeeperParts;
  readonly #heart: Heartbeat;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<unknown> = Promise.resolve();
  #busy = false;
  #prunedAt = 0;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#heart = new Heartbeat(parts.store, parts.node, parts.spans);
  }

  /** The first heartbeat, before anything is decided; then a round each second. @throws Fault store.* */
  async start(): Promise<void> {
    await this.#heart.beat();
    this.#timer = setInterval(() => this.#tick(), BEAT_MS);
    this.#timer.unref();
  }

  /** Waits for what is under way, and leaves: nobody needs to recover anything of this process. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay.catch(() => undefined);
    await this.#parts.road.idle();
    await this.#leaveIfDone();
  }

  /** One round: heartbeat, dead nodes, expired acts. @returns how many acts were ended */
  async round(): Promise<number> {
    await this.#heart.beat();
    let ended = 0;
    for (const node of await this.#heart.dead()) ended += await this.#recover(node);
    ended += await this.#expire();
    await this.#prune();
    return ended;
  }

  #tick(): void {
    // A long round must not make this process look dead.
    const work = this.#busy ? this.#heart.beat() : this.#runRound();
    work.catch((thrown: unknown) => this.#parts.log.warn('road.keeper-failed', { error: String(thrown) }));
  }

  async #runRound(): Promise<void> {
    this.#busy = true;
    const round = this.round();
    this.#underWay = round;
    try {
      await round;
    } finally {
      this.#busy = false;
    }
  }

  async #recover(node: string): Promise<number> {
    let ended = 0;
    const unknown = new Map<string, number>();
    for (;;) {
      const acts = await this.#parts.store.query<OpenAct>(FIND_OF_NODE, [node, ROUND_MAX], 'jobs');
      if (acts.length === 0) break;
      await this.#endAll(acts);
      for (const { org } of acts) unknown.set(org, (unknown.get(org) ?? 0) + 1);
      ended += acts.length;
    }
    for (const [org, count] of unknown) await this.#tellRecovered(org, node, count);
    await this.#heart.bury(node);
    if (ended > 0) this.#parts.log.warn('road.node-recovered', { node, unknown: ended });
    return ended;
  }

  #tellRecovered(org: string, recovered: string, unknown: number): Promise<void> {
    const entry: EntryDraft = { ...envelope(this.#parts.author, org), type: 'node.recovered', detail: { recovered, unknown } };
    return this.#parts.road.settle({ org, charge: 'none', entries: [entry], payloads: [] });
  }

  async #expire(): Promise<number> {
    const acts = await this.#parts.store.query<OpenAct>(FIND_EXPIRED, [ROUND_MAX], 'jobs');
    await this.#endAll(acts);
    return acts.length;
  }

  async #endAll(acts: readonly OpenAct[]): Promise<void> {
    const entries = await Promise.all(acts.map((act) => this.#outcome(act)));
    const ends = acts.map(({ org, key }, at) =>
      this.#parts.road.end({ org, reservation: key, charge: 'full', entries: [entries[at] as EntryDraft], payloads: [] }, true),
    );
    await Promise.all(ends);
  }

  /** The outcome repeats who and what from the decision's entry, so that it can be read by itself. */
  async #outcome({ org, key, decision }: OpenAct): Promise<EntryDraft> {
    const found = await this.#parts.store.tx((tx) => findEntry(tx, org, decision), { pool: 'jobs', single: true });
    const entry = found === undefined ? undefined : parseEntry(found.body);
    const outcome = { decision, status: 'unknown', code: 'owner-lost' } as const;
    const own = { ...envelope(this.#parts.author, org), type: 'outcome', outcome } as const;
    if (entry === undefined || entry.type !== 'decision') return own;
    const { v, org: _, id, ts, type, node, nodeSeq, nodePrev, decision: part, payloads, reservation, ...subject } = entry;
    void [v, id, ts, type, node, nodeSeq, nodePrev, part, payloads, reservation, key];
    return { ...subject, ...own };
  }

  async #prune(): Promise<void> {
    const now = this.#parts.author.clock.now();
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    const { store } = this.#parts;
    await store.query(
      'delete from open_act where state <> 0 and expires < clock_timestamp() - make_interval(hours => $1)',
      [KEEP_HOURS],
      'jobs',
    );
    await store.query(
      `delete from budget where reserved = 0 and split_part(line, '/', 2) <> 'life'
       and split_part(line, '/', 3)::timestamptz < clock_timestamp() - make_interval(days => $1)`,
      [KEEP_WINDOWS_DAYS],
      'jobs',
    );
  }

  async #leaveIfDone(): Promise<void> {
    const open = await this.#parts.store.query<OpenAct>(FIND_OF_NODE, [this.#parts.node, 1], 'jobs');
    if (open.length === 0) await this.#heart.leave();
  }
}
