/** Addresses of cryptocurrencies: base58check (Bitcoin and its kin), bech32 and bech32m (BIP 173, BIP 350), Ethereum. */
import { sha256 } from './sha256.ts';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
/** Versions of addresses: Bitcoin P2PKH and P2SH, Litecoin, Dogecoin. */
const VERSIONS = new Set([0x00, 0x05, 0x30, 0x32, 0x1e, 0x16]);
const PREFIXES = new Set(['bc', 'tb', 'bcrt', 'ltc', 'tltc']);

/** 25 bytes of a base58 text, or undefined where it has another length. */
function base58(text: string): Uint8Array | undefined {
  let value = 0n;
  for (const unit of text) {
    const index = BASE58.indexOf(unit);
    if (index < 0) return undefined;
    value = value * 58n + BigInt(index);
  }
  const bytes = new Uint8Array(25);
  for (let at = 24; at >= 0; at -= 1, value >>= 8n) bytes[at] = Number(value & 0xffn);
  const zeros = /^1*/.exec(text)?.[0].length ?? 0;
  const leading = bytes.findIndex((byte) => byte !== 0);
  return value === 0n && leading === zeros ? bytes : undefined;
}

/** Base58 of a version, 20 bytes and the first four bytes of their double hash. */
export function isBase58Address(text: string): boolean {
  const bytes = text.length >= 25 && text.length <= 35 ? base58(text) : undefined;
  if (bytes === undefined || !VERSIONS.has(bytes[0] ?? 0xff)) return false;
  const check = sha256(sha256(bytes.slice(0, 21)));
  return [0, 1, 2, 3].every((at) => check[at] === bytes[21 + at]);
}

const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function polymod(values: readonly number[]): number {
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, bit) => {
      if ((top >>> bit) & 1) check ^= generator;
    });
  }
  return check;
}

/** A segwit address: one case, known prefix, checksum of its version. */
export function isBech32Address(text: string): boolean {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return false;
  const split = lower.lastIndexOf('1');
  const prefix = lower.slice(0, split);
  if (!PREFIXES.has(prefix) || lower.length < split + 8 || lower.length > 90) return false;
  const data = Array.from(lower.slice(split + 1), (unit) => BECH32.indexOf(unit));
  if (data.some((value) => value < 0)) return false;
  const units = Array.from(prefix, (unit) => unit.charCodeAt(0));
  const check = polymod([...units.map((unit) => unit >> 5), 0, ...units.map((unit) => unit & 31), ...data]);
  return check === (data[0] === 0 ? 1 : 0x2bc830a3);
}

/** Twenty bytes in hex. Without the checksum in its letters' case, which many writers leave out. */
export const isEthereumAddress = (text: string): boolean => /^0x[0-9a-fA-F]{40}$/.test(text) && !/^0x(.)\1{39}$/.test(text);
