/** An HTTP server on a loopback port that the system chooses. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request whose handling is rejected is cut off. */
export type Handle = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

export class Loopback {
  readonly #server: Server;

  constructor(handle: Handle) {
    this.#server = createServer((req, res) => {
      Promise.resolve(handle(req, res)).catch(() => res.destroy());
    });
  }

  listen(): Promise<void> {
    return new Promise((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  /** Origin, without a slash at the end; from `listen` to `close`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

export const answerJson = (res: ServerResponse, value: object, headers: Readonly<Record<string, string>> = {}): void => {
  res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
};

export async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
