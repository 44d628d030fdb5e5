/** What one batch will write, collected while its items are decided, and sent in as few statements as there are kinds of it. */
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { PayloadDraft } from '../../ports/road-store.ts';
import type { LedgerWriter } from '../ledger/index.ts';
import { insertOutbox, type OutboxDraft } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import type { Book } from './book.ts';
import { StaleMarks, Surprise } from './job.ts';
import { type Holds, writeHolds } from './line.ts';
import { bitsOfMarks, type MarkBook, rankOfMarks, sendRaises } from './marks.ts';
import { USE_APPROVALS, WRITE_BATCH } from './statements.ts';

export interface OpenedAct {
  readonly org: string;
  readonly key: string;
  readonly decision: string;
  readonly holds: Holds;
  readonly expiresAt: string;
}

interface Ended {
  readonly org: string;
  readonly key: string;
  readonly state: number;
  readonly was: number;
}

/** What a batch was decided on, and what it makes of it. */
export interface Books {
  readonly book: Book;
  readonly marks: MarkBook;
}

interface Counts {
  readonly lines: number;
  readonly opened: number;
  readonly ended: number;
  readonly marked: number;
}

/** Payloads of a transaction, before its entries. */
export interface PayloadWriter {
  /** Resolves when the statement is on its way; `done` when it has taken effect. */
  send(tx: Tx, org: string, payloads: readonly PayloadDraft[]): Promise<{ readonly done: Promise<void> }>;
}

export class Writes {
  readonly opened: OpenedAct[] = [];
  readonly ended: Ended[] = [];
  readonly used: { readonly org: string; readonly id: string; readonly by: string }[] = [];
  readonly outbox: OutboxDraft[] = [];
  readonly #entries = new Map<string, EntryDraft[]>();
  readonly #payloads = new Map<string, PayloadDraft[]>();

  /** @returns where the entries begin among those of their organisation */
  add(org: string, entries: readonly EntryDraft[], payloads: readonly PayloadDraft[]): number {
    const list = this.#entries.get(org) ?? [];
    this.#entries.set(org, list);
    const from = list.length;
    list.push(...entries);
    if (payloads.length > 0) this.#payloads.set(org, [...(this.#payloads.get(org) ?? []), ...payloads]);
    return from;
  }

  /** Organisations in order, so that two batches never wait for each other's head rows crosswise. */
  get entries(): readonly (readonly [org: string, entries: readonly EntryDraft[]])[] {
    return [...this.#entries].filter(([, list]) => list.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async send(
    tx: Tx,
    { book, marks }: Books,
    out: { readonly ledger: LedgerWriter; readonly payloads: PayloadWriter },
  ): Promise<ReadonlyMap<string, readonly number[]>> {
    // All of it goes out in one trip, in this order; the first failure is the one that counts, since those after it follow from it.
    const trip: Promise<unknown>[] = [];
    const put = (sent: Promise<unknown>): void => {
      sent.catch(() => undefined);
      trip.push(sent);
    };
    put(this.#sendRows(tx, out.ledger.node, { book, marks }));
    const { raised } = marks;
    if (raised.length > 0) put(sendRaises(tx, raised));
    if (this.used.length > 0) put(this.#sendUses(tx));
    if (this.outbox.length > 0) put(insertOutbox(tx, this.outbox));
    const appended = this.#sendContent(tx, out, put);
    await appended.catch(() => undefined);
    for (const ending of await Promise.allSettled(trip)) if (ending.status === 'rejected') throw ending.reason;
    return appended;
  }

  #sendUses(tx: Tx): Promise<number> {
    const { used } = this;
    return tx.run(USE_APPROVALS, [used.map(({ org }) => org), used.map(({ id }) => id), used.map(({ by }) => by)]);
  }

  /** INVARIANT: entries are on their way only after their payloads are, so that the head of the log is locked last. */
  async #sendContent(
    tx: Tx,
    out: { readonly ledger: LedgerWriter; readonly payloads: PayloadWriter },
    put: (sent: Promise<unknown>) => void,
  ): Promise<ReadonlyMap<string, readonly number[]>> {
    for (const [org, payloads] of this.#payloads) put((await out.payloads.send(tx, org, payloads)).done);
    const seqs = new Map<string, readonly number[]>();
    for (const [org, entries] of this.entries) seqs.set(org, (await out.ledger.appendInTx(tx, org, entries)).seqs);
    return seqs;
  }

  async #sendRows(tx: Tx, node: string, { book, marks }: Books): Promise<void> {
    const rows = book.changed;
    const tasks = marks.rows;
    const { opened, ended } = this;
    if (rows.length + opened.length + ended.length + tasks.length === 0) return;
    ended.sort((a, b) => (a.org + a.key < b.org + b.key ? -1 : 1));
    const [counts] = await tx.query<Counts>(WRITE_BATCH, [
      rows.map(({ org }) => org),
      rows.map(({ key }) => key),
      rows.map(({ limit }) => limit),
      rows.map(({ reserved }) => reserved),
      rows.map(({ charged }) => charged),
      rows.map(({ told }) => told),
      rows.map(({ was }) => was.reserved),
      rows.map(({ was }) => was.charged),
      rows.map(({ was }) => was.told),
      node,
      opened.map(({ org }) => org),
      opened.map(({ key }) => key),
      opened.map(({ decision }) => decision),
      opened.map(({ holds }) => writeHolds(holds)),
      opened.map(({ expiresAt }) => expiresAt),
      ended.map(({ org }) => org),
      ended.map(({ key }) => key),
      ended.map(({ state }) => state),
      ended.map(({ was }) => was),
      tasks.map(({ org }) => org),
      tasks.map(({ task }) => task),
      tasks.map(({ was }) => rankOfMarks(was)),
      tasks.map(({ was }) => bitsOfMarks(was)),
    ]);
    if (counts?.marked !== 0) throw new StaleMarks();
    if (counts.opened !== opened.length || counts.ended !== ended.length || counts.lines !== rows.length) throw new Surprise();
  }
}
