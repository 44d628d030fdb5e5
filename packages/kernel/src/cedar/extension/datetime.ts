/** Instants in milliseconds since 1970-01-01T00:00:00Z, 64 bits. Computed by civil-day arithmetic: the kernel has no clock and no Date. */
import { EXTENSION_FAILURE } from '../fail.ts';
import { addLong, type Long, moduloLong, subtractLong } from '../long.ts';
import { Duration, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from './duration.ts';

const DATETIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?$/;
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

/** Two digits at `at` as a number; the grammar was checked before. */
const field = (match: RegExpExecArray, at: number): number => Number(match[at] ?? 0);

/** `YYYY-MM-DD`, or with `Thh:mm:ss[.SSS]` and `Z` or `+hhmm`/`-hhmm`; anything else is an extension failure. */
export function parseDatetime(text: string): Datetime {
  const match = DATETIME.exec(text);
  if (match === null) throw EXTENSION_FAILURE;
  const year = field(match, 1);
  const month = field(match, 2);
  const day = field(match, 3);
  const hour = field(match, 4);
  const minute = field(match, 5);
  const second = field(match, 6);
  const offsetHour = field(match, 9);
  const offsetMinute = field(match, 10);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw EXTENSION_FAILURE;
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) throw EXTENSION_FAILURE;
  const local =
    daysOf(year, month, day) * MS_PER_DAY +
    hour * MS_PER_HOUR +
    minute * MS_PER_MINUTE +
    second * MS_PER_SECOND +
    field(match, 7);
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHour * MS_PER_HOUR + offsetMinute * MS_PER_MINUTE);
  return new Datetime(local - offset + 0);
}

export const offsetDatetime = (from: Datetime, by: Duration): Datetime => new Datetime(addLong(from.epochMs, by.ms));

export const durationSince = (later: Datetime, earlier: Datetime): Duration =>
  new Duration(subtractLong(later.epochMs, earlier.epochMs));

/** Midnight at or before the instant, before 1970 too. */
export const dateOf = (at: Datetime): Datetime => new Datetime(subtractLong(at.epochMs, moduloLong(at.epochMs, MS_PER_DAY)));

/** Time since that midnight: never negative. */
export const timeOf = (at: Datetime): Duration => new Duration(moduloLong(at.epochMs, MS_PER_DAY));
