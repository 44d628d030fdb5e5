/** What becomes of a body that is not wanted. */
import type { IncomingMessage } from 'node:http';

/** Time to send the rest of a body that is not wanted. A connection that is closed on a sending client takes the answer with it. */
const DISCARD_MS = 3_000;

/** Reads on for a moment and throws away what comes. */
export function discard(req: IncomingMessage): void {
  const timer = setTimeout(() => req.socket.destroy(), DISCARD_MS);
  const done = (): void => clearTimeout(timer);
  req.on('end', done);
  req.on('close', done);
  req.resume();
}
