/**
 * A wire between client and server that can be cut at any byte: of what the client says from its COMMIT on, or of what the server answers
 * to it. Everything before passes untouched.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Cut {
  /** Bytes of the COMMIT message that reach the server; all of them when it is the answer that is cut. */
  readonly request: number | 'all';
  /** Bytes of the answer that reach the client. */
  readonly answer: number;
}

export interface CutProxy {
  readonly host: string;
  readonly port: number;
  /** The next COMMIT on any connection is cut so; once. */
  arm(cut: Cut): void;
  close(): Promise<void>;
}

/** A simple query message: `Q`, length, text, zero byte. */
const COMMIT = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1');
export const COMMIT_BYTES = COMMIT.length;

/** @param target what `net.connect` takes to reach the server */
export async function cutProxy(target: { path: string } | { host: string; port: number }): Promise<CutProxy> {
  let armed: Cut | undefined;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(target);
    let left = Number.POSITIVE_INFINITY;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (chunk) => {
      const at = armed === undefined ? -1 : chunk.indexOf(COMMIT);
      if (at < 0 || armed === undefined) return void upstream.write(chunk);
      const cut = armed;
      armed = undefined;
      left = cut.request === 'all' ? cut.answer : 0;
      if (cut.request === 'all') return void upstream.write(chunk);
      // What was written must leave before the line goes dead.
      upstream.end(chunk.subarray(0, at + cut.request), () => setTimeout(end, 5));
    });
    upstream.on('data', (chunk) => {
      if (left === Number.POSITIVE_INFINITY) return void client.write(chunk);
      const pass = chunk.subarray(0, left);
      left -= pass.length;
      if (left === 0 && pass.length === 0) end();
      else if (left === 0) client.end(pass, end);
      else client.write(pass);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    arm: (cut) => {
      armed = cut;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
