/** The real clock, and ids that sort by time. */
import { randomFillSync } from 'node:crypto';
import type { Clock, NewId } from '../../ports/clock.ts';

export const systemClock: Clock = { now: () => Date.now() };

/** One draw from the system for 64 ids. */
const POOL_IDS = 64;
const RANDOM_BYTES = 10;
const pool = Buffer.alloc(POOL_IDS * RANDOM_BYTES);
let used = POOL_IDS;
let lastMs = 0;
let counter = 0;

/** 12 bits of `rand_a` count within a millisecond, so that ids of one process are in order (RFC 9562, 6.2, method 1). */
const COUNTER_MAX = 0xfff;

/** UUIDv7 as 32 hex digits, monotonic within the process, also when the clock steps back. */
export function uuid7Hex(nowMs: number = Date.now()): string {
  if (used === POOL_IDS) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used * RANDOM_BYTES;
  used += 1;
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = (pool[at] ?? 0) & 0x7f;
  } else if (counter < COUNTER_MAX) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = 0;
  }
  const variant = 0x80 | ((pool[at + 2] ?? 0) & 0x3f);
  const time = lastMs.toString(16).padStart(12, '0');
  const tail = pool.toString('hex', at + 3, at + RANDOM_BYTES);
  return `${time}7${counter.toString(16).padStart(3, '0')}${variant.toString(16)}${tail}`;
}

/** The same with dashes, as entries carry it. */
export function newEntryId(): string {
  const hex = uuid7Hex();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const newId: NewId = (prefix) => `${prefix}_${uuid7Hex()}`;
