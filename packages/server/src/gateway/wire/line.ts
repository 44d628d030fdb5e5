/** One connection of a client: frames both ways, standard input within its credit, and the signal that ends the run when the client is gone. */
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { asFault, Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import {
  ALIVE_MS,
  encodeCredit,
  encodeData,
  encodeFrame,
  encodeJson,
  type Frame,
  frameJson,
  FrameReader,
  STDIN_WINDOW,
} from '../../ports/exec-wire.ts';

export class Line {
  readonly #socket: Duplex;
  readonly #reader = new FrameReader();
  readonly #gone = new AbortController();
  readonly #opened: Promise<JsonRecord>;
  readonly #alive: NodeJS.Timeout;
  #open: { resolve: (json: JsonRecord) => void; reject: (fault: Fault) => void } | undefined;
  /** Bytes that the client sent and nobody read yet. */
  #unread = 0;
  #ended = false;
  /** What the client sends as standard input. */
  readonly stdin: Readable;

  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.stdin = new Readable({ highWaterMark: STDIN_WINDOW, read: () => undefined });
    this.stdin.on('error', () => undefined);
    this.#opened = new Promise((resolve, reject) => {
      this.#open = { resolve, reject };
    });
    this.#opened.catch(() => undefined);
    this.#alive = setInterval(() => this.#write(encodeFrame('alive')), ALIVE_MS).unref();
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => this.#leave());
    socket.on('end', () => this.#leave());
    socket.on('close', () => this.#leave());
    if (head.length > 0) this.#take(head);
  }

  /** Aborted when the client cancels, or went away. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The first frame. @throws Fault request.invalid, request.timeout */
  async opened(timeoutMs: number): Promise<JsonRecord> {
    const timer = setTimeout(() => this.#open?.reject(new Fault('request.timeout', 'Nothing was asked in time.')), timeoutMs);
    try {
      return await this.#opened;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets the client send. What it sent is given to `stdin` as it is read. */
  startStdin(): void {
    this.#write(encodeCredit(STDIN_WINDOW));
  }

  /** Standard input as the command reads it: each piece that is taken is credit for the next. */
  async *input(): AsyncIterable<Buffer> {
    for await (const chunk of this.stdin as AsyncIterable<Buffer>) {
      yield chunk;
      this.#unread -= chunk.length;
      this.#write(encodeCredit(chunk.length));
    }
  }

  tell(kind: 'waiting' | 'started', value: object): void {
    this.#write(encodeJson(kind, value));
  }

  /** Resolves when the client can take more. */
  output(kind: 'stdout' | 'stderr', chunk: Uint8Array): void | Promise<void> {
    if (this.#write(encodeData(kind, chunk))) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
      if (this.#socket.destroyed) done();
    });
  }

  /** The last frame; then the connection ends. */
  end(value: object): void {
    if (this.#ended) return;
    this.#write(encodeJson('end', value));
    this.#ended = true;
    clearInterval(this.#alive);
    this.stdin.destroy();
    this.#socket.end();
  }

  /** True while the client hears. */
  #write(bytes: Buffer): boolean {
    if (this.#ended || this.#socket.destroyed || !this.#socket.writable) return true;
    return this.#socket.write(bytes);
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      for (const frame of this.#reader.push(chunk)) this.#handle(frame);
    } catch (thrown) {
      this.#spoil(asFault(thrown));
    }
  }

  #handle(frame: Frame): void {
    if (this.#open !== undefined) {
      if (frame.kind !== 'open') throw new Fault('request.invalid', 'The first frame must be `open`.');
      this.#open.resolve(frameJson(frame));
      this.#open = undefined;
      return;
    }
    if (frame.kind === 'stdin') return this.#feed(frame.bytes);
    if (frame.kind === 'stdinEnd') return void this.stdin.push(null);
    if (frame.kind === 'cancel') return this.#gone.abort();
    throw new Fault('request.invalid', `A client does not send frames of kind \`${frame.kind}\` here.`);
  }

  #feed(bytes: Buffer): void {
    this.#unread += bytes.length;
    if (this.#unread > STDIN_WINDOW)
      throw new Fault('request.too-large', 'More standard input was sent than there was credit for.');
    if (!this.stdin.readableEnded && !this.stdin.destroyed && bytes.length > 0) this.stdin.push(bytes);
  }

  /** The client does not keep to the protocol: nothing more is read, and what runs ends. */
  #spoil(fault: Fault): void {
    this.#open?.reject(fault);
    this.#open = undefined;
    this.#gone.abort();
  }

  #leave(): void {
    clearInterval(this.#alive);
    this.#open?.reject(new Fault('request.invalid', 'The connection ended before anything was asked.'));
    this.#open = undefined;
    this.stdin.destroy();
    this.#gone.abort();
  }
}
