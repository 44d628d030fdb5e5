/**
 * The durable side of the road. Both calls are group commits: they resolve only after the transaction is on disk, and all of an
 * item (reservation, approval use, payloads, entries) is in one transaction or in none.
 */
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { TaskMarks } from './marks.ts';
import type { BudgetUnit, BudgetWindow, DataClass } from './registry.ts';

export interface BudgetLine {
  /** Concrete scope, never with a star: `org`, `team:payments`, `task:tsk_...`. */
  readonly scope: string;
  readonly unit: BudgetUnit;
  readonly window: BudgetWindow;
  /** Start of the window, RFC 3339 UTC; `life` windows start at the epoch. */
  readonly starts: string;
  readonly limit: number;
  readonly raise: string;
  readonly alarms: readonly number[];
}

export type Amounts = Readonly<Partial<Record<BudgetUnit, number>>>;

export interface ReserveAsk {
  /** Unique: a retry with the same key finds its first attempt. */
  readonly key: string;
  readonly lines: readonly BudgetLine[];
  /** The largest amounts between min and want that fit on every line are granted. */
  readonly min: Amounts;
  readonly want: Amounts;
  /** After this the sweeper charges it in full: whatever was sent is spent. */
  readonly expiresAt: string;
}

export type ReserveResult =
  | { readonly ok: true; readonly granted: Amounts }
  | { readonly ok: false; readonly line: BudgetLine; readonly left: number; readonly reason: 'exceeded' | 'missing' };

export interface PayloadDraft {
  /** What it is: `facts`, `request`, `response`, `mandate`. */
  readonly kind: string;
  readonly class: DataClass;
  readonly bytes: Uint8Array;
  /** 32 random bytes, so that the digest of low-entropy text says nothing. */
  readonly blind: Uint8Array;
  /** SHA-256(blind || bytes), hex. */
  readonly digest: string;
  /** Erasure subject, such as the person the agent acts for. */
  readonly subject: string;
  /** RFC 3339, or null: kept until erased. */
  readonly retainUntil: string | null;
}

/** The marks that a decision was made on. Where they are others by now, nothing is recorded, and it must be made again. */
export interface MarksAsk {
  readonly task: string;
  readonly assumed: TaskMarks;
  /** What an allowed request itself brings; joined to the task's marks in the same transaction. */
  readonly raise?: TaskMarks;
}

export interface DecisionItem {
  readonly org: string;
  readonly marks?: MarksAsk;
  readonly reserve?: ReserveAsk;
  /** Approvals that made this an allow: each goes approved -> used in the same transaction, or the item fails. */
  readonly useApprovals?: readonly string[];
  readonly grant?: string;
  /** INVARIANT: pure, and called once per attempt, with the result known; what it returns is recorded. */
  record(result: DecisionResult): { readonly entries: readonly EntryDraft[]; readonly payloads: readonly PayloadDraft[] };
}

export interface DecisionResult {
  readonly reserve?: ReserveResult;
  /** False when an approval was gone (used, expired) at the moment of use. */
  readonly approvalsHeld: boolean;
  /** False when the task has other marks than were assumed. */
  readonly marksHeld: boolean;
}

export interface SettleItem {
  readonly org: string;
  /** Key of the reservation, when there is one. */
  readonly reservation?: string;
  /** `full` charges what was reserved; a charge above it is cut there and recorded as a correction. */
  readonly charge: Amounts | 'full' | 'none';
  /** What the act brought into its task, before anybody gets to see it. */
  readonly raise?: { readonly task: string; readonly marks: TaskMarks };
  /** Nobody waits for it: it may take a few milliseconds to find a transaction that others pay for. */
  readonly patient?: boolean;
  readonly entries: readonly EntryDraft[];
  readonly payloads: readonly PayloadDraft[];
}

export interface RoadStore {
  /** @throws Fault store.* when nothing was made durable, or when that cannot be known */
  decide(item: DecisionItem): Promise<DecisionResult & { readonly seqs: readonly number[] }>;
  settle(item: SettleItem): Promise<void>;
  /** Amount left on a line as far as this process knows; the reservation is the authority. */
  left(line: BudgetLine): number;
  /** The marks of a task as far as this process knows; a decision that rests on them is checked when it is made durable. */
  marks(task: string): TaskMarks;
}
