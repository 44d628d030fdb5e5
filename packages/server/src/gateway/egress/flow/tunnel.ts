/** Bytes both ways between two sockets, each piece counted before it goes on. */
import type { Socket } from 'node:net';
import type { Direction, Flow } from './meter.ts';

/** A connection on which nothing happens for so long is given up. */
export const TUNNEL_IDLE_MS = 10 * 60_000;

export type TunnelEnd = 'done' | 'failed' | 'cap' | 'idle';

export interface TunnelTerms {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly flow: Flow;
  /** What had come of both sides before; a side may even have ended since. */
  readonly ahead: { readonly up: Buffer; readonly down: Buffer };
  /** Looks at what comes back; sizes stay the same in all. */
  readonly change?: { push(bytes: Buffer): Buffer; end(): Buffer };
}

/** Ends when both are closed. */
export function tunnel({ client, upstream, flow, ahead, change }: TunnelTerms): Promise<TunnelEnd> {
  return new Promise((resolve) => {
    let end: TunnelEnd | undefined;
    let open = 2;
    const finish = (why: TunnelEnd): void => {
      end ??= why;
      client.destroy();
      upstream.destroy();
    };
    const onClose = (): void => {
      open -= 1;
      if (open === 0) resolve(end ?? 'done');
    };
    for (const socket of [client, upstream]) {
      // One side may have said all it has and still listen.
      socket.allowHalfOpen = true;
      socket.setTimeout(TUNNEL_IDLE_MS, () => finish('idle'));
      if (socket.destroyed) onClose();
      else socket.on('close', onClose);
      socket.resume();
    }
    relay({ from: client, to: upstream, direction: 'up', flow, finish, ahead: ahead.up });
    const isToldAll = relay({
      from: upstream,
      to: client,
      direction: 'down',
      flow,
      finish,
      ahead: ahead.down,
      ...(change === undefined ? {} : { change }),
    });
    upstream.on('error', () => finish('failed'));
    // A client that has been told all may leave as it likes: one that closes before it has read the last bytes (TLS says goodbye) resets the connection.
    client.on('error', () => finish(isToldAll() ? 'done' : 'failed'));
    if (client.destroyed || upstream.destroyed) finish('failed');
  });
}

interface RelayTerms {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: Direction;
  readonly flow: Flow;
  readonly finish: (why: TunnelEnd) => void;
  readonly ahead: Buffer;
  readonly change?: TunnelTerms['change'];
}

/** @returns whether all that one side had to say has gone out to the other */
function relay({ from, to, direction, flow, finish, ahead, change }: RelayTerms): () => boolean {
  let unsent = 0;
  const send = (bytes: Buffer): boolean => {
    unsent += 1;
    return to.write(bytes, (error) => {
      if (error === null || error === undefined) unsent -= 1;
    });
  };
  const onDrain = (): void => {
    from.resume();
  };
  const onData = (chunk: Buffer): void => {
    if (!flow.count(direction, chunk.length)) return finish('cap');
    const bytes = change === undefined ? chunk : change.push(chunk);
    if (send(bytes)) return;
    from.pause();
    to.once('drain', onDrain);
  };
  const onEnd = (): void => {
    if (change !== undefined) send(change.end());
    to.end();
  };
  if (ahead.length > 0) onData(ahead);
  if (from.readableEnded) onEnd();
  from.on('data', onData);
  from.on('end', onEnd);
  // One that broke takes the other with it; one that ended has said so above.
  from.on('close', () => {
    if (!from.readableEnded) finish('failed');
  });
  return () => from.readableEnded && unsent === 0;
}
