import { hash } from 'node:crypto';
import type { Sha256 } from '@countersign/kernel/ledger';

/** One call, no hash object. A text of 32 characters and a pooled buffer cost less than the buffer that it would make. */
export const sha256: Sha256 = (bytes) => Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
