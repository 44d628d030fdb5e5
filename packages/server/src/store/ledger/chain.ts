/**
 * The chain of one node in one organisation's log: gap-free and linked, so that a dropped entry shows. One user at a time, in the order of
 * arrival. INVARIANT: `#settled` advances only by what is known to be committed; a batch that was sealed ahead on a wrong guess is sealed
 * again when its turn comes.
 */
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { Ending } from '../postgres/tx.ts';
import { type Batch, CHAIN_START, type Link, sealBatch } from './batch.ts';

export interface ChainTerms {
  readonly node: string;
  /** The node's first entry; asked for once, by the first batch that is sealed (again, if that batch fails). */
  readonly opening: () => EntryDraft;
  /** Whether the batch that begins at this nodeSeq was committed; must be certain. */
  readonly landed: (nodeSeq: number) => Promise<boolean>;
}

export interface Turn {
  readonly batch: Batch;
  /** Entries before the caller's own: 1 where the node's opening entry goes along. */
  readonly skip: number;
  end(ending: Ending): void;
}

interface Place {
  readonly skip: number;
  readonly batch: Batch;
}

const sameLink = (a: Link, b: Link): boolean => a.next === b.next && a.leaf === b.leaf;

export class NodeChain {
  readonly #terms: ChainTerms;
  #settled: Link = CHAIN_START;
  /** Where the chain will stand if everybody who waits succeeds. */
  #tail: Link = CHAIN_START;
  #doubt: Batch | undefined;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(terms: ChainTerms) {
    this.#terms = terms;
  }

  /**
   * Seals at once, while the one before is still being committed, and resolves when it is this batch's turn. The turn is held until `end`.
   * @throws Fault of a draft that is no entry, or of a doubt that cannot be cleared now; then no turn is held
   */
  async take(drafts: readonly EntryDraft[]): Promise<Turn> {
    const ahead = this.#seal(this.#tail, drafts);
    this.#tail = ahead.batch.after;
    const before = this.#last;
    let free: () => void = () => undefined;
    this.#last = new Promise((resolve) => {
      free = resolve;
    });
    this.#waiting += 1;
    await before;
    try {
      await this.#clearDoubt();
      const place = sameLink(ahead.batch.before, this.#settled) ? ahead : this.#seal(this.#settled, drafts);
      if (this.#waiting === 1) this.#tail = place.batch.after;
      return { ...place, end: (ending) => this.#end(place.batch, ending, free) };
    } catch (thrown) {
      this.#leave(free);
      throw thrown;
    }
  }

  #seal(before: Link, drafts: readonly EntryDraft[]): Place {
    const opening = before.next === 0 ? [this.#terms.opening()] : [];
    return { skip: opening.length, batch: sealBatch(this.#terms.node, before, [...opening, ...drafts]) };
  }

  async #clearDoubt(): Promise<void> {
    const doubt = this.#doubt;
    if (doubt === undefined) return;
    if (await this.#terms.landed(doubt.before.next)) this.#settled = doubt.after;
    this.#doubt = undefined;
  }

  #end(batch: Batch, ending: Ending, free: () => void): void {
    if (ending === 'committed') this.#settled = batch.after;
    if (ending === 'unknown') this.#doubt = batch;
    this.#leave(free);
  }

  #leave(free: () => void): void {
    this.#waiting -= 1;
    if (this.#waiting === 0 && this.#doubt === undefined) this.#tail = this.#settled;
    free();
  }
}
