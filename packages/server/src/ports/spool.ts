/** Denials that could not be made durable because the store was away. Bounded, local, appended first after recovery. */
import type { EntryDraft } from '@countersign/kernel/ledger';

export interface Spool {
  /** @returns false when the spool is full: the loss is counted and recorded as such later */
  put(entry: EntryDraft): boolean;
  /** The oldest entries, at most `limit`; they stay until `drop` says how many are durable. */
  peek(limit: number): readonly EntryDraft[];
  drop(count: number): void;
  /** How many denials did not fit since the last call. */
  takeLost(): number;
  readonly size: number;
}
