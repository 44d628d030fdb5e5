export { perMille, reached } from './alarm.ts';
export { costOf, estimateTokens, NO_TOKENS, outputFor, pricesFor, totalTokens } from './cost.ts';
export type { Prices, PriceStep, TokenVector } from './cost.ts';
export { available, booking, charge, correct, freshRow, release, reserve, spentOf } from './row.ts';
export type { Booking, BudgetRow, ChainRow, Reservation } from './row.ts';
export { addAmounts, BUDGET_UNITS, BUDGET_WINDOWS, checkAmount, isAmount, isHeldOnly } from './units.ts';
export type { Amounts, BudgetUnit, BudgetWindow } from './units.ts';
export { EPOCH, formatTime, hasTurned, parseTime, windowEnd, windowStart } from './window.ts';
