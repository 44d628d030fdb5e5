/** 2025-11-25 and older: a session that is opened, used and ended. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ToolSession } from '../../../ports/tool-session.ts';
import type { Exchange } from '../exchange.ts';
import { CAPABILITIES, instructions, serverInfo } from '../list/introduction.ts';
import { resolveUri } from '../list/uris.ts';
import { mayFetch } from '../list/visible.ts';
import { INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND } from '../rpc/codes.ts';
import { isId, type RpcMessage, type RpcRequest } from '../rpc/message.ts';
import { isLogLevel, legacyClient } from './client.ts';
import { serveShared, SHARED_METHODS } from './shared.ts';
import { isLegacyVersion, LEGACY_VERSIONS } from './versions.ts';

export const SESSION_HEADER = 'mcp-session-id';

export async function serveLegacy(x: Exchange, message: RpcMessage): Promise<void> {
  if (message.kind === 'request' && message.method === 'initialize') return initialize(x, message);
  const session = await sessionOf(x);
  if (session === undefined) return;
  switch (message.kind) {
    case 'request':
      return serveRequest(x, session, message);
    case 'notification':
      return hear(x, session, message.method, message.params);
    case 'response': {
      const found = x.door.parked.answer(session.id, String(message.id), message.result);
      if (found) return x.plain(202);
      return x.refuse('request.not-found', 'Nothing was asked under this id, or not on this node.', {
        status: 404,
        rpc: INVALID_REQUEST,
      });
    }
  }
}

/** Undefined where the request was answered already: 400 where the session is missing, 404 where it is not (any more) the caller's. */
export async function sessionOf(x: Exchange): Promise<ToolSession | undefined> {
  const id = x.req.headers[SESSION_HEADER];
  const version = x.req.headers['mcp-protocol-version'];
  const refuse = async (code: 'request.invalid' | 'request.not-found', text: string): Promise<undefined> => {
    await x.refuse(code, text, { rpc: INVALID_REQUEST });
    return undefined;
  };
  if (typeof id !== 'string')
    return refuse('request.invalid', 'The header `Mcp-Session-Id` is missing. Open a session with `initialize`.');
  const session = await x.door.desk.find(x.known, id);
  if (session === undefined) return refuse('request.not-found', 'There is no such session. Open a new one with `initialize`.');
  if (version !== undefined && (typeof version !== 'string' || !isLegacyVersion(version)))
    return refuse('request.invalid', 'The header `MCP-Protocol-Version` does not name a version that sessions speak.');
  if (version !== undefined && version !== session.protocolVersion)
    return refuse('request.invalid', `This session speaks ${session.protocolVersion}.`);
  return session;
}

/** What a client says of itself is kept with its session: bounded. */
const DECLARED_CHARS_MAX = 8 * 1024;

async function initialize(x: Exchange, { params }: RpcRequest): Promise<void> {
  const { protocolVersion: wanted, capabilities, clientInfo } = params;
  if (typeof wanted !== 'string' || !isRecord(capabilities))
    return x.refuse('request.invalid', 'The params must hold `protocolVersion` and `capabilities`.', { rpc: INVALID_PARAMS });
  if (JSON.stringify([capabilities, clientInfo ?? {}]).length > DECLARED_CHARS_MAX)
    return x.refuse('request.invalid', 'The client says more of itself than is kept.', { rpc: INVALID_PARAMS });
  const protocolVersion = isLegacyVersion(wanted) ? wanted : LEGACY_VERSIONS[0];
  const opening = { protocolVersion, capabilities, clientInfo: isRecord(clientInfo) ? clientInfo : {} };
  const id = await x.door.desk.open(x.known, opening);
  const answer = x.answer();
  answer.header('mcp-session-id', id);
  answer.result({
    protocolVersion,
    capabilities: CAPABILITIES,
    serverInfo: serverInfo(x.door.version),
    instructions: instructions(x),
  });
}

async function serveRequest(x: Exchange, session: ToolSession, message: RpcRequest): Promise<void> {
  const client = legacyClient(session);
  const { method, params } = message;
  if (SHARED_METHODS.has(method)) return serveShared(x, client, message);
  switch (method) {
    case 'ping':
      return x.answer().result({});
    case 'logging/setLevel':
      return setLevel(x, session, params);
    case 'resources/subscribe':
      return subscribe(x, session, params);
    case 'resources/unsubscribe':
      if (typeof params['uri'] === 'string') x.door.listeners.unsubscribe(session.id, params['uri']);
      return x.answer().result({});
    default:
      await x.record('request.unsupported', `The method \`${method}\` is not known here.`);
      return x.answer().error({ code: METHOD_NOT_FOUND, message: `Countersign: the method \`${method}\` is not known here.` });
  }
}

async function setLevel(x: Exchange, session: ToolSession, { level }: JsonRecord): Promise<void> {
  if (typeof level !== 'string' || !isLogLevel(level))
    return x.refuse('request.invalid', 'The member `level` must be a log level.', { rpc: INVALID_PARAMS });
  await x.door.desk.change(session, { logLevel: level });
  x.answer().result({});
}

async function subscribe(x: Exchange, session: ToolSession, { uri }: JsonRecord): Promise<void> {
  const found = typeof uri === 'string' ? resolveUri(uri) : undefined;
  const server = found === undefined ? undefined : x.door.catalogue.current().servers.get(found.server);
  if (typeof uri !== 'string' || server === undefined || !mayFetch(x, server))
    return x.refuse('request.not-found', 'Nobody offers that here.', { status: 200, rpc: INVALID_PARAMS });
  if (!x.door.listeners.subscribe(session.id, uri))
    return x.refuse('request.rate-limited', 'The session watches as many resources as it may.', {
      status: 200,
      rpc: INVALID_PARAMS,
    });
  x.answer().result({});
}

async function hear(x: Exchange, session: ToolSession, method: string, params: JsonRecord): Promise<void> {
  const { requestId } = params;
  if (method === 'notifications/initialized' && !session.ready) await x.door.desk.change(session, { ready: true });
  if (method === 'notifications/cancelled' && isId(requestId)) x.door.inFlight.cancel(session.id, requestId);
  x.plain(202);
}
