/** Ids as the ledger's indexes hold them: 16 bytes, since every entry pays for them. */
import { hash } from 'node:crypto';

export const KEY_BYTES = 16;

const DASHED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PREFIXED = /^[a-z]{1,8}_[0-9a-f]{32}$/;
const DASH = 0x2d;
/** Value of a lower-case hex digit. */
const digitAt = (text: string, at: number): number => {
  const unit = text.charCodeAt(at);
  return unit < 0x3a ? unit - 0x30 : unit - 0x57;
};

/** Sixteen bytes from hex that was checked before, from `from` on; dashes stand only between bytes. */
function writeHex(text: string, from: number, to: Buffer, at: number): void {
  for (let i = from, end = at + KEY_BYTES; at < end; at++, i += 2) {
    if (text.charCodeAt(i) === DASH) i++;
    to[at] = (digitAt(text, i) << 4) | digitAt(text, i + 1);
  }
}

/**
 * Writes the key of an id at `at`. A UUID with dashes, or 32 hex digits behind a prefix, gives its own bytes, so that keys made in order
 * stay in order; any other id gives the start of its SHA-256. Ids of different kinds may share a key: whoever looks up compares the whole
 * id with the entry found.
 */
export function writeKey(id: string, to: Buffer, at: number): void {
  // The first dash tells the two apart without a pattern.
  if (id.charCodeAt(8) === DASH && DASHED.test(id)) writeHex(id, 0, to, at);
  else if (PREFIXED.test(id)) writeHex(id, id.length - 32, to, at);
  else hash('sha256', id, 'buffer').copy(to, at, 0, KEY_BYTES);
}

export function keyOf(id: string): Buffer {
  const key = Buffer.alloc(KEY_BYTES);
  writeKey(id, key, 0);
  return key;
}
