/** The tool door: one MCP server for agents, both eras on one address. It knows the road and its own protocol, and no other door. */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRecord } from '@countersign/kernel/json';
import { CLAIMS_PROBLEMS, readClaims, traceIn } from '../wire/claims.ts';
import { isProblem, parseBody } from '../wire/parse.ts';
import { BODY_TIMEOUT_MS, readBody, type ReadProblem } from '../wire/read.ts';
import { BodyRoom } from '../wire/room.ts';
import { Seal } from './approval/seal.ts';
import { Rates } from './call/rate.ts';
import { SchemaShelf } from './call/schema.ts';
import { DOOR, type DoorState, type ToolDoorDeps } from './deps.ts';
import { InFlight } from './era/in-flight.ts';
import { serveLegacy, SESSION_HEADER, sessionOf } from './era/legacy.ts';
import { serveModern } from './era/modern.ts';
import { SessionDesk } from './era/sessions.ts';
import { META_VERSION, MODERN_VERSION } from './era/versions.ts';
import { Exchange } from './exchange.ts';
import { ParkedQuestions } from './input/parked.ts';
import { Shelf } from './list/shelf.ts';
import { exposeUri } from './list/uris.ts';
import { isMetadataPath, MCP_PATH, metadata } from './metadata.ts';
import { INVALID_REQUEST, PARSE_ERROR } from './rpc/codes.ts';
import { readMessage, type RpcMessage, type RpcRequest } from './rpc/message.ts';
import { serveGet } from './stream/get.ts';
import { Listeners } from './stream/listeners.ts';
import { Ticker } from './stream/ticker.ts';

export interface ToolDoor {
  /** Answers a request for which `matches` is true. Never throws, never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** @param path with or without query */
  matches(path: string, method: string | undefined): boolean;
  /** Ends open streams; waits for what runs without a request that waits for it. */
  close(): Promise<void>;
}

/** Arguments larger than this are files, and belong into a repository. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** @throws RangeError for a `stateKey` of another length than 32 bytes */
export function createToolDoor(deps: ToolDoorDeps): ToolDoor {
  const door: DoorState = {
    ...deps,
    reads: deps.limits ?? { bytesMax: BODY_BYTES_MAX, timeoutMs: deps.bodyMs ?? BODY_TIMEOUT_MS },
    room: new BodyRoom(),
    seal: new Seal(deps.stateKey),
    schemas: new SchemaShelf(),
    rates: new Rates(),
    desk: new SessionDesk(deps.sessions, deps.clock),
    inFlight: new InFlight(),
    parked: new ParkedQuestions(),
    lists: new Shelf(),
    listeners: new Listeners(),
    background: new Set(),
    closing: new AbortController(),
  };
  // As many as there are tasks and looks at approvals; those are bounded themselves.
  setMaxListeners(0, door.closing.signal);
  const ticker = new Ticker(door);
  door.catalogue.onChange(() => ticker.listsChanged());
  door.upstreams.onChange((server, what, uri) => {
    if (what === 'resource' && uri !== undefined) door.listeners.tellResource(exposeUri(server, uri));
  });
  return {
    handle: (req, res) => handle(door, req, res),
    matches: (path) => isOurs(pathOf(path)),
    close: async () => {
      ticker.stop();
      door.closing.abort();
      door.listeners.endAll();
      await Promise.allSettled([...door.background]);
    },
  };
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? url;
const isOurs = (path: string): boolean => path === MCP_PATH || isMetadataPath(path);

function handle(door: DoorState, req: IncomingMessage, res: ServerResponse): void {
  const x = new Exchange(door, req, res);
  // Late errors of a connection that is gone have their effect through `close`.
  res.on('error', () => undefined);
  serve(x).catch((thrown: unknown) => x.fault(thrown));
}

/** Pages of strangers must not reach a server on somebody's machine or network with that person's browser. */
function isForeign({ origins, publicUrl }: DoorState, { headers }: IncomingMessage): boolean {
  const { origin } = headers;
  if (origin === undefined) return false;
  return origin !== originOf(publicUrl()) && origins?.includes(origin) !== true;
}

const originOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).origin : undefined);

/** Addresses end up in logs and histories: a credential in one is not read, and not passed over in silence. */
const TOKEN_IN_QUERY = /(?:^|[?&])(?:access_token|token|bearer|api[-_]?key|key|authorization|mcp-session-id)=/i;

async function serve(x: Exchange): Promise<void> {
  const { door, req } = x;
  if (isForeign(door, req)) return x.refuse('identity.forbidden', 'Pages of this origin may not call.');
  const url = req.url ?? '/';
  if (isMetadataPath(pathOf(url))) return serveMetadata(x);
  if (TOKEN_IN_QUERY.test(url)) return x.refuse('request.invalid', 'Credentials belong into headers, never into an address.');
  const claims = readClaims(req);
  if (typeof claims === 'string')
    return x.refuse(claims === 'credentials-differ' ? 'identity.invalid' : 'request.invalid', CLAIMS_PROBLEMS[claims]);
  const identified = await door.road.identify(claims.presented, { door: DOOR, trace: x.trace });
  if (!identified.ok) return x.unauthorized(identified.denial);
  x.caller = identified.caller;
  x.claims = claims;
  if (req.method === 'POST') return servePost(x);
  return serveVerb(x);
}

