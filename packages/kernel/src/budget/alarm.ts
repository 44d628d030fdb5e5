/** Thresholds of a budget: fractions of its limit, each told once a window. */
import type { BudgetRow } from './row.ts';

/** Fractions become whole per mille, so that they can be compared, kept and counted exactly. */
export const perMille = (fraction: number): number => Math.round(fraction * 1_000);

/**
 * Use in per mille of the limit, rounded down. A limit of 0 is used up by definition.
 */
function useOf(amount: number, limit: number): number {
  if (limit <= 0) return 1_000;
  return Number((BigInt(amount) * 1_000n) / BigInt(limit));
}

/**
 * Thresholds (per mille, ascending) that the row has reached and that lie above `told`, the highest one told in this window.
 * Below 1,000 it is spending that counts. From 1,000 on open holds count too, since nothing more can be granted then.
 */
export function reached(row: BudgetRow, alarms: readonly number[], told: number): readonly number[] {
  const spent = useOf(row.charged, row.limit);
  const committed = useOf(row.charged + row.reserved, row.limit);
  return alarms
    .map(perMille)
    .filter((alarm) => alarm > told && alarm > 0 && (alarm < 1_000 ? spent : committed) >= alarm)
    .sort((a, b) => a - b);
}
