/**
 * Classes of addresses, applied to every address that a name has. What can carry another address inside (mapped, NAT64, 6to4, Teredo, ISATAP) is
 * never dialled: it could name a refused one in disguise, and nothing on the internet needs it.
 */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

export type AddressClass = 'public' | 'private' | 'own' | 'never';

/** Where clouds hand out credentials, some of them outside the link-local ranges. */
const METADATA = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd20:ce::254',
  'fd00:42::42',
]);

/** May be dialled where a rule says so for the very name. */
const PRIVATE = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** All that is given out for hosts in IPv6 lies here. */
const GLOBAL_V6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** Documentation and special purposes that the library counts as ordinary, by registry of 2025. */
const NEVER_V6: readonly [ipaddr.IPv6, number][] = (
  [
    ['2001:db8::', 32],
    ['2001::', 23],
    ['3fff::', 20],
    ['2620:4f:8000::', 48],
  ] as const
).map(([address, bits]) => [ipaddr.IPv6.parse(address), bits]);

/** Services of one cloud to its machines, credentials among them, on more than one address. */
const CLOUD_V6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('fd00:ec2::'), 32];

/** An IPv4 address behind `0:5efe` is one of ISATAP. */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean => ((parts[4] ?? 0) & 0xfdff) === 0 && parts[5] === 0x5efe;

const isNeverV6 = (address: ipaddr.IPv6): boolean => address.match(CLOUD_V6) || isIsatap(address);

/** @param own canonical addresses of this machine */
export function classOf(text: string, own: ReadonlySet<string>): AddressClass {
  // A zone names an interface: only link-local addresses have one. The library reads short and octal forms, too.
  if (text.includes('%') || isIP(text) === 0) return 'never';
  const address = ipaddr.parse(text);
  const plain = address.toString();
  if (METADATA.has(plain) || (address instanceof ipaddr.IPv6 && isNeverV6(address))) return 'never';
  const range = address.range();
  if (PRIVATE.has(range)) return 'private';
  if (range !== 'unicast') return 'never';
  if (address instanceof ipaddr.IPv6 && (!address.match(GLOBAL_V6) || NEVER_V6.some((net) => address.match(net)))) return 'never';
  return own.has(plain) ? 'own' : 'public';
}

/** New addresses of this machine are known within this time. */
const OWN_MS = 5_000;

/** Addresses of this machine, looked up now and then: what listens on them is ours. */
export class OwnAddresses {
  readonly #now: () => number;
  readonly #list: () => readonly string[];
  #known: ReadonlySet<string> = new Set();
  #until = 0;

  constructor(now: () => number, list: () => readonly string[] = interfaceAddresses) {
    this.#now = now;
    this.#list = list;
  }

  get(): ReadonlySet<string> {
    if (this.#now() < this.#until) return this.#known;
    this.#known = new Set(this.#list().flatMap((text) => (ipaddr.isValid(text) ? [ipaddr.parse(text).toString()] : [])));
    this.#until = this.#now() + OWN_MS;
    return this.#known;
  }
}

const interfaceAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address.split('%')[0] ?? ''));