function serveMetadata(x: Exchange): void {
  const { req, res } = x;
  if (req.method !== 'GET' && req.method !== 'HEAD') return x.plain(405, { allow: 'GET, HEAD' });
  const bytes = Buffer.from(JSON.stringify(metadata(x.door)));
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    'cache-control': 'max-age=300',
  });
  res.end(req.method === 'HEAD' ? undefined : bytes);
}

/** GET and DELETE are for sessions; without one there is nothing to hear and nothing to end. */
async function serveVerb(x: Exchange): Promise<void> {
  const { headers, method } = x.req;
  const modern = headers['mcp-protocol-version'] === MODERN_VERSION;
  const legacy = headers[SESSION_HEADER] !== undefined || headers['mcp-protocol-version'] !== undefined;
  if (modern || !legacy || (method !== 'GET' && method !== 'DELETE'))
    return x.plain(405, { allow: legacy && !modern ? 'GET, POST, DELETE' : 'POST' });
  const session = await sessionOf(x);
  if (session === undefined) return;
  if (method === 'GET') return serveGet(x, session, String(headers[SESSION_HEADER]));
  await x.door.desk.end(session);
  x.door.listeners.endSession(session.id);
  x.plain(204);
}

const READ_PROBLEMS: Readonly<
  Record<ReadProblem, readonly ['request.too-large' | 'request.timeout' | 'request.invalid' | 'request.rate-limited', string]>
> = {
  'too-large': ['request.too-large', 'The body is larger than this door accepts.'],
  timeout: ['request.timeout', 'The body did not arrive in time.'],
  // Nobody may be left to hear it, but it is on record.
  gone: ['request.invalid', 'The connection ended before the body did.'],
  busy: ['request.rate-limited', 'The door holds as many bodies as it can. Try again in a moment.'],
};

async function servePost(x: Exchange): Promise<void> {
  const unfit = mediaProblem(x.req);
  if (unfit !== undefined) return x.refuse('request.media-type', unfit.text, { status: unfit.status });
  const { reads, room } = x.door;
  const bytes = await readBody(x.req, reads, room);
  if (typeof bytes === 'string') return x.refuse(...READ_PROBLEMS[bytes], { rpc: INVALID_REQUEST });
  if (x.res.closed) room.give(bytes.length);
  else x.res.once('close', () => room.give(bytes.length));
  const body = parseBody(bytes);
  if (isProblem(body)) return x.refuse(body.code, body.message, { rpc: body.unreadable ? PARSE_ERROR : INVALID_REQUEST });
  const message = readMessage(body.json);
  if (typeof message === 'string') return x.refuse('request.invalid', message, { rpc: INVALID_REQUEST });
  if (message.kind === 'request') {
    x.id = message.id;
    x.trace = traceOfMessage(message) ?? x.trace;
  }
  return dispatch(x, message);
}

function mediaProblem({ headers }: IncomingMessage): { readonly text: string; readonly status: number } | undefined {
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? ''))
    return { text: 'The body must be `application/json`.', status: 415 };
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
    return { text: 'The body must not be compressed.', status: 415 };
  if (takesBoth(headers.accept)) return undefined;
  return { text: 'The request must accept `application/json` and `text/event-stream`.', status: 406 };
}

function traceOfMessage({ params }: RpcRequest): string | undefined {
  const meta = params['_meta'];
  const parent = isRecord(meta) ? meta['traceparent'] : undefined;
  return typeof parent === 'string' ? traceIn(parent) : undefined;
}

const takesBoth = (accept = '*/*'): boolean =>
  /\*\/\*/.test(accept) || (/application\/(?:json|\*)/.test(accept) && /text\/(?:event-stream|\*)/.test(accept));

/**
 * Each request by itself: a client of both eras tries the newer one first, so what it sent before proves nothing. An envelope needs no session,
 * `initialize` opens one, and everything else belongs to one.
 */
function dispatch(x: Exchange, message: RpcMessage): Promise<void> | void {
  const { headers } = x.req;
  const modern = headers['mcp-protocol-version'] === MODERN_VERSION || hasEnvelope(message);
  if (message.kind === 'request' && modern) return serveModern(x, message);
  // Without a session a notification has nobody to tell; a response to nothing is no message there.
  if (message.kind === 'notification' && modern) return x.plain(202);
  if (message.kind === 'response' && modern)
    return x.refuse('request.invalid', 'A response is sent within a session only.', { rpc: INVALID_REQUEST });
  return serveLegacy(x, message);
}

function hasEnvelope(message: RpcMessage): boolean {
  if (message.kind === 'response') return false;
  const meta = message.params['_meta'];
  return isRecord(meta) && meta[META_VERSION] !== undefined;
}
