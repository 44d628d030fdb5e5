import { hash } from 'node:crypto';
import type { Sha256 } from '@countersign/kernel/ledger';

/** One call, no hash object. */
export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer');
