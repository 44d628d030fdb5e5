/** Checks that a format carries in itself. A check that agrees makes a finding certain; where it must agree, one that does not ends it. */
import { bytesOfBase64, textOfBytes } from '../base64.ts';

/** `false`: no finding. `true`: a finding. A name: a finding of confidence 3, with the check that agreed. */
export type Verdict = boolean | string;
export type Check = (value: string) => Verdict;

const CRC = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 (IEEE) of ASCII text, unsigned. */
function crc32(text: string): number {
  let c = -1;
  for (let i = 0; i < text.length; i++) c = (CRC[(c ^ text.charCodeAt(i)) & 0xff] ?? 0) ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The six base-62 characters that close GitHub's and npm's tokens: CRC-32 of what stands between prefix and them. */
export function tokenChecksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let i = 0; i < 6; i++) {
    text = BASE62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Tokens of the shape prefix, underscore, 30 characters, checksum. Tokens without it are old or made up, and still reported. */
export const checksummed: Check = (value) => {
  const body = value.slice(value.indexOf('_') + 1);
  return tokenChecksum(body.slice(0, -6)) === body.slice(-6) ? 'crc32' : true;
};

function jsonOf(base64: string): unknown {
  const bytes = bytesOfBase64(base64);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(textOfBytes(bytes));
  } catch {
    return undefined;
  }
}

/** A JWT's header is a JSON object with `alg`; a text that only looks like one is none. */
export const jwtHeader: Check = (value) => {
  const header = jsonOf(value.slice(0, value.indexOf('.')));
  return typeof header === 'object' && header !== null && 'alg' in header ? 'jwt-header' : false;
};

/** Base64 of `user:password`, as in Docker's configuration and in Basic authorization. */
export const basicPair: Check = (value) => {
  const bytes = bytesOfBase64(value);
  const text = bytes === undefined ? '' : textOfBytes(bytes);
  return /^[\x20-\x39\x3b-\x7e]{0,120}:[\x20-\x7e]{3,200}$/.test(text) ? 'base64-pair' : false;
};

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [i, generator] of GENERATOR.entries()) if ((top >>> i) & 1) sum ^= generator;
  }
  return sum;
}

const expanded = (prefix: string): number[] => [
  ...[...prefix].map((char) => char.charCodeAt(0) >> 5),
  0,
  ...[...prefix].map((char) => char.charCodeAt(0) & 31),
];

/** The six characters that close a bech32 text of `prefix` and `data`, both in lower case. */
export function bech32Checksum(prefix: string, data: string): string {
  const values = [...expanded(prefix), ...[...data].map((char) => BECH32.indexOf(char))];
  const sum = polymod([...values, 0, 0, 0, 0, 0, 0]) ^ 1;
  return [5, 4, 3, 2, 1, 0].map((i) => BECH32.charAt((sum >>> (5 * i)) & 31)).join('');
}

/** age identities: bech32 in capitals. Reported without a valid checksum too, since nothing else has that prefix. */
export const bech32: Check = (value) => {
  const text = value.toLowerCase();
  const at = text.lastIndexOf('1');
  return bech32Checksum(text.slice(0, at), text.slice(at + 1, -6)) === text.slice(-6) ? 'bech32' : true;
};
