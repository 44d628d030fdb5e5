/**
 * Which addresses may be dialled. Refused in any case are those that no tool server has: link-local and metadata addresses, multicast,
 * documentation, and every form of IPv6 that carries an IPv4 address and so could name a refused one in disguise.
 */
import { BlockList, isIP } from 'node:net';

/** Addresses at which clouds hand out credentials, some of them outside the link-local ranges. */
const METADATA = ['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'];

const NEVER: readonly (readonly [net: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::ffff:0:0', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['5f00::', 16],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const PRIVATE: readonly (readonly [net: string, prefix: number])[] = [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
];

/** Lists by family: one list would find an IPv4 range in a mapped IPv6 address. */
function listOf(nets: readonly (readonly [string, number])[]): { readonly ipv4: BlockList; readonly ipv6: BlockList } {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [net, prefix] of nets) {
    const family = net.includes(':') ? 'ipv6' : 'ipv4';
    lists[family].addSubnet(net, prefix, family);
  }
  return lists;
}

const NEVER_LIST = listOf([...NEVER, ...METADATA.map((address) => [address, address.includes(':') ? 128 : 32] as const)]);
const PRIVATE_LIST = listOf(PRIVATE);
/** `::a.b.c.d`, long deprecated; `::1` is among them. */
const COMPATIBLE = listOf([['::', 96]]);

/** @returns why the address is refused; undefined where it may be dialled */
export function refusedAddress(address: string, privateAddresses: boolean): string | undefined {
  const bare = address.split('%')[0] ?? '';
  const version = isIP(bare);
  if (version === 0) return 'no address';
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (NEVER_LIST[family].check(bare, family)) return 'an address that is never dialled';
  if (PRIVATE_LIST[family].check(bare, family)) return privateAddresses ? undefined : 'a private or loopback address';
  return COMPATIBLE[family].check(bare, family) ? 'an address that is never dialled' : undefined;
}
