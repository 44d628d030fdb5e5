/** Base64 as it is found in the wild: standard or URL-safe, padded or not. The strict codec is the ledger's. */

const VALUES = new Int8Array(128).fill(-1);
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  VALUES[char.charCodeAt(0)] = value;
VALUES['-'.charCodeAt(0)] = 62;
VALUES['_'.charCodeAt(0)] = 63;

/** Bytes, or undefined when a character is no base64 or the length cannot be. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 61) length -= 1;
  if (length % 4 === 1 || text.length - length > 2) return undefined;
  const bytes = new Uint8Array((length * 3) >> 2);
  let [held, bits, at] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  return bytes;
}

const UNITS = Array.from({ length: 256 }, (_, unit) => String.fromCharCode(unit));

/** Bytes as Latin-1: what is not ASCII stays visible as one unit each. */
export function textOfBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at++) text += UNITS[bytes[at] ?? 0];
  return text;
}

/** Characters that tell whether the rest is worth decoding: most long runs are names and hashes. */
const PROBED = 16;
/** Bytes of those that must be text, or zeros between text. */
const READABLE_LEAST = 10;

const isReadable = (byte: number): boolean =>
  (byte >= 32 && byte < 127) || byte === 0 || byte === 9 || byte === 10 || byte === 13;

function hexValue(unit: number): number {
  if (unit >= 48 && unit <= 57) return unit - 48;
  const folded = unit | 32;
  return folded >= 97 && folded <= 102 ? folded - 87 : -1;
}

function hexHidesText(text: string, from: number): boolean {
  for (let i = from; i < from + PROBED; i += 2) {
    const [high, low] = [hexValue(text.charCodeAt(i)), hexValue(text.charCodeAt(i + 1))];
    if (high < 0 || low < 0 || !isReadable((high << 4) | low)) return false;
  }
  return true;
}

/** Whether what is at `from`, at least `PROBED` units of base 64, begins like text once it is decoded as base 64 or as hex. */
export function mayHideText(text: string, from: number): boolean {
  let readable = 0;
  for (let i = from; i < from + PROBED; i += 4) {
    let bits = 0;
    for (let k = 0; k < 4; k++) bits = (bits << 6) | ((VALUES[text.charCodeAt(i + k)] ?? 0) & 63);
    if (isReadable(bits >> 16)) readable += 1;
    if (isReadable((bits >> 8) & 255)) readable += 1;
    if (isReadable(bits & 255)) readable += 1;
  }
  return readable >= READABLE_LEAST || hexHidesText(text, from);
}
