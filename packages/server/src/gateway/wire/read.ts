/** Reads a request body once, with caps on bytes and time. Nothing is kept of a body that is refused. */
import type { IncomingMessage } from 'node:http';
import type { BodyRoom } from './room.ts';

export interface ReadLimits {
  readonly bytesMax: number;
  /** For the whole body; a slow client is refused, not waited for. */
  readonly timeoutMs: number;
}

/** Larger than any conversation that fits a context window, images included. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** A body on a slow line; clients send a body at once. */
export const BODY_TIMEOUT_MS = 30_000;

/** `busy`: the door holds as many bytes as it may. */
export type ReadProblem = 'too-large' | 'timeout' | 'gone' | 'busy';

/** What was read stays taken in `room` until the caller gives it back. */
export function readBody(req: IncomingMessage, limits: ReadLimits, room: BodyRoom): Promise<Buffer | ReadProblem> {
  const declared = req.headers['content-length'];
  const expected = declared === undefined ? undefined : Number(declared);
  if (expected !== undefined && expected > limits.bytesMax) return Promise.resolve('too-large');
  if (req.destroyed) return Promise.resolve('gone');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (answer: Buffer | ReadProblem): void => {
      clearTimeout(timer);
      req.off('data', onData);
      req.off('end', onEnd);
      req.off('close', onClose);
      if (typeof answer === 'string') room.give(bytes);
      resolve(answer);
    };
    const onData = (chunk: Buffer): void => {
      if (!room.take(chunk.length)) return finish('busy');
      bytes += chunk.length;
      if (bytes > limits.bytesMax) finish('too-large');
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes));
    const onClose = (): void => finish('gone');
    const timer = setTimeout(() => finish('timeout'), limits.timeoutMs);
    req.on('data', onData);
    req.on('end', onEnd);
    req.on('close', onClose);
    // A destroyed stream that already errored would otherwise crash the process on a late error.
    req.on('error', () => undefined);
  });
}
