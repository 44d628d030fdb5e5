/** Ends a connection so that what was said last arrives: closing on a client that is still sending takes the answer away from it. */
import type { Socket } from 'node:net';
import type { Inlet } from './inlet.ts';

/** Time to read the answer and stop. */
const LEAVE_MS = 2_000;

export async function leave({ socket, inlet }: { readonly socket: Socket; readonly inlet: Inlet }, last?: Buffer): Promise<void> {
  inlet.release();
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), LEAVE_MS);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on('end', () => socket.destroy());
    socket.on('data', () => undefined);
    socket.resume();
    if (last === undefined) socket.end();
    else socket.end(last);
  });
}
