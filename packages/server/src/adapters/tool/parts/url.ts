/** The address of a server that is reached over HTTP. */
import type { ToolServerRecord } from '../../../ports/registry.ts';
import { Failed } from '../failed.ts';

/** @throws Failed unresolved */
export function plainUrl({ id, transport }: ToolServerRecord): URL {
  const text = 'url' in transport ? transport.url : '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new Failed('unresolved', `the URL of tool server ${id} is no plain http(s) address`, { sent: false });
}
