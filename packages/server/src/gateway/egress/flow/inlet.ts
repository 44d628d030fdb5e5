/** The reading side of a socket, pulled: what was not asked for yet waits in the kernel, so that a fast sender meets a slow reader there. */
import type { Socket } from 'node:net';

export type InletProblem = 'too-large' | 'timeout' | 'gone';

export const isInletProblem = (value: Buffer | InletProblem): value is InletProblem => typeof value === 'string';

/** Read ahead at most this much. */
const AHEAD_BYTES_MAX = 128 * 1_024;

export class Inlet {
  readonly socket: Socket;
  #queue: Buffer[] = [];
  #queued = 0;
  #ended = false;
  #clean = false;
  #wake: (() => void) | undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= AHEAD_BYTES_MAX) this.socket.pause();
    this.#wake?.();
  };
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#clean = true;
    this.#wake?.();
  };
  readonly #onClose = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    if (socket.destroyed) this.#onClose();
    else socket.resume();
  }

  /** True once nothing more can come. */
  get gone(): boolean {
    return this.#ended && this.#queued === 0;
  }

  /** The other side said that it was done, as opposed to a connection that broke. */
  get endedCleanly(): boolean {
    return this.#clean;
  }

  /** True where bytes have come that nobody has asked for. */
  get waiting(): boolean {
    return this.#queued > 0;
  }

  /** The next bytes, as they came; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    while (this.#queue.length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
      this.#wake = undefined;
    }
    const [chunk] = this.#queue.splice(0, 1);
    this.#queued -= chunk?.length ?? 0;
    if (!this.#ended && this.#queued < AHEAD_BYTES_MAX && this.socket.isPaused()) this.socket.resume();
    return chunk;
  }

  /** As `next`, within a time. */
  async nextWithin(ms: number): Promise<Buffer | InletProblem> {
    if (this.#queue.length === 0 && !this.#ended) {
      let timer: NodeJS.Timeout | undefined;
      const late = await new Promise<boolean>((done) => {
        timer = setTimeout(() => done(true), ms);
        this.#wake = () => done(false);
      });
      clearTimeout(timer);
      this.#wake = undefined;
      if (late) return 'timeout';
    }
    return (await this.next()) ?? 'gone';
  }

  /** Puts bytes back in front. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#queue.unshift(bytes);
    this.#queued += bytes.length;
  }

  /**
   * Everything up to the first empty line, without it; up to a line feed without its CR where one comes before, since nobody may wait for what
   * another parser takes for the end.
   * @param bytesMax of the head
   * @param ms for all of it, not for each piece
   */
  async head(bytesMax: number, ms: number): Promise<Buffer | InletProblem> {
    const until = Date.now() + ms;
    let held: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = await this.nextWithin(Math.max(1, until - Date.now()));
      if (isInletProblem(chunk)) {
        this.unread(held);
        return chunk;
      }
      const seen = held.length;
      const from = Math.max(0, seen - 3);
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const at = held.indexOf('\r\n\r\n', from, 'latin1');
      const bare = bareFeed(held, seen, at === -1 ? held.length : at);
      if (bare !== -1 && bare < bytesMax) return held.subarray(0, bare + 1);
      if (at > bytesMax || (at === -1 && held.length > bytesMax)) return 'too-large';
      if (at === -1) continue;
      this.unread(held.subarray(at + 4));
      return held.subarray(0, at);
    }
  }

  /** Lets go of the socket, which is paused then. @returns what had come and was not read */
  release(): Buffer {
    this.socket.pause();
    this.socket.off('data', this.#onData);
    this.socket.off('end', this.#onEnd);
    this.socket.off('close', this.#onClose);
    const left = Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queued = 0;
    // Whoever still waits here gets nothing more.
    this.#ended = true;
    this.#wake?.();
    return left;
  }
}

/** Index of the first line feed between two places that has no CR before it, or -1. */
function bareFeed(bytes: Buffer, from: number, to: number): number {
  for (let at = bytes.indexOf(10, from); at !== -1 && at < to; at = bytes.indexOf(10, at + 1))
    if (bytes[at - 1] !== 13) return at;
  return -1;
}

/** Writes all pieces at once, and waits where the other side is slow. @returns false when it is gone */
export function write(socket: Socket, ...pieces: readonly Buffer[]): Promise<boolean> | boolean {
  if (socket.destroyed || !socket.writable) return false;
  if (pieces.length > 1) socket.cork();
  let room = true;
  for (const piece of pieces) room = socket.write(piece);
  if (pieces.length > 1) socket.uncork();
  if (room) return true;
  return new Promise((done) => {
    const end = (good: boolean): void => {
      socket.off('drain', onDrain);
      socket.off('close', onClose);
      done(good);
    };
    const onDrain = (): void => end(true);
    const onClose = (): void => end(false);
    socket.on('drain', onDrain);
    socket.on('close', onClose);
  });
}

/** What is written from here on goes out together, up to the first pause: a head and a small body are then one packet. */
export function corkForNow(socket: Socket): void {
  socket.cork();
  process.nextTick(() => socket.uncork());
}
