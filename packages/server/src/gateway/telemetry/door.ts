/** Where clients send their telemetry: OTLP over HTTP, in both encodings. It is kept as evidence, and nothing in it grants anything. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asFault } from '@countersign/kernel/fault';
import type { ClientEvent, ClientEvidence } from '../../ports/client-evidence.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { Caller, Road } from '../../ports/road.ts';
import type { Scanner } from '../../ports/scanner.ts';
import { CLAIMS_PROBLEMS, readClaims, traceOf } from '../wire/claims.ts';
import { discard } from '../wire/discard.ts';
import { isProblem, parseBody } from '../wire/parse.ts';
import { BODY_TIMEOUT_MS, readBody, type ReadLimits } from '../wire/read.ts';
import { BodyRoom } from '../wire/room.ts';
import { readBinary } from './binary.ts';
import { eventOf } from './event.ts';
import { keepEvents } from './keep.ts';
import { message } from './protobuf.ts';
import { BatchProblem, SIGNALS, type Signal, type TelemetryRecord } from './record.ts';
import { checkNodes, readText } from './text.ts';

export interface TelemetryDoor {
  /** Answers a request for which `matches` is true. Never throws, never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** @param path with or without query */
  matches(path: string): boolean;
}

export interface TelemetryDeps {
  readonly org: string;
  readonly road: Pick<Road, 'identify'>;
  readonly snapshots: SnapshotSource;
  readonly evidence: Pick<ClientEvidence, 'add'>;
  readonly scanner: Scanner;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: ReadLimits;
  /** Time for a whole body, where only that differs from the defaults. */
  readonly bodyMs?: number;
}

interface State extends TelemetryDeps {
  readonly reads: ReadLimits;
  readonly room: BodyRoom;
  /** Settles when the batch that is read now has been. */
  reading: Promise<void>;
}

/** Clients send everything at once when they end; traces of a short run are more than a megabyte. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** What a compressed body may become. */
const INFLATED_BYTES_MAX = 32 * 1024 * 1024;
/** Events of one batch that are kept; more say the same again. */
const EVENTS_MAX = 2_000;

/** The gateway protocol of one client has them at the root, everybody else below a name. */
const PATH = new RegExp(`^(?:/otlp)?/v1/(${SIGNALS.join('|')})$`);

const signalOf = (url: string): Signal | undefined => PATH.exec(url.split('?', 1)[0] ?? url)?.[1] as Signal | undefined;

export function createTelemetryDoor(deps: TelemetryDeps): TelemetryDoor {
  const state: State = {
    ...deps,
    reads: deps.limits ?? { bytesMax: BODY_BYTES_MAX, timeoutMs: deps.bodyMs ?? BODY_TIMEOUT_MS },
    room: new BodyRoom(),
    reading: Promise.resolve(),
  };
  return {
    matches: (path) => signalOf(path) !== undefined,
    handle: (req, res) => {
      // Late errors of a connection that is gone have their effect through `close`.
      res.on('error', () => undefined);
      const signal = signalOf(req.url ?? '/') ?? 'logs';
      serve(state, req, signal)
        .catch((thrown: unknown): Taken => {
          const fault = asFault(thrown);
          deps.log.error('telemetry.door', { code: fault.code, internal: fault.internalText ?? fault.message });
          return { rejected: 0, why: fault.publicText };
        })
        .then(
          (taken) => send(req, res, signal, taken),
          () => res.destroy(),
        );
    },
  };
}

/** `rejected`: records that are not kept although they could have been. */
interface Taken {
  readonly rejected: number;
  readonly why?: string;
}

/** The number of the member has no meaning; a refusal has only a text. */
const refused = (why: string): Taken => ({ rejected: 0, why });

