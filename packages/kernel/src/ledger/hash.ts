/** What the ledger needs of cryptography comes in as functions, so that the kernel runs in Node and in the browser alike. */
import { Fault } from '../fault.ts';

/** Synchronous SHA-256: any bytes in, 32 bytes out. Must not keep a reference to its input. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** Largest tree size and index that JavaScript numbers hold exactly (the formats allow 2^63 - 1). */
export const TREE_SIZE_MAX = Number.MAX_SAFE_INTEGER;

export const formatFault = (text: string): Fault => new Fault('ledger.format', text);
export const proofFault = (text: string): Fault => new Fault('ledger.proof', text);

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Refuses anything but a whole number in 0..TREE_SIZE_MAX. `what` names the number in the fault. */
export function checkTreeNumber(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw proofFault(`\`${what}\` is not a whole number between 0 and 2^53 - 1`);
}

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** ASCII decimal without sign or leading zero, up to 2^53 - 1. */
export function parseDecimal(text: string, what: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw formatFault(`\`${what}\` is not a plain decimal number up to 2^53 - 1`);
  return value;
}
