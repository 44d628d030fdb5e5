/** One command on a runner: the same frames as between a client and its node. */
import type { Socket } from 'node:net';
import { Fault } from '@countersign/kernel/fault';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { Silence } from '../../ports/exec-silence.ts';
import { encodeData, encodeFrame, encodeJson, type Frame, frameCredit, frameJson, FrameReader } from '../../ports/exec-wire.ts';
import type { SandboxCommand, SandboxEnd, SandboxStreams } from '../../ports/sandbox.ts';
import type { Runner } from './runner.ts';

/** @throws Fault sandbox.lost when the runner goes away before it says how the command ended */
export async function runCommand(
  runner: Runner,
  path: string,
  command: SandboxCommand,
  streams: SandboxStreams,
): Promise<SandboxEnd> {
  const { socket, head } = await runner.upgrade(path);
  const running = new Running(socket, streams);
  return running.run(command, head);
}

class Running {
  readonly #socket: Socket;
  readonly #streams: SandboxStreams;
  readonly #silence: Silence;
  readonly #reader = new FrameReader();
  #credit = 0;
  #more: (() => void) | undefined;
  /** Output is handed on in order, one chunk after the other. */
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #told = false;
  #finish: { resolve: (end: SandboxEnd) => void; reject: (fault: Fault) => void } | undefined;

  constructor(socket: Socket, streams: SandboxStreams) {
    this.#socket = socket;
    this.#silence = new Silence(socket);
    this.#streams = streams;
  }

  async run(command: SandboxCommand, head: Buffer): Promise<SandboxEnd> {
    const { stdin, signal, counted } = this.#streams;
    const ended = new Promise<SandboxEnd>((resolve, reject) => {
      this.#finish = { resolve, reject };
    });
    const cancel = (): void => void this.#socket.write(encodeFrame('cancel'));
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      // The end is told once all output was taken, which may be after the connection is gone.
      if (!this.#told) this.#finish?.reject(lost());
    });
    this.#silence.heard();
    this.#socket.write(encodeJson('open', { ...command, stdin: stdin !== 'none', counted: counted !== false }));
    if (head.length > 0) this.#take(head);
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    if (stdin !== 'none') void this.#send(stdin);
    try {
      return await ended;
    } finally {
      this.#silence.stop();
      signal?.removeEventListener('abort', cancel);
      this.#socket.destroy();
    }
  }

  #take(chunk: Buffer): void {
    this.#silence.heard();
    try {
      for (const frame of this.#reader.push(chunk)) this.#handle(frame);
    } catch {
      this.#finish?.reject(new Fault('sandbox.lost', 'The runner says something that is no frame.'));
      this.#socket.destroy();
    }
  }

  #handle(frame: Frame): void {
    if (frame.kind === 'stdout' || frame.kind === 'stderr') return this.#output(frame.kind, frame.bytes);
    if (frame.kind === 'credit') {
      this.#credit += frameCredit(frame);
      this.#more?.();
      return;
    }
    if (frame.kind !== 'end') return;
    const json = frameJson(frame);
    this.#told = true;
    void this.#turn.then(() => {
      if (isRecord(json['end'])) this.#finish?.resolve(endOf(json['end']));
      else this.#finish?.reject(refusal(json));
    });
  }

  /** While a chunk is waited for, nothing more is taken from the runner. */
  #output(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const bytes = Buffer.from(chunk);
    this.#waiting += 1;
    this.#socket.pause();
    this.#turn = this.#turn
      .then(() => this.#streams[stream](bytes))
      .catch(() => undefined)
      .then(() => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#socket.resume();
      });
  }

  async #send(stdin: NodeJS.ReadableStream): Promise<void> {
    try {
      for await (const given of stdin as AsyncIterable<Buffer | string>) {
        const chunk = Buffer.from(given as Buffer);
        for (let at = 0; at < chunk.length; ) {
          while (this.#credit === 0) await new Promise<void>((resolve) => (this.#more = resolve));
          const part = chunk.subarray(at, at + this.#credit);
          this.#credit -= part.length;
          at += part.length;
          this.#socket.write(encodeData('stdin', part));
        }
      }
    } catch {
      // The input ends where it breaks.
    }
    this.#socket.write(encodeFrame('stdinEnd'));
  }
}

/** The runner is there, and could not start the command. */
function refusal({ message }: JsonRecord): Fault {
  return new Fault(
    'sandbox.failed',
    `The runner could not run the command: ${typeof message === 'string' ? message : 'it does not say why'}`,
  );
}

function endOf({ code, signal, killed }: JsonRecord): SandboxEnd {
  return {
    ...(typeof code === 'number' ? { code } : {}),
    ...(typeof signal === 'string' ? { signal } : {}),
    ...(typeof killed === 'string' ? { killed } : {}),
  };
}

const lost = (): Fault =>
  new Fault('sandbox.lost', 'The runner went away while the command ran. How far it came is not known here.');
