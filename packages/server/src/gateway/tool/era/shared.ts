/** What clients of both eras ask for: lists, tools, prompts, resources and completions. */
import { serveFetch, serveTool } from '../call/serve.ts';
import type { Exchange } from '../exchange.ts';
import { LISTS, serveList } from '../list/listing.ts';
import { targetOf } from '../list/targets.ts';
import { INVALID_PARAMS } from '../rpc/codes.ts';
import type { RpcRequest } from '../rpc/message.ts';
import type { Client } from './client.ts';

const FETCHES = ['prompts/get', 'resources/read', 'completion/complete'] as const;

export const SHARED_METHODS: ReadonlySet<string> = new Set([...LISTS, 'tools/call', ...FETCHES]);

/** @param message of one of `SHARED_METHODS` */
export function serveShared(x: Exchange, client: Client, message: RpcRequest): Promise<void> {
  const { method } = message;
  if (LISTS.has(method)) return serveList(x, client, message);
  return method === 'tools/call' ? serveTool(x, client, message) : serveTarget(x, client, message);
}

async function serveTarget(x: Exchange, client: Client, message: RpcRequest): Promise<void> {
  const target = targetOf(x.door.catalogue.current(), message.method, message.params);
  if (typeof target === 'string') return x.refuse('request.invalid', target, { rpc: INVALID_PARAMS });
  if (target !== undefined) return serveFetch(x, client, message, target);
  const missing = message.method === 'resources/read' && client.era === 'legacy' ? RESOURCE_NOT_FOUND : INVALID_PARAMS;
  const { uri } = message.params;
  const more = typeof uri === 'string' && uri.length <= ECHO_CHARS_MAX ? { uri } : {};
  return x.refuse('request.not-found', 'Nobody offers that here.', { status: 200, rpc: missing, more });
}

/** A longer address is nobody's, and is not said back. */
const ECHO_CHARS_MAX = 2_048;

/** Of 2025-11-25 and older. */
const RESOURCE_NOT_FOUND = -32002;
