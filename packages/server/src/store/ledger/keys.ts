/** Ids as the ledger's indexes hold them: 16 bytes, since every entry pays for them. */
import { hash } from 'node:crypto';

export const KEY_BYTES = 16;

const UUID = /^(?:[a-z]{1,8}_)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;

/**
 * A UUID with or without dashes and prefix gives its own bytes, so that keys made in order stay in order; any other id gives the start
 * of its SHA-256. Ids of different kinds may share a key: whoever looks up compares the whole id with the entry found.
 */
export function keyOf(id: string): Buffer {
  const parts = UUID.exec(id);
  if (parts !== null) return Buffer.from(parts.slice(1).join(''), 'hex');
  return hash('sha256', id, 'buffer').subarray(0, KEY_BYTES);
}
