/** The door for commands that run in a sandbox of ours: one HTTP address, upgraded to frames. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { asFault, Fault, problemOf } from '@countersign/kernel/fault';
import { EXEC_PATH, EXEC_PROTOCOL } from '../../../ports/exec-wire.ts';
import { CLAIMS_PROBLEMS, readClaims, traceOf } from '../../wire/claims.ts';
import { discard } from '../../wire/discard.ts';
import { type CommandDoorDeps, DOOR } from './deps.ts';
import { Line } from '../../wire/line.ts';
import { RunPlaces } from './places.ts';
import { serve } from './serve.ts';
import { type Who, whoRuns } from './who.ts';

export interface CommandDoor {
  /** @param path with or without query */
  matches(path: string): boolean;
  /** A request that is no upgrade: says what is spoken here. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Never throws, never rejects. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends what runs, and waits until that is on record. */
  close(): Promise<void>;
}

/** A run is a sandbox with memory of its own. */
const RUNS_MAX = 32;
const RUNS_EACH_MAX = 16;

export function createCommandDoor(deps: CommandDoorDeps): CommandDoor {
  const most = deps.runsMax ?? RUNS_MAX;
  const places = new RunPlaces(most, Math.min(most, RUNS_EACH_MAX));
  const closing = new AbortController();
  const open = new Set<Promise<void>>();
  return {
    matches: (path) => (path.split('?', 1)[0] ?? path) === EXEC_PATH,
    handle: (req, res) => {
      const fault = new Fault(
        'request.unsupported',
        `Commands are run over an upgraded connection: \`Upgrade: ${EXEC_PROTOCOL}\`.`,
      );
      const body = JSON.stringify(problemOf(fault));
      res.writeHead(426, { upgrade: EXEC_PROTOCOL, connection: 'Upgrade', 'content-type': 'application/problem+json' }).end(body);
      if (!req.complete) discard(req);
    },
    upgrade: (req, socket, head) => {
      const done = upgraded(deps, { req, socket, head, places, closing: closing.signal }).finally(() => open.delete(done));
      open.add(done);
    },
    close: async () => {
      closing.abort();
      await Promise.allSettled(open);
    },
  };
}

interface Upgrade {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly places: RunPlaces;
  readonly closing: AbortSignal;
}

async function upgraded(deps: CommandDoorDeps, { req, socket, head, places, closing }: Upgrade): Promise<void> {
  // A connection that breaks has its effect through `close`.
  socket.on('error', () => undefined);
  const trace = traceOf(req);
  let who: Who;
  try {
    who = await known(deps, req, closing, trace);
  } catch (thrown) {
    return refuse(deps, socket, asFault(thrown));
  }
  if (socket.destroyed) return;
  const lines = ['HTTP/1.1 101 Switching Protocols', `upgrade: ${EXEC_PROTOCOL}`, 'connection: Upgrade'];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await serve({ deps, places, line: new Line(socket, head), who, trace, closing });
}

async function known(deps: CommandDoorDeps, req: IncomingMessage, closing: AbortSignal, trace: string): Promise<Who> {
  if (closing.aborted) throw new Fault('request.rate-limited', 'This node is stopping.');
  // No page of a browser speaks this protocol; whoever sends an origin is not our client.
  if (req.headers.origin !== undefined) throw new Fault('identity.forbidden', 'Pages may not call.');
  if (req.headers.upgrade?.toLowerCase() !== EXEC_PROTOCOL)
    throw new Fault('request.unsupported', `Only \`${EXEC_PROTOCOL}\` is spoken here.`);
  const claims = readClaims(req);
  if (typeof claims === 'string')
    throw new Fault(claims === 'credentials-differ' ? 'identity.invalid' : 'request.invalid', CLAIMS_PROBLEMS[claims]);
  return whoRuns(deps, claims.presented, trace);
}

function refuse(deps: CommandDoorDeps, socket: Duplex, fault: Fault): void {
  if (fault.status >= 500) deps.log.error(`${DOOR}.door`, { code: fault.code, internal: fault.internalText ?? fault.message });
  const body = JSON.stringify(problemOf(fault));
  const lines = [
    `HTTP/1.1 ${fault.status} ${fault.code}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(fault.status === 401 ? ['www-authenticate: Bearer'] : []),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
