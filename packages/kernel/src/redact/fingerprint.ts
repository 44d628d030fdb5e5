/** HMAC-SHA256 (RFC 2104) over a hash that the caller brings. Values that were found leave this room only as its output. */
import { concatBytes, hexEncode, type Sha256, utf8Encode } from '../ledger/index.ts';

/** Bytes of SHA-256's input block. */
const BLOCK_BYTES = 64;

/** Text in, 64 hex digits out. */
export type Hmac = (text: string) => string;

// Text of any origin must have a fingerprint: half of a pair counts as the replacement character.
const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** @param key the tenant's; any length, 32 bytes are sensible */
export function makeHmac(sha256: Sha256, key: Uint8Array): Hmac {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return (text) => {
    const bytes = utf8Encode(text.replace(LONE, '\uFFFD'));
    return hexEncode(sha256(concatBytes([outer, sha256(concatBytes([inner, bytes]))])));
  };
}

/** Results that are kept by `remembering`. */
const REMEMBERED_MAX = 10_000;

/** The same function for one text or stream, in which the same value often comes again. */
export function remembering(hmac: Hmac): Hmac {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= REMEMBERED_MAX) known.clear();
    const result = hmac(text);
    known.set(text, result);
    return result;
  };
}
