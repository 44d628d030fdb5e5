/** Instants in milliseconds since 1970-01-01T00:00:00Z, 64 bits. Computed by civil-day arithmetic: the kernel has no clock and no Date. */
import { EXTENSION_FAILURE } from '../fail.ts';
import { addLong, type Long, moduloLong, subtractLong } from '../long.ts';
import { Duration, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from './duration.ts';

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export class Datetime {
  readonly epochMs: Long;

  constructor(epochMs: Long) {
    this.epochMs = epochMs;
  }
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that a leap day is the last day of its year. */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const ZERO = 48;

/** `count` decimal digits at `at`, or NaN: which no range check lets through. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i += 1) {
    const digit = text.charCodeAt(i) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Milliseconds of two digits of a unit below `limit`, or NaN. */
function unit(text: string, at: number, limit: number, unitMs: number): number {
  const value = digits(text, at, 2);
  return value < limit ? value * unitMs : Number.NaN;
}

/** What the zone at the end of the text takes off: `Z`, `+hhmm` or `-hhmm`, and nothing after it; NaN otherwise. */
function zoneMs(text: string, at: number): number {
  if (text[at] === 'Z') return text.length === at + 1 ? 0 : Number.NaN;
  if (text.length !== at + 5) return Number.NaN;
  const offset = unit(text, at + 1, 24, MS_PER_HOUR) + unit(text, at + 3, 60, MS_PER_MINUTE);
  return text[at] === '+' ? offset : text[at] === '-' ? -offset : Number.NaN;
}

/** Milliseconds of `Thh:mm:ss[.SSS]` and zone, beginning at the `T`; NaN for any other text. */
function clockMs(text: string): number {
  if (text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return Number.NaN;
  const time = unit(text, 11, 24, MS_PER_HOUR) + unit(text, 14, 60, MS_PER_MINUTE) + unit(text, 17, 60, MS_PER_SECOND);
  return text[19] === '.' ? time + digits(text, 20, 3) - zoneMs(text, 23) : time - zoneMs(text, 19);
}

/** `YYYY-MM-DD`, or with `Thh:mm:ss[.SSS]` and `Z` or `+hhmm`/`-hhmm`; anything else is an extension failure. */
export function parseDatetime(text: string): Datetime {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (text[4] !== '-' || text[7] !== '-' || !(year >= 0 && day >= 1 && day <= daysInMonth(year, month))) throw EXTENSION_FAILURE;
  const ms = daysOf(year, month, day) * MS_PER_DAY + (text.length === 10 ? 0 : clockMs(text));
  if (Number.isNaN(ms)) throw EXTENSION_FAILURE;
  return new Datetime(ms + 0);
}

export const offsetDatetime = (from: Datetime, by: Duration): Datetime => new Datetime(addLong(from.epochMs, by.ms));

export const durationSince = (later: Datetime, earlier: Datetime): Duration =>
  new Duration(subtractLong(later.epochMs, earlier.epochMs));

/** Midnight at or before the instant, before 1970 too. */
export const dateOf = (at: Datetime): Datetime => new Datetime(subtractLong(at.epochMs, moduloLong(at.epochMs, MS_PER_DAY)));

/** Time since that midnight: never negative. */
export const timeOf = (at: Datetime): Duration => new Duration(moduloLong(at.epochMs, MS_PER_DAY));
