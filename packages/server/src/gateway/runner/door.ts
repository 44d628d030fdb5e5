/**
 * A runner: makes sandboxes for a node that has decided already, and sends back what came of it under a code. It has no road, no store and no
 * bundle; whoever knows the secret is the node. See docs/remote-runner.md.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { asFault, Fault, problemOf } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import { EXEC_PROTOCOL } from '../../ports/exec-wire.ts';
import { DIGEST_HEADER, RUNNER_CAPABILITIES, RUNNER_PATH, SECRET_CHARS_MIN } from '../../ports/runner-wire.ts';
import { discard } from '../wire/discard.ts';
import { isProblem, parseBody } from '../wire/parse.ts';
import { readBody } from '../wire/read.ts';
import { BodyRoom } from '../wire/room.ts';
import { serveCommand } from './command.ts';
import type { RunnerDeps } from './deps.ts';
import { readOrder } from './order.ts';
import { Jobs } from './jobs.ts';

export interface RunnerDoor {
  /** Never throws, never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every sandbox. */
  close(): Promise<void>;
}

const ORDER_BYTES_MAX = 1024 * 1024;
const BODY_MS = 30_000;

/** @throws Fault config.invalid for a secret that could be guessed */
export function createRunnerDoor(deps: RunnerDeps): RunnerDoor {
  if (deps.secret.length < SECRET_CHARS_MIN)
    throw new Fault('config.invalid', `The secret of a runner has at least ${SECRET_CHARS_MIN} characters.`);
  const jobs = new Jobs(deps);
  const room = new BodyRoom();
  return {
    handle: (req, res) => {
      res.on('error', () => undefined);
      void answer(deps, jobs, { req, res, room }).catch((thrown: unknown) => refuse(deps, req, res, asFault(thrown)));
    },
    upgrade: (req, socket, head) => {
      socket.on('error', () => undefined);
      try {
        const { id, what } = routeOf(req);
        if (!isKnown(deps, req)) throw new Fault('identity.invalid', 'This is not the secret of this runner.');
        if (what !== 'exec' || id === undefined || req.headers.upgrade?.toLowerCase() !== EXEC_PROTOCOL)
          throw new Fault('request.not-found', 'There is nothing to upgrade at this address.');
        const { sandbox } = jobs.ready(id);
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: ${EXEC_PROTOCOL}\r\nconnection: Upgrade\r\n\r\n`);
        void serveCommand(sandbox, socket, head);
      } catch (thrown) {
        const fault = asFault(thrown);
        socket.end(`HTTP/1.1 ${fault.status} ${fault.code}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      }
    },
    close: () => jobs.close(),
  };
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly room: BodyRoom;
}

async function answer(deps: RunnerDeps, jobs: Jobs, x: Exchange): Promise<void> {
  const { req, res } = x;
  if (!isKnown(deps, req)) throw new Fault('identity.invalid', 'This is not the secret of this runner.');
  const path = pathOf(req);
  if (path === RUNNER_CAPABILITIES && req.method === 'GET')
    return json(res, 200, { data: (await deps.backend.capabilities()) as unknown as JsonRecord[] } as unknown as JsonRecord);
  if (path === RUNNER_PATH && req.method === 'POST') return json(res, 201, { id: jobs.order(readOrder(await bodyOf(x))) });
  const { id, what } = routeOf(req);
  if (id === undefined) throw new Fault('request.not-found', 'There is nothing at this address.');
  const acts: Readonly<Record<string, () => Promise<void>>> = {
    'PUT workspace': async () => json(res, 200, await jobs.workspace(id, req, String(req.headers[DIGEST_HEADER] ?? ''))),
    'POST resolve': async () => json(res, 200, { path: (await jobs.resolve(id, await bodyOf(x))) ?? null }),
    'POST kill': async () => json(res, 200, await jobs.kill(id, await bodyOf(x))),
    'POST end': async () => json(res, 200, await jobs.end(id)),
    'GET workspace': async () => sendFile(res, jobs.packed(id)),
    'DELETE ': async () => json(res, 200, await jobs.remove(id)),
  };
  const act = acts[`${req.method ?? ''} ${what}`];
  if (act === undefined) throw new Fault('request.not-found', 'There is nothing at this address.');
  await act();
}

const pathOf = (req: IncomingMessage): string => (req.url ?? '/').split('?', 1)[0] ?? '/';

function routeOf(req: IncomingMessage): { readonly id: string | undefined; readonly what: string } {
  const [, id, what = ''] = /^\/runner\/v1\/sandboxes\/([A-Za-z0-9_-]{1,64})(?:\/([a-z]+))?$/.exec(pathOf(req)) ?? [];
  return { id, what };
}

function isKnown({ secret }: RunnerDeps, { headers }: IncomingMessage): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(`Bearer ${secret}`), digest(headers.authorization ?? ''));
}

async function bodyOf({ req, room }: Exchange): Promise<JsonRecord> {
  const bytes = await readBody(req, { bytesMax: ORDER_BYTES_MAX, timeoutMs: BODY_MS }, room);
  if (typeof bytes === 'string') throw new Fault('request.invalid', `The body could not be read: ${bytes}.`);
  room.give(bytes.length);
  const body = parseBody(bytes);
  if (isProblem(body)) throw new Fault('request.invalid', body.message);
  return body.json;
}

function json(res: ServerResponse, status: number, value: object): void {
  const bytes = Buffer.from(JSON.stringify(value));
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    'cache-control': 'no-store',
  });
  res.end(bytes);
}

function sendFile(res: ServerResponse, { file, bytes }: { readonly file: string; readonly bytes: number }): Promise<void> {
  res.writeHead(200, { 'content-type': 'application/gzip', 'content-length': String(bytes) });
  return new Promise((resolve) => {
    const from = createReadStream(file);
    from.on('error', () => res.destroy());
    res.on('close', () => resolve());
    from.pipe(res);
  });
}

function refuse({ log }: RunnerDeps, req: IncomingMessage, res: ServerResponse, fault: Fault): void {
  if (fault.status >= 500) log.error('runner.request', { code: fault.code, internal: fault.internalText ?? fault.message });
  if (res.headersSent) return void res.destroy();
  json(res, fault.status, problemOf(fault));
  if (!req.complete) discard(req);
}
