/** HTTP by hand, for clients that no library would be. */
import { connect, type Socket } from 'node:net';

export interface Raw {
  readonly socket: Socket;
  /** Everything that came back so far. */
  readonly received: () => string;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
  /** Resolves with the whole answer once its head and announced body are there, or at the end. */
  readonly answer: Promise<RawAnswer>;
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Since the connection was opened. */
  readonly ms: number;
}

/** @param head request line and header lines, without the blank line */
export function open(url: string, head: readonly string[]): Raw {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const start = performance.now();
  let text = '';
  let told: (answer: RawAnswer) => void = () => undefined;
  const answer = new Promise<RawAnswer>((resolve) => (told = resolve));
  const look = (ended: boolean): void => {
    const found = parse(text, ended);
    if (found !== undefined) told({ ...found, ms: performance.now() - start });
  };
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    look(false);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('end', () => {
    look(true);
    socket.destroy();
  });
  socket.on('close', () => look(true));
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return { socket, received: () => text, closed, answer };
}

function parse(text: string, ended: boolean): Omit<RawAnswer, 'ms'> | undefined {
  const at = text.indexOf('\r\n\r\n');
  if (at === -1) return ended ? { status: 0, head: text, body: '' } : undefined;
  const head = text.slice(0, at);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const body = Buffer.from(text.slice(at + 4), 'latin1').toString('utf8');
  if (!ended && (length === undefined || text.length - at - 4 < Number(length))) return undefined;
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body };
}

/** Writes as fast as the other side takes it, until it is all sent or nobody listens. @returns bytes that were handed over */
export async function pour(socket: Socket, bytes: number, frame: (piece: Buffer) => Buffer = (piece) => piece): Promise<number> {
  const piece = Buffer.alloc(64 * 1_024, 0x20);
  let sent = 0;
  while (sent < bytes && socket.writable) {
    const more = socket.write(frame(piece));
    sent += piece.length;
    if (!more)
      await Promise.race([
        new Promise((resolve) => socket.once('drain', resolve)),
        new Promise((resolve) => socket.once('close', resolve)),
      ]);
  }
  return sent;
}

export const chunk = (piece: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
