/** An HTTP server on a loopback port that the system chooses. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request whose handling is rejected is cut off. */
export type Handle = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

export class Loopback {
  readonly #server: Server;

  private constructor(handle: Handle) {
    this.#server = createServer((req, res) => {
      Promise.resolve(handle(req, res)).catch(() => res.destroy());
    });
  }

  static async open(handle: Handle): Promise<Loopback> {
    const loopback = new Loopback(handle);
    await new Promise<void>((done) => loopback.#server.listen(0, '127.0.0.1', done));
    return loopback;
  }

  /** Origin, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

export async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
