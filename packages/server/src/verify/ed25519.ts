/**
 * Ed25519 by node:crypto. OpenSSL accepts public keys of small order, under which one constant signature fits every message, and
 * encodings that aren't canonical; both are refused here before a key is used.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** y coordinates of the points of order 1, 2, 4 and 8, little-endian hex without sign bit. */
const SMALL_ORDER_Y = new Set([
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** y >= 2^255 - 19: the same point has a smaller encoding. */
function isBeyondField(y: Buffer): boolean {
  return y[31] === 0x7f && (y[0] ?? 0) >= 0xed && y.subarray(1, 31).every((byte) => byte === 0xff);
}

/** A raw public key of 32 bytes, ready to verify with. Faults with `ledger.format` on small-order points and non-canonical encodings. */
export function importPublicKey(raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_BYTES) throw new Fault('ledger.format', 'An Ed25519 public key has 32 bytes');
  const y = Buffer.from(raw);
  y[31] = (y[31] ?? 0) & 0x7f;
  if (isBeyondField(y) || SMALL_ORDER_Y.has(y.toString('hex'))) {
    throw new Fault('ledger.format', 'An Ed25519 public key is a point of small order, or not in its canonical form');
  }
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

/** Raw public key of either half of a key pair, as vkeys carry it. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(
    (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length),
  );
}

export const signEd25519 = (privateKey: KeyObject, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, message, privateKey));

/** True only for a valid signature under an acceptable key. */
export function verifyEd25519(raw: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && verify(null, message, importPublicKey(raw), signature);
}
