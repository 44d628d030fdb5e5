/** What is counted, and in which windows. All amounts are integers from 0 to 2^53-1; money is micro-USD. */
export const BUDGET_UNITS = ['microUsd', 'tokens', 'requests', 'concurrency'] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

export const BUDGET_WINDOWS = ['life', 'month', 'day', 'hour', 'minute'] as const;
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number];

export type Amounts = Readonly<Partial<Record<BudgetUnit, number>>>;

export const isAmount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** @throws RangeError: a wrong amount is a broken promise of the caller, and would otherwise open the budget */
export function checkAmount(value: number, what: string): number {
  if (!isAmount(value)) throw new RangeError(`${what} must be an integer from 0 to 2^53-1`);
  return value;
}

/** a + b, held at 2^53-1: what large is never becomes small. */
export const addAmounts = (a: number, b: number): number => Math.min(a + b, Number.MAX_SAFE_INTEGER);

/** Places that are held during an act and given back at its end, whatever happened; never spent. */
export const isHeldOnly = (unit: BudgetUnit): boolean => unit === 'concurrency';
