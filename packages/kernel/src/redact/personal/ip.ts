/** Addresses of machines: IPv4, IPv6 (RFC 4291, with zones and mapped addresses) and MAC in its three notations. */

const HEX_GROUP = /^[0-9a-f]{1,4}$/i;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** Four decimal octets without leading zeros. */
export function isIpv4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
}

/** Sixteen-bit groups of one half of an address; -1 where one is malformed. The last may be an embedded IPv4. */
function groupCount(half: string, mayEmbed: boolean): number {
  if (half === '') return 0;
  const groups = half.split(':');
  const last = groups.at(-1) ?? '';
  const embedded = mayEmbed && last.includes('.');
  if (embedded && !isIpv4(last)) return -1;
  const plain = embedded ? groups.slice(0, -1) : groups;
  return plain.every((group) => HEX_GROUP.test(group)) ? plain.length + (embedded ? 2 : 0) : -1;
}

/** Eight groups, or fewer with one `::`. Without zone and prefix length. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const head = groupCount(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupCount(halves[1] ?? '', true) : 0;
  if (head < 0 || tail < 0) return false;
  return halves.length === 2 ? head + tail <= 7 : head === 8;
}

/** Addresses that name no machine in particular: loopback, unspecified, masks. */
export const isNobody4 = (text: string): boolean => /^(?:127\.|0\.0\.0\.0$|255\.)/.test(text);

const MAC = /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/i;

/** A MAC address that belongs to one card: neither all zero nor all one. */
export const isMac = (text: string): boolean => MAC.test(text) && !/^[0:.-]+$/.test(text) && !/^[f:.-]+$/i.test(text);
