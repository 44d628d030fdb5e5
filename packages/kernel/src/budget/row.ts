/**
 * One budget row and what may happen to it. INVARIANT: `charged + reserved <= limit` after every `reserve`; only a lowered limit or a
 * correction (a bill above the worst case) can take a row past its limit, and then everything on it is denied. Counters are never negative.
 */
import { type Amounts, addAmounts, BUDGET_UNITS, type BudgetUnit, checkAmount, isHeldOnly } from './units.ts';

export interface BudgetRow {
  readonly limit: number;
  readonly reserved: number;
  readonly charged: number;
}

/** A row of a chain, with the unit that it counts. */
export interface ChainRow extends BudgetRow {
  readonly unit: BudgetUnit;
}

export const freshRow = (limit: number): BudgetRow => ({ limit: checkAmount(limit, 'limit'), reserved: 0, charged: 0 });

/** Negative when a correction or a lowered limit took the row past it. */
export const available = (row: BudgetRow): number => row.limit - row.charged - row.reserved;

export type Reservation =
  | { readonly ok: true; readonly granted: Amounts; readonly rows: readonly ChainRow[] }
  /** `line` is the index of the binding row; null with `missing`: no row covers the money. */
  | { readonly ok: false; readonly reason: 'exceeded'; readonly unit: BudgetUnit; readonly line: number; readonly left: number }
  | { readonly ok: false; readonly reason: 'missing'; readonly unit: BudgetUnit; readonly line: null; readonly left: 0 };

interface Tightest {
  readonly line: number;
  readonly left: number;
}

function tightest(rows: readonly ChainRow[], unit: BudgetUnit): Tightest | undefined {
  let found: Tightest | undefined;
  for (const [line, row] of rows.entries()) {
    if (row.unit !== unit) continue;
    const left = available(row);
    if (found === undefined || left < found.left) found = { line, left };
  }
  return found;
}

/**
 * The whole chain or nothing: for every unit that is asked, the largest amount from `min` to `want` that fits on all rows of that unit.
 * A unit without `min` is all or nothing; one without `want` is asked at its `min`. Money that no row covers is denied, never unlimited;
 * the other units are limited where a row says so.
 * Rows are not changed; a denial names the row with the least left.
 * @throws RangeError on amounts that are no amounts, or `min` above `want`
 */
export function reserve(rows: readonly ChainRow[], min: Amounts, want: Amounts): Reservation {
  const granted: Partial<Record<BudgetUnit, number>> = {};
  for (const unit of BUDGET_UNITS) {
    const most = want[unit] ?? min[unit];
    if (most === undefined) continue;
    const least = checkAmount(min[unit] ?? most, `min.${unit}`);
    if (least > checkAmount(most, `want.${unit}`)) throw new RangeError(`min.${unit} is above want.${unit}`);
    if (most === 0) continue;
    const bound = tightest(rows, unit);
    if (bound === undefined && unit === 'microUsd') return { ok: false, reason: 'missing', unit, line: null, left: 0 };
    if (bound === undefined) {
      granted[unit] = most;
      continue;
    }
    // With `min` 0 a row that is past its limit still denies: a grant of nothing would let the act go ahead.
    if (bound.left < Math.max(least, 1))
      return { ok: false, reason: 'exceeded', unit, line: bound.line, left: Math.max(0, bound.left) };
    granted[unit] = Math.min(most, bound.left);
  }
  return { ok: true, granted, rows: rows.map((row) => hold(row, granted[row.unit] ?? 0)) };
}

const hold = (row: ChainRow, amount: number): ChainRow => (amount === 0 ? row : { ...row, reserved: row.reserved + amount });

/** Gives a hold back: nothing was spent. @throws RangeError when the row does not hold that much */
export function release<R extends BudgetRow>(row: R, held: number): R {
  if (checkAmount(held, 'held') > row.reserved) throw new RangeError('more is released than was reserved');
  return { ...row, reserved: row.reserved - held };
}

/** How an end of a reservation is booked for one unit: `charged` is at most what was held, `over` is the excess that becomes a correction. */
export interface Booking {
  readonly held: number;
  readonly charged: number;
  readonly over: number;
}

/** Splits what was spent at what was held. Places (`concurrency`) are only given back. */
export function booking(unit: BudgetUnit, held: number, spent: number): Booking {
  checkAmount(held, 'held');
  if (isHeldOnly(unit)) return { held, charged: 0, over: 0 };
  const charged = Math.min(checkAmount(spent, 'spent'), held);
  return { held, charged, over: spent - charged };
}

/** Ends a hold by a booking: the hold goes, what was spent stays. The excess is booked too, past the limit if need be: never hidden, never clipped. */
export function charge<R extends BudgetRow>(row: R, { held, charged, over }: Booking): R {
  const freed = release(row, held);
  return { ...freed, charged: addAmounts(freed.charged, addAmounts(charged, over)) };
}

/** A later bill, in either direction; never below 0. */
export function correct<R extends BudgetRow>(row: R, difference: number): R {
  if (!Number.isSafeInteger(difference)) throw new RangeError('difference must be a safe integer');
  return { ...row, charged: Math.max(0, addAmounts(row.charged, difference)) };
}

/**
 * What a settled act spent, unit by unit. `none`: nothing was sent. `full`: everything that was held, since nobody knows.
 * A unit that the amounts do not name is not known to be unspent, so it is charged in full.
 */
export function spentOf(granted: Amounts, spent: Amounts | 'full' | 'none', unit: BudgetUnit): number {
  if (spent === 'none') return 0;
  const held = granted[unit] ?? 0;
  return spent === 'full' ? held : (spent[unit] ?? held);
}
