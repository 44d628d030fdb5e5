/** The model door: node:http in, one governed act out. It knows the road and its own wire formats, and no other door. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { BodyRoom } from '../wire/room.ts';
import { BODY_BYTES_MAX, BODY_TIMEOUT_MS, readBody, type ReadProblem } from '../wire/read.ts';
import { serveCall } from './call.ts';
import { DOOR, type DoorState, type ModelDoorDeps } from './deps.ts';
import { CLAIMS_PROBLEMS, type Claims, readClaims } from '../wire/claims.ts';
import { shownHeaders } from './headers.ts';
import { listModels, oneModel } from './listing.ts';
import { SilenceWatch } from './relay/silence.ts';
import { DoorRequest } from './request.ts';
import { isReview, serveReview } from './review.ts';
import { isPlainQuery, matches, type Route, routeOf } from './routes.ts';

export interface ModelDoor {
  /** Answers a request for which `matches` is true. Never throws, never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** @param path with or without query */
  matches(path: string, method: string | undefined): boolean;
  /** For the `upgrade` event of the server: refused, so that clients fall back to plain streams. */
  upgrade(req: IncomingMessage, socket: Duplex): void;
}

/** Settings that the listening server should have: clients pool connections for a minute, and their metadata headers grow. */
export const SERVER_OPTIONS = { keepAliveTimeout: 75_000, maxHeaderSize: 64 * 1024 } as const;

const UPGRADE_REFUSED = 'HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

export function createModelDoor(deps: ModelDoorDeps): ModelDoor {
  const door: DoorState = {
    ...deps,
    watch: new SilenceWatch(),
    room: new BodyRoom(),
    reads: deps.limits ?? { bytesMax: BODY_BYTES_MAX, timeoutMs: deps.bodyMs ?? BODY_TIMEOUT_MS },
  };
  return {
    handle: (req, res) => handle(door, req, res),
    matches: (path, method) => matches(splitQuery(path)[0], method),
    upgrade: (_req, socket) => {
      socket.on('error', () => undefined);
      socket.end(UPGRADE_REFUSED);
    },
  };
}

function splitQuery(url: string): readonly [string, string] {
  const at = url.indexOf('?');
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function handle(door: DoorState, req: IncomingMessage, res: ServerResponse): void {
  const [path, query] = splitQuery(req.url ?? '/');
  const route = routeOf(
    req.method ?? 'GET',
    path,
    req.headers['anthropic-version'] !== undefined,
    req.headers.upgrade !== undefined,
  );
  const request = new DoorRequest(door, req, res, route.face);
  // Late errors of a connection that is gone have their effect through `close`.
  res.on('error', () => undefined);
  switch (route.kind) {
    case 'alive':
      return void res.writeHead(200, { 'content-length': '0' }).end();
    case 'analytics':
      req.resume();
      return request.json(200, {});
    case 'upgrade':
      return void res.writeHead(426, { connection: 'close', 'content-length': '0' }).end();
    default:
      serve(request, route, query).catch((thrown: unknown) => request.fault(thrown));
  }
}

async function serve(request: DoorRequest, route: Route, query: string): Promise<void> {
  const { road } = request.door;
  const action = route.kind === 'count' ? 'model.count' : 'model.call';
  if (route.kind === 'unknown') return request.refuse(action, 'request.not-found', 'There is nothing at this address.');
  if (route.kind === 'method') return request.refuse(action, 'request.unsupported', 'This address does not take that method.');
  const claims = readClaims(request.req);
  if (typeof claims === 'string')
    return request.refuse(
      action,
      claims === 'credentials-differ' ? 'identity.invalid' : 'request.invalid',
      CLAIMS_PROBLEMS[claims],
    );
  const identified = await road.identify(claims.presented, { door: DOOR, trace: request.trace });
  if (!identified.ok) return request.deny(identified.denial);
  request.caller = identified.caller;
  request.door.clients?.observe(identified.caller, shownHeaders(request.req));
  if (route.kind === 'models') return serveModels(request, route);
  if (route.kind === 'call' || route.kind === 'count') return serveBody(request, route, query, claims);
  return request.refuse(
    action,
    'request.unsupported',
    'State kept at the provider is not offered here: it has no owner among the agents. Send the whole conversation.',
  );
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

async function serveBody(
  request: DoorRequest,
  route: Extract<Route, { kind: 'call' | 'count' }>,
  query: string,
  claims: Claims,
): Promise<void> {
  const action = route.kind === 'count' ? 'model.count' : 'model.call';
  const { headers } = request.req;
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? ''))
    return request.refuse(action, 'request.media-type', 'The body must be `application/json`.');
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
    return request.refuse(action, 'request.media-type', 'The body must not be compressed.');
  if (!isPlainQuery(query)) return request.refuse(action, 'request.invalid', 'The query holds what belongs into the body.');
  const { reads, room } = request.door;
  const bytes = await readBody(request.req, reads, room);
  if (typeof bytes === 'string') return request.refuse(action, ...READ_PROBLEMS[bytes]);
  // Held until the answer has ended, one way or the other: a retry sends the same bytes again.
  if (request.res.closed) room.give(bytes.length);
  else request.res.once('close', () => room.give(bytes.length));
  if (isReview(request.req)) return serveReview(request, bytes);
  const format = route.kind === 'count' ? 'messages' : route.format;
  return serveCall(request, { action, format, path: query === '' ? route.path : `${route.path}?${query}` }, claims, bytes);
}

async function serveModels(request: DoorRequest, route: Extract<Route, { kind: 'models' }>): Promise<void> {
  const { caller } = request;
  const snapshot = request.door.snapshots.current();
  if (snapshot === undefined || caller === undefined)
    return request.refuse('model.call', 'bundle.missing', 'No bundle is in force, so nothing is allowed.');
  if (route.id === undefined) return request.json(200, listModels(snapshot, caller, route.face));
  const model = oneModel(snapshot, caller, route.face, route.id);
  if (model === undefined) return request.refuse('model.call', 'model.unknown', 'The model is not registered.');
  return request.json(200, model);
}
