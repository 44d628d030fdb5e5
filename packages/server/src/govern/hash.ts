/** Digests and blinds of the road, by node:crypto. */
import { hash, randomFillSync } from 'node:crypto';
import { BLIND_BYTES } from '@countersign/kernel/ledger';

export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

/** One call to the system for 128 blinds: drawing each one by itself costs more than the digest it is for. */
const POOL_BLINDS = 128;
const pool = new Uint8Array(BLIND_BYTES * POOL_BLINDS);
let used = POOL_BLINDS;

/** 32 fresh random bytes. */
export function newBlind(): Uint8Array {
  if (used === POOL_BLINDS) {
    randomFillSync(pool);
    used = 0;
  }
  const blind = pool.slice(used * BLIND_BYTES, (used + 1) * BLIND_BYTES);
  used += 1;
  return blind;
}
