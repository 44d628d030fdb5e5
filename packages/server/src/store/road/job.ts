/** What waits for a batch: decisions and settlements, each with its caller. */
import type { BudgetLine, DecisionItem, DecisionResult, SettleItem } from '../../ports/road-store.ts';
import type { Holds } from './line.ts';

/** Ends of an act as the database has them; see migration 0010. */
export const ACT_OPEN = 0;
export const ACT_CHARGED = 1;
export const ACT_RELEASED = 2;
/** Charged in full because nobody knew its end; a later word puts it right. */
export const ACT_PRESUMED = 3;
export type ActState = typeof ACT_OPEN | typeof ACT_CHARGED | typeof ACT_RELEASED | typeof ACT_PRESUMED;

export interface KnownAct {
  readonly decision: string;
  readonly holds: Holds;
  readonly state: ActState;
}

export type Decided = DecisionResult & { readonly seqs: readonly number[] };

interface JobOf<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (thrown: unknown) => void;
}

export interface DecideJob extends JobOf<Decided> {
  readonly kind: 'decide';
  readonly item: DecisionItem;
  /** Key of its row among the open acts; undefined where the item opens none. */
  readonly key: string | undefined;
  /** Lines of its reservation by their keys; one that is named twice counts once. */
  readonly lines: ReadonlyMap<string, BudgetLine>;
  /** A row with this key is there already, from a first attempt. */
  earlier: KnownAct | undefined;
}

export interface SettleJob extends JobOf<void> {
  readonly kind: 'settle';
  readonly item: SettleItem;
  readonly key: string | undefined;
  /** The end is assumed, not told. */
  readonly presumed: boolean;
  /** What it ends; undefined until it was looked up. */
  act: KnownAct | 'absent' | undefined;
}

/** The database holds something else than a batch assumed: an act was ended, or begun, by another. It runs again and looks first. */
export class Surprise extends Error {}

/** A task has other marks than this process knew; they are read before the batch runs again. */
export class StaleMarks extends Error {}

export type Job = DecideJob | SettleJob;

export const jobKey = (org: string, key: string): string => `${org}\n${key}`;
