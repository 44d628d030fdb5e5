/** The digest by which an entry refers to a payload that lives outside the ledger. */
import { concatBytes, formatFault, type Sha256 } from './hash.ts';
import { hexEncode } from './base64.ts';

/** Random bytes before each payload: without them anyone could guess short text and compare digests. */
export const BLIND_BYTES = 32;

/** SHA-256(blind || payload) in hex. `blind` is 32 random bytes, used once. */
export function payloadDigest(blind: Uint8Array, payload: Uint8Array, sha256: Sha256): string {
  if (blind.length !== BLIND_BYTES) throw formatFault('A blind is 32 bytes long');
  return hexEncode(sha256(concatBytes([blind, payload])));
}