async function serve(state: State, req: IncomingMessage, signal: Signal): Promise<Taken> {
  if (req.method !== 'POST') return refused('Telemetry comes with POST.');
  const claims = readClaims(req);
  if (typeof claims === 'string') return refused(CLAIMS_PROBLEMS[claims]);
  const identified = await state.road.identify(claims.presented, { door: 'telemetry', trace: traceOf(req) });
  if (!identified.ok) return refused(identified.denial.message);
  const raw = await readBody(req, state.reads, state.room);
  if (typeof raw === 'string') return refused(`The batch is not read: ${raw}.`);
  try {
    return await keep(state, identified.caller, signal, await recordsOf(state, req, signal, raw));
  } catch (thrown) {
    if (thrown instanceof BatchProblem) return refused(thrown.message);
    throw thrown;
  } finally {
    state.room.give(raw.length);
  }
}

const inflate = promisify(gunzip);

/** One batch after the other: of what bodies become, no more than one is held, however many come at once. */
function recordsOf(state: State, req: IncomingMessage, signal: Signal, raw: Buffer): Promise<readonly TelemetryRecord[]> {
  const read = state.reading.then(() => readRecords(req, signal, raw));
  state.reading = read.then(
    () => undefined,
    () => undefined,
  );
  return read;
}

async function readRecords(req: IncomingMessage, signal: Signal, raw: Buffer): Promise<readonly TelemetryRecord[]> {
  const bytes = await inflated(req.headers['content-encoding'], raw);
  if (isText(req)) {
    checkNodes(bytes);
    const body = parseBody(bytes);
    if (isProblem(body)) throw new BatchProblem(body.message);
    return readText(signal, body.json);
  }
  return readBinary(signal, bytes);
}

async function inflated(encoding: string | undefined, raw: Buffer): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return raw;
  if (encoding !== 'gzip') throw new BatchProblem('The batch is compressed in a way that is not read; send gzip.');
  return inflate(raw, { maxOutputLength: INFLATED_BYTES_MAX }).catch(() => {
    throw new BatchProblem(`The batch does not inflate to ${INFLATED_BYTES_MAX} bytes at most.`);
  });
}

const isText = (req: IncomingMessage): boolean => /^application\/json\b/i.test(req.headers['content-type'] ?? '');

async function keep(state: State, caller: Caller, signal: Signal, records: readonly TelemetryRecord[]): Promise<Taken> {
  const snapshot = state.snapshots.current();
  if (snapshot === undefined) return refused('No bundle is in force.');
  const nowMs = state.clock.now();
  const events = records.flatMap((record): ClientEvent[] => {
    const event = eventOf(signal, record, nowMs);
    return event === undefined ? [] : [event];
  });
  const { org, scanner, evidence } = state;
  // What ran comes first, and within it what was said first: a flood of other events crowds none of it out.
  const kept = events.toSorted((a, b) => Number(b.ran || b.refused) - Number(a.ran || a.refused)).slice(0, EVENTS_MAX);
  await keepEvents({ org, scanner, evidence, nowMs, snapshot, caller }, kept);
  const rejected = Math.max(0, events.length - EVENTS_MAX);
  return rejected === 0 ? { rejected } : { rejected, why: 'The batch holds more events than are kept at once.' };
}

/** Always 200: a client that is told anything else sends the same again, and one of them takes it for the end of its session. */
function send(req: IncomingMessage, res: ServerResponse, signal: Signal, { rejected, why }: Taken): void {
  if (res.headersSent || res.destroyed) return;
  const text = isText(req);
  const bytes = text ? Buffer.from(JSON.stringify(textAnswer(signal, rejected, why))) : Buffer.from(binaryAnswer(rejected, why));
  res.writeHead(200, {
    'content-type': text ? 'application/json' : 'application/x-protobuf',
    'content-length': String(bytes.length),
    'cache-control': 'no-store',
  });
  res.end(bytes);
  if (!req.complete) discard(req);
}

const REJECTED: Readonly<Record<Signal, string>> = {
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
  traces: 'rejectedSpans',
};

const textAnswer = (signal: Signal, rejected: number, why: string | undefined): object =>
  why === undefined ? {} : { partialSuccess: { [REJECTED[signal]]: String(rejected), errorMessage: why } };

const binaryAnswer = (rejected: number, why: string | undefined): Uint8Array =>
  why === undefined ? new Uint8Array() : message([1, message([1, BigInt(rejected)], [2, why])]);
