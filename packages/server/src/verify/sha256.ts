import { hash } from 'node:crypto';

/** One call into OpenSSL, without a hash object. */
export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
