/** What appending to the ledger is to those who do it. */
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { Tx } from '../postgres/tx.ts';

export interface Appended {
  /** Index of each draft, in their order. */
  readonly seqs: readonly number[];
  /** Names the batch: after an unknown commit, `landed(org, nodeSeq)` tells whether it is there. */
  readonly nodeSeq: number;
}

export interface LedgerWriter {
  readonly node: string;
  /**
   * Appends as the last statement of a transaction: the log's head stays locked until it ends, and others of this node wait for it.
   * All drafts are of `org`. One call with many drafts is one statement.
   * @throws Fault ledger.format, json.not-canonical for a draft that is no entry; ledger.corrupt where the log went backwards
   */
  appendInTx(tx: Tx, org: string, drafts: readonly EntryDraft[]): Promise<Appended>;
  /** Durable when it resolves. Shares its commit with whoever appends at the same time. All drafts are of one organisation. */
  append(drafts: readonly EntryDraft[]): Promise<readonly number[]>;
  /**
   * After an unknown commit: the index of the first entry of the batch that began at `nodeSeq`, or undefined when it is certainly not there
   * and never will be. An opening entry counts as the batch's first.
   */
  landed(org: string, nodeSeq: number): Promise<{ readonly base: number; readonly count: number } | undefined>;
  /** The same by the id of an entry, or of a decision: its index, or undefined when it is not there and no commit under way will bring it. */
  seqOf(org: string, id: string): Promise<number | undefined>;
}
