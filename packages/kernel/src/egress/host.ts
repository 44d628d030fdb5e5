/**
 * One canonical form of a host, computed once and used for the decision, the dial and the record. Two parsers that disagree about a name
 * are how other proxies were passed, so what could be read in two ways is refused, never converted.
 */

export interface CanonicalHost {
  readonly kind: 'name' | 'ipv4' | 'ipv6';
  /** Lower case, no trailing dot; an IPv6 address without brackets, in the form of RFC 5952. */
  readonly host: string;
}

export type HostProblem =
  | 'empty'
  | 'too-long'
  | 'character' // a byte that no host has
  | 'label' // a label that is empty, too long, or begins or ends with a hyphen
  | 'number' // one of the forms of inet_aton that is not four plain decimals
  | 'ipv6';

const NAME_CHARS_MAX = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
/** What inet_aton and the URL standard take for a number, and so for an address: `10`, `0x7f`, `0x`. */
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/;

/**
 * @param text ASCII, as it came; an IPv6 address may stand in brackets. Names of other scripts come in their `xn--` form or not at all
 */
export function canonicalHost(text: string): CanonicalHost | HostProblem {
  if (text === '') return 'empty';
  // With brackets and the longest form of an address this is still plenty.
  if (text.length > NAME_CHARS_MAX + 1) return 'too-long';
  if (/^\[|:/.test(text)) return ipv6(/^\[.*\]$/.exec(text)?.[0].slice(1, -1) ?? text);
  return named(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

function named(lower: string): CanonicalHost | HostProblem {
  if (!/^[a-z0-9._-]+$/.test(lower)) return 'character';
  const host = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  if (host.length > NAME_CHARS_MAX) return 'too-long';
  const labels = host.split('.');
  // An address with a trailing dot is one to some parsers and a name to others.
  if (NUMERIC_LABEL.test(labels.at(-1) ?? '')) return lower === host ? ipv4(labels) : 'number';
  return labels.every((label) => LABEL.test(label)) ? { kind: 'name', host } : 'label';
}

export const isHost = (value: CanonicalHost | HostProblem): value is CanonicalHost => typeof value !== 'string';

function ipv4(labels: readonly string[]): CanonicalHost | HostProblem {
  if (labels.length !== 4) return 'number';
  return labels.every((label) => OCTET.test(label) && Number(label) <= 255) ? { kind: 'ipv4', host: labels.join('.') } : 'number';
}

const GROUPS = 8;

function ipv6(text: string): CanonicalHost | HostProblem {
  if (!/^[0-9a-fA-F:.]+$/.test(text)) return 'ipv6';
  const halves = text.split('::');
  if (halves.length > 2) return 'ipv6';
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return 'ipv6';
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return 'ipv6';
  return { kind: 'ipv6', host: compress([...head, ...Array<number>(missing).fill(0), ...tail]) };
}

/** @param last an IPv4 tail may stand here */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const octets = part.split('.');
      if (!last || index !== parts.length - 1 || typeof ipv4(octets) === 'string') return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = octets.map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    }
  }
  return groups;
}

/** The longest run of zeros, of at least two and the first of equals, becomes `::`. */
function compress(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length += 1;
    if (length > best.length) best = { at, length };
    at += length;
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.at === -1) return hex.join(':');
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`;
}
