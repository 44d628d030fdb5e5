/** Windows of budgets, in UTC. Civil arithmetic of our own: the kernel has no Date. Proleptic Gregorian, years 1970 to 9999. */
import type { BudgetWindow } from './units.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** 9999-12-31T23:59:59.999Z */
const LAST_MS = 253_402_300_799_999;

/** RFC 3339 in UTC, as the ledger and the database write it. */
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;

/** Windows of life begin here. */
export const EPOCH = '1970-01-01T00:00:00Z';

/** Days from 1970-01-01 to a date; months 1 to 12. Years begin in March here, so that the leap day comes last. */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

function dateOf(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

/** Milliseconds since the epoch. @throws RangeError when the text is not RFC 3339 in UTC, or names no real time */
export function parseTime(text: string): number {
  const parts = ISO.exec(text);
  if (parts === null) throw new RangeError('the time must be RFC 3339 in UTC');
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const days = daysOf(year, month, day);
  const back = dateOf(days);
  const real = year >= 1970 && month >= 1 && month <= 12 && back.month === month && back.day === day;
  if (!real || hour > 23 || minute > 59 || second > 59) throw new RangeError('there is no such time');
  const fraction = Math.floor(Number(`0.${parts[7] ?? '0'}`) * 1_000 + 1e-6);
  return days * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * 1_000 + fraction;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** RFC 3339 in UTC, to the second below. */
export function formatTime(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0 || ms > LAST_MS) throw new RangeError('the time must lie in the years 1970 to 9999');
  const days = Math.floor(ms / DAY_MS);
  const rest = ms - days * DAY_MS;
  const { year, month, day } = dateOf(days);
  const clock = `${two(Math.floor(rest / HOUR_MS))}:${two(Math.floor((rest % HOUR_MS) / MINUTE_MS))}:${two(Math.floor((rest % MINUTE_MS) / 1_000))}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock}Z`;
}

const LENGTH_MS = { day: DAY_MS, hour: HOUR_MS, minute: MINUTE_MS } as const;

const msOf = (at: number | string): number => (typeof at === 'string' ? parseTime(at) : at);

function startMs(window: BudgetWindow, ms: number): number {
  if (window === 'life') return 0;
  if (window !== 'month') return Math.floor(ms / LENGTH_MS[window]) * LENGTH_MS[window];
  const { year, month } = dateOf(Math.floor(ms / DAY_MS));
  return daysOf(year, month, 1) * DAY_MS;
}

/** Start of the window that holds `at` (milliseconds since the epoch, or RFC 3339 UTC): `2026-11-01T00:00:00Z`. */
export function windowStart(window: BudgetWindow, at: number | string): string {
  const ms = msOf(at);
  formatTime(ms);
  return formatTime(startMs(window, ms));
}

/** When the window turns; null for a life. Months are as long as they are. */
export function windowEnd(window: BudgetWindow, at: number | string): string | null {
  if (window === 'life') return null;
  const ms = msOf(at);
  if (window !== 'month') return formatTime(startMs(window, ms) + LENGTH_MS[window]);
  const { year, month } = dateOf(Math.floor(ms / DAY_MS));
  return formatTime(daysOf(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) * DAY_MS);
}

/** Whether a row that began at `starts` is over at `at`. Open reservations stay with the row in which they were opened. */
export function hasTurned(window: BudgetWindow, starts: string, at: number | string): boolean {
  return startMs(window, msOf(at)) > msOf(starts);
}
