/** Headers on their way through: what belongs to one hop stays behind, framing and `host` are always ours. */
import { type Header, listOf } from './head.ts';

/** Of one connection (RFC 9110, 7.6.1), and what is said to a proxy. */
const HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Members of `connection` that would take away what a message is read by. */
const NEVER_HOP: ReadonlySet<string> = new Set(['host', 'content-length', 'authorization', 'cookie']);

/** True where the message asks for a header to be dropped that must not be. */
export const dropsTooMuch = (headers: readonly Header[]): boolean =>
  listOf(headers, 'connection').some((name) => NEVER_HOP.has(name));

export function endToEnd(headers: readonly Header[], without: ReadonlySet<string>): Header[] {
  const named = new Set(listOf(headers, 'connection'));
  return headers.filter(({ key }) => !HOP.has(key) && !named.has(key) && !without.has(key));
}

export const header = (name: string, value: string): Header => ({ name, key: name.toLowerCase(), value });

/** @param start without its line end */
export const headBytes = (start: string, headers: readonly Header[]): Buffer =>
  Buffer.from(`${start}\r\n${headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1');

/** The connection may be used again. */
export function keepsAlive(head: { readonly minor: 0 | 1; readonly headers: readonly Header[] }): boolean {
  const said = [...listOf(head.headers, 'connection'), ...listOf(head.headers, 'proxy-connection')];
  if (said.includes('close')) return false;
  return head.minor === 1 || said.includes('keep-alive');
}
