/** Group commit of plain appends: whoever comes while a batch is under way goes into the next one. */
import type { EntryDraft } from '@countersign/kernel/ledger';
import { checkEntry } from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';
import type { Store } from '../postgres/store.ts';
import type { Appended, LedgerWriter } from './writer.ts';

/** Entries per statement. Larger ones gain nothing and make everybody wait longer. */
const ENTRIES_MAX = 512;
/** One batch is sealed while the one before it is being committed. */
const BATCHES_MAX = 2;

interface Item {
  readonly drafts: readonly EntryDraft[];
  readonly done: (seqs: readonly number[]) => void;
  readonly failed: (thrown: unknown) => void;
}

export type GroupTerms = Pick<LedgerWriter, 'appendInTx' | 'landed'> & { readonly store: Store };

export class GroupCommit {
  readonly #terms: GroupTerms;
  readonly #queues = new Map<string, Queue>();

  constructor(terms: GroupTerms) {
    this.#terms = terms;
  }

  append(drafts: readonly EntryDraft[]): Promise<readonly number[]> {
    const org = drafts[0]?.org;
    if (org === undefined || drafts.some((draft) => draft.org !== org))
      throw new RangeError('an append has entries of one organisation');
    let queue = this.#queues.get(org);
    if (queue === undefined) this.#queues.set(org, (queue = new Queue(org, this.#terms)));
    return queue.add(drafts);
  }
}

class Queue {
  readonly #org: string;
  readonly #terms: GroupTerms;
  #items: Item[] = [];
  #running = 0;
  #scheduled = false;

  constructor(org: string, terms: GroupTerms) {
    this.#org = org;
    this.#terms = terms;
  }

  add(drafts: readonly EntryDraft[]): Promise<readonly number[]> {
    return new Promise((done, failed) => {
      this.#items.push({ drafts, done, failed });
      this.#schedule();
    });
  }

  /** After the present turn of the event loop, so that whoever appends within it shares the batch. */
  #schedule(): void {
    if (this.#scheduled || this.#running >= BATCHES_MAX || this.#items.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#run(this.#next());
      this.#schedule();
    });
  }

  #next(): Item[] {
    let entries = 0;
    let count = 0;
    for (const item of this.#items) {
      if (count > 0 && entries + item.drafts.length > ENTRIES_MAX) break;
      entries += item.drafts.length;
      count += 1;
    }
    return this.#items.splice(0, count);
  }

  async #run(items: readonly Item[]): Promise<void> {
    this.#running += 1;
    try {
      const drafts: EntryDraft[] = [];
      for (const item of items) drafts.push(...item.drafts);
      const seqs = await this.#commit(drafts);
      let at = 0;
      for (const item of items) item.done(seqs.slice(at, (at += item.drafts.length)));
    } catch (thrown) {
      this.#fail(items, thrown);
    } finally {
      this.#running -= 1;
      this.#schedule();
    }
  }

  async #commit(drafts: readonly EntryDraft[]): Promise<readonly number[]> {
    let sent: Appended | undefined;
    const { seqs } = await this.#terms.store.tx(
      async (tx) => {
        sent = await this.#terms.appendInTx(tx, this.#org, drafts);
        return sent;
      },
      {
        pool: 'hot',
        resolve: async () => {
          if (sent === undefined) return undefined;
          return (await this.#terms.landed(this.#org, sent.nodeSeq)) === undefined ? undefined : { found: sent };
        },
      },
    );
    return seqs;
  }

  /** A draft that is no entry fails alone: the others are tried without it. */
  #fail(items: readonly Item[], thrown: unknown): void {
    const isDraft = thrown instanceof Fault && (thrown.code === 'ledger.format' || thrown.code === 'json.not-canonical');
    if (!isDraft || items.length === 1) {
      for (const { failed } of items) failed(thrown);
      return;
    }
    for (const item of items) {
      const fault = faultOf(item.drafts);
      if (fault === undefined) this.#items.push(item);
      else item.failed(fault);
    }
  }
}

function faultOf(drafts: readonly EntryDraft[]): unknown {
  try {
    for (const draft of drafts) checkEntry({ ...draft, node: 'n', nodeSeq: 1, nodePrev: '0'.repeat(64) });
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}
