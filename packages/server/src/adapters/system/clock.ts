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

/** The newest id. */
const id = Buffer.alloc(16);
/** A text that is being put together. Texts that are made of pieces are put together by whoever first looks into them, and that is slow. */
const text = Buffer.alloc(64);
const DASH = 0x2d;
const UNDERSCORE = 0x5f;
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');

/** The next UUIDv7, monotonic within the process, also when the clock steps back. */
function draw(nowMs: number): void {
  if (used === POOL_IDS) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used * RANDOM_BYTES;
  used += 1;
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = (pool[at] ?? 0) & 0x7f;
    id.writeUIntBE(lastMs, 0, 6);
  } else if (counter < COUNTER_MAX) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = 0;
    id.writeUIntBE(lastMs, 0, 6);
  }
  id[6] = 0x70 | (counter >> 8);
  id[7] = counter & 0xff;
  id[8] = 0x80 | ((pool[at + 2] ?? 0) & 0x3f);
  for (let i = 9; i < 16; i++) id[i] = pool[at + i - 6] ?? 0;
}

/** Writes bytes of the newest id as hex. @returns where the text goes on */
function put(at: number, from: number, to: number): number {
  let next = at;
  for (let i = from; i < to; i++) {
    const byte = id[i] ?? 0;
    text[next++] = DIGITS[byte >> 4] ?? 0;
    text[next++] = DIGITS[byte & 0xf] ?? 0;
  }
  return next;
}

/** UUIDv7 as 32 hex digits. */
export function uuid7Hex(nowMs: number = Date.now()): string {
  draw(nowMs);
  return id.toString('hex');
}

/** The same with dashes, as entries carry it. */
export function newEntryId(): string {
  draw(Date.now());
  let at = put(0, 0, 4);
  for (const [from, to] of GROUPS) {
    text[at] = DASH;
    at = put(at + 1, from, to);
  }
  return text.toString('latin1', 0, at);
}

/** Bytes of an id between its dashes, after the first four. */
const GROUPS: readonly (readonly [from: number, to: number])[] = [
  [4, 6],
  [6, 8],
  [8, 10],
  [10, 16],
];

/** Prefixes are short words of ASCII. */
const PREFIX_MAX = text.length - 33;

export const newId: NewId = (prefix) => {
  draw(Date.now());
  if (prefix.length > PREFIX_MAX) return `${prefix}_${id.toString('hex')}`;
  let at = 0;
  for (; at < prefix.length; at++) text[at] = prefix.charCodeAt(at);
  text[at] = UNDERSCORE;
  return text.toString('latin1', 0, put(at + 1, 0, 16));
};
