/** Spans of time in whole milliseconds, 64 bits. */
import { EXTENSION_FAILURE } from '../fail.ts';
import { type Long, longOf } from '../long.ts';

export const MS_PER_SECOND = 1000;
export const MS_PER_MINUTE = 60_000;
export const MS_PER_HOUR = 3_600_000;
export const MS_PER_DAY = 86_400_000;

const DURATION = /^(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/;
const UNIT_MS = [MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND, 1] as const;

export class Duration {
  readonly ms: Long;

  constructor(ms: Long) {
    this.ms = ms;
  }
}

/** `-?` then `d h m s ms` in this order, each at most once, at least one; anything else is an extension failure. */
export function parseDuration(text: string): Duration {
  const match = DURATION.exec(text);
  if (match === null) throw EXTENSION_FAILURE;
  const parts = match.slice(2);
  if (parts.every((part) => part === undefined)) throw EXTENSION_FAILURE;
  let total = 0n;
  for (const [position, unitMs] of UNIT_MS.entries()) {
    const digits = parts[position];
    if (digits !== undefined) total += BigInt(digits) * BigInt(unitMs);
  }
  const ms = longOf(match[1] === '-' ? -total : total);
  if (ms === undefined) throw EXTENSION_FAILURE;
  return new Duration(ms);
}
