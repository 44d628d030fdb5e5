/** IP addresses and ranges. A range may have host bits: it is not equal to its network, but lies in the range of it. */
import { EXTENSION_FAILURE } from '../fail.ts';

/** Longest text of an address with its prefix. */
const TEXT_LENGTH_MAX = 43;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/;

/** A v4 address is a number, which is much cheaper than a bigint; a v6 address needs one. */
export class IpAddress {
  readonly version: 4 | 6;
  readonly address: number | bigint;
  readonly prefix: number;

  constructor(version: 4 | 6, address: number | bigint, prefix: number) {
    this.version = version;
    this.address = address;
    this.prefix = prefix;
  }

  isSameAs(other: IpAddress): boolean {
    return this.version === other.version && this.prefix === other.prefix && this.address === other.address;
  }

  /** Every address of this range is one of `other`'s; addresses of different versions never are. */
  isInRange(other: IpAddress): boolean {
    if (this.version !== other.version || this.prefix < other.prefix) return false;
    return networkOf(this.address, other.prefix) === networkOf(other.address, other.prefix);
  }

  isLoopback(): boolean {
    return this.version === 4
      ? this.prefix >= 8 && networkOf(this.address, 8) === 127
      : this.prefix === 128 && this.address === 1n;
  }

  isMulticast(): boolean {
    return this.version === 4
      ? this.prefix >= 4 && networkOf(this.address, 4) === 14
      : this.prefix >= 8 && networkOf(this.address, 8) === 255n;
  }
}

/** The leading `bits` of an address, as a number or bigint like the address itself. */
function networkOf(address: number | bigint, bits: number): number | bigint {
  if (typeof address === 'bigint') return address >> BigInt(V6_BITS - bits);
  // A shift by 32 would be one by 0.
  return bits === 0 ? 0 : address >>> (V4_BITS - bits);
}

const V4_BITS = 32;
const V6_BITS = 128;
const widthOf = (version: 4 | 6): number => (version === 4 ? V4_BITS : V6_BITS);

const DOT = 46;
const ZERO = 48;

/** Four decimal octets without leading zeros, read digit by digit. */
function parseV4(text: string): number | undefined {
  let address = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) return undefined;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return undefined;
    } else {
      if (code !== DOT || octet < 0 || dots === 3) return undefined;
      address = address * 256 + octet;
      octet = -1;
      dots += 1;
    }
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : undefined;
}

/** Groups between colons; an empty text has none, and anything that is not a group makes it undefined. */
function groupsOf(text: string): string[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => GROUP.test(group)) ? groups : undefined;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '');
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // `::` stands for one group at least; without it all eight must be there.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  return groups.reduce((address, group) => (address << 16n) | BigInt(`0x${group}`), 0n);
}

/** v4 or v6 with an optional prefix, no leading zeros in octets and prefix, no zone, no embedded v4; anything else is an extension failure. */
export function parseIp(text: string): IpAddress {
  if (text.length > TEXT_LENGTH_MAX) throw EXTENSION_FAILURE;
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const version = bare.includes(':') ? 6 : 4;
  const address = version === 6 ? parseV6(bare) : parseV4(bare);
  if (address === undefined) throw EXTENSION_FAILURE;
  if (slash < 0) return new IpAddress(version, address, widthOf(version));
  const prefix = text.slice(slash + 1);
  if (!PREFIX.test(prefix) || Number(prefix) > widthOf(version)) throw EXTENSION_FAILURE;
  return new IpAddress(version, address, Number(prefix));
}
