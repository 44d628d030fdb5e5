/** The client's side of a run: one upgraded connection, frames both ways. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { Silence } from '../ports/exec-silence.ts';
import {
  DATA_BYTES_MAX,
  encodeFrame,
  encodeJson,
  EXEC_PATH,
  EXEC_PROTOCOL,
  type Frame,
  frameCredit,
  frameJson,
  FrameReader,
} from '../ports/exec-wire.ts';
import { ProblemError, UnreachableError } from './client.ts';

export interface ExecTerms {
  readonly url: string;
  readonly key: string | undefined;
  readonly mandate?: string;
  /** Cancels the run. */
  readonly signal: AbortSignal;
  /** Read only once the command may have it. */
  readonly stdin?: NodeJS.ReadableStream;
}

export interface ExecEvents {
  waiting(what: JsonRecord): void;
  started(what: JsonRecord): void;
  /** False: nothing more is taken until `drained` has been called. */
  output(stream: 'stdout' | 'stderr', chunk: Buffer, drained: () => void): boolean;
}

/** The connection ended before the run said how it ended. */
export class ExecLostError extends Error {
  constructor() {
    super('the connection ended before the command did');
    this.name = 'ExecLostError';
  }
}

const CONNECT_MS = 30_000;
/** After a cancellation the end is waited for this long. */
const CANCEL_MS = 15_000;

/** @returns the last frame @throws ProblemError, UnreachableError, ExecLostError */
export async function execute(terms: ExecTerms, open: JsonRecord, events: ExecEvents): Promise<JsonRecord> {
  const { socket, head } = await connected(terms);
  return new Session(socket, terms, events).run(open, head);
}

function connected({ url, key, mandate, signal }: ExecTerms): Promise<{ socket: Socket; head: Buffer }> {
  const target = new URL(EXEC_PATH, `${url}/`);
  const headers: Record<string, string> = { connection: 'Upgrade', upgrade: EXEC_PROTOCOL };
  if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
  if (mandate !== undefined) headers['x-countersign-mandate'] = mandate;
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const req = send(target, { headers, agent: false, signal, timeout: CONNECT_MS });
    const unreachable = (cause: unknown): void => reject(new UnreachableError(url, cause));
    req.on('error', unreachable);
    req.on('timeout', () => req.destroy(new Error('no answer in time')));
    req.on('response', (res) => void problemOf(res).then((problem) => reject(problem), unreachable));
    req.on('upgrade', (_res, socket: Socket, head) => {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      resolve({ socket, head });
    });
    req.end();
  });
}

async function problemOf(res: IncomingMessage): Promise<ProblemError> {
  const chunks: Buffer[] = [];
  for await (const chunk of res as AsyncIterable<Buffer>) chunks.push(chunk);
  const status = res.statusCode ?? 0;
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (isRecord(parsed)) return new ProblemError(status, parsed);
  } catch {
    // Not one of ours: the status is all that we know.
  }
  return new ProblemError(status, { status, detail: `The server answered ${status}; does it run commands?` });
}

class Session {
  readonly #socket: Socket;
  readonly #terms: ExecTerms;
  readonly #events: ExecEvents;
  readonly #silence: Silence;
  readonly #reader = new FrameReader();
  #credit = 0;
  #sending = false;
  #finish: { resolve: (end: JsonRecord) => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket, terms: ExecTerms, events: ExecEvents) {
    this.#socket = socket;
    this.#silence = new Silence(socket);
    this.#terms = terms;
    this.#events = events;
  }

  async run(open: JsonRecord, head: Buffer): Promise<JsonRecord> {
    const { signal } = this.#terms;
    const cancel = (): void => this.#cancel();
    const ended = new Promise<JsonRecord>((resolve, reject) => {
      this.#finish = { resolve, reject };
    });
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#finish?.reject(new ExecLostError()));
    this.#silence.heard();
    this.#socket.write(encodeJson('open', open));
    if (head.length > 0) this.#take(head);
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await ended;
    } finally {
      this.#silence.stop();
      signal.removeEventListener('abort', cancel);
      this.#socket.destroy();
    }
  }

  #cancel(): void {
    this.#socket.write(encodeFrame('cancel'));
    setTimeout(() => this.#socket.destroy(), CANCEL_MS).unref();
  }

  #take(chunk: Buffer): void {
    this.#silence.heard();
    try {
      for (const frame of this.#reader.push(chunk)) this.#handle(frame);
    } catch (thrown) {
      this.#finish?.reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  #handle(frame: Frame): void {
    switch (frame.kind) {
      case 'stdout':
      case 'stderr':
        if (!this.#events.output(frame.kind, frame.bytes, () => this.#socket.resume())) this.#socket.pause();
        return;
      case 'waiting':
        return this.#events.waiting(frameJson(frame));
      case 'started':
        return this.#events.started(frameJson(frame));
      case 'credit':
        this.#credit += frameCredit(frame);
        return this.#send();
      case 'end':
        this.#finish?.resolve(frameJson(frame));
        return;
      default:
    }
  }

  /** Sends what there is credit for; more comes with more credit. */
  #send(): void {
    const { stdin } = this.#terms;
    if (stdin === undefined) return;
    if (!this.#sending) {
      this.#sending = true;
      stdin.on('readable', () => this.#send());
      stdin.on('end', () => this.#socket.write(encodeFrame('stdinEnd')));
      stdin.on('error', () => this.#socket.write(encodeFrame('stdinEnd')));
    }
    while (this.#credit > 0) {
      const chunk = readSome(stdin);
      if (chunk === undefined) return;
      const part = chunk.subarray(0, Math.min(this.#credit, DATA_BYTES_MAX));
      if (part.length < chunk.length) stdin.unshift(chunk.subarray(part.length));
      this.#credit -= part.length;
      this.#socket.write(encodeFrame('stdin', part));
    }
  }
}

function readSome(stdin: NodeJS.ReadableStream): Buffer | undefined {
  const chunk: unknown = stdin.read();
  if (chunk === null || chunk === undefined) return undefined;
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
}
