/** UTF-8, strict in both directions: lone surrogates and malformed sequences are faults, never replacement characters. */
import { formatFault } from './hash.ts';

/** Arguments per `fromCharCode` call: well below every runtime's limit. */
const CHUNK = 8_192;

/** Bytes of `text`. Faults with `ledger.format` on a lone surrogate. */
export function utf8Encode(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      out[at++] = unit;
    } else if (unit < 0x800) {
      out[at++] = 0xc0 | (unit >> 6);
      out[at++] = 0x80 | (unit & 0x3f);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      out[at++] = 0xe0 | (unit >> 12);
      out[at++] = 0x80 | ((unit >> 6) & 0x3f);
      out[at++] = 0x80 | (unit & 0x3f);
    } else {
      const point = surrogatePair(unit, text.charCodeAt(++i));
      out[at++] = 0xf0 | (point >> 18);
      out[at++] = 0x80 | ((point >> 12) & 0x3f);
      out[at++] = 0x80 | ((point >> 6) & 0x3f);
      out[at++] = 0x80 | (point & 0x3f);
    }
  }
  return out.slice(0, at);
}

function surrogatePair(high: number, low: number): number {
  // `low` is NaN at the end of the text; both comparisons are then false.
  if (high > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) throw formatFault('The text holds half of a surrogate pair');
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/** Text of `bytes`; a byte order mark is kept as a character. Faults with `ledger.format` on anything that is not well-formed UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++] ?? 0;
    if (first < 0x80) {
      units[count++] = first;
      continue;
    }
    const extra = continuationCount(first);
    const point = codePoint(bytes, i, first, extra);
    i += extra;
    if (point > 0xffff) {
      units[count++] = 0xd800 + ((point - 0x10000) >> 10);
      units[count++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    } else {
      units[count++] = point;
    }
  }
  return textOf(units, count);
}

function continuationCount(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  if (first >= 0xf0 && first <= 0xf4) return 3;
  throw formatFault('The bytes are not UTF-8');
}

/** Least code point that needs one, two and three continuation bytes: anything below is an overlong form. */
const LEAST = [0, 0x80, 0x800, 0x10000] as const;

function codePoint(bytes: Uint8Array, from: number, first: number, extra: number): number {
  let point = first & (0x3f >> extra);
  for (let k = 0; k < extra; k++) {
    const next = bytes[from + k] ?? 0;
    if ((next & 0xc0) !== 0x80) throw formatFault('The bytes are not UTF-8');
    point = (point << 6) | (next & 0x3f);
  }
  if (point < (LEAST[extra] ?? 0) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    throw formatFault('The bytes are not UTF-8');
  }
  return point;
}

function textOf(units: Uint16Array, count: number): string {
  let text = '';
  for (let at = 0; at < count; at += CHUNK) text += String.fromCharCode(...units.subarray(at, Math.min(at + CHUNK, count)));
  return text;
}
