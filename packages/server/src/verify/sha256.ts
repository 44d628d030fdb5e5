import { hash } from 'node:crypto';

/** One call into OpenSSL, without a hash object. A text of 32 characters and a pooled buffer cost less than the buffer that it would make. */
export const sha256 = (bytes: Uint8Array): Uint8Array => Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
