/** Ids as the ledger's indexes hold them: 16 bytes, since every entry pays for them. */
import { hash } from 'node:crypto';

export const KEY_BYTES = 16;

const DASHED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PREFIXED = /^[a-z]{1,8}_[0-9a-f]{32}$/;

/**
 * Writes the key of an id at `at`. A UUID with dashes, or 32 hex digits behind a prefix, gives its own bytes, so that keys made in order
 * stay in order; any other id gives the start of its SHA-256. Ids of different kinds may share a key: whoever looks up compares the whole
 * id with the entry found.
 */
export function writeKey(id: string, to: Buffer, at: number): void {
  if (DASHED.test(id)) to.write(id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24), at, 'hex');
  else if (PREFIXED.test(id)) to.write(id.slice(-32), at, 'hex');
  else hash('sha256', id, 'buffer').copy(to, at, 0, KEY_BYTES);
}

export function keyOf(id: string): Buffer {
  const key = Buffer.alloc(KEY_BYTES);
  writeKey(id, key, 0);
  return key;
}
