/** A tool server that a test scripts, in the newer era: what it offers can change at any time, and its answers need not be answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly headers: IncomingMessage['headers'];
  /** As it came: header lines and body. */
  readonly raw: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export type Definition = Readonly<Record<string, unknown>> & { readonly name: string };
/** The result, or undefined where the script answered on the response itself. */
export type Answer = (heard: Heard, res: ServerResponse) => object | undefined | Promise<object | undefined>;

export const said = (text: string, more: object = {}): object => ({ content: [{ type: 'text', text }], ...more });
export const tool = (name: string, more: object = {}): Definition => ({
  name,
  description: `Does ${name.replaceAll('_', ' ')}.`,
  inputSchema: { type: 'object' },
  ...more,
});

const BODY_MAX = 32 * 1024 * 1024;

export class Peer {
  tools: readonly Definition[];
  /** By name of the tool. */
  answers: Readonly<Record<string, Answer>> = {};
  readonly heard: Heard[] = [];
  connections = 0;
  readonly #server: Server;

  private constructor(tools: readonly Definition[]) {
    this.tools = tools;
    this.#server = createServer((req, res) => {
      this.#serve(req, res).catch(() => res.destroy());
    });
    this.#server.on('connection', () => (this.connections += 1));
  }

  static async open(...tools: readonly Definition[]): Promise<Peer> {
    const peer = new Peer(tools);
    await new Promise<void>((done) => peer.#server.listen(0, '127.0.0.1', done));
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** Calls of tools. */
  get calls(): readonly Heard[] {
    return this.heard.filter(({ method }) => method === 'tools/call');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of req as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if ((size += chunk.length) > BODY_MAX) throw new Error('too large');
    }
    const body = Buffer.concat(chunks).toString('utf8');
    const raw = `${req.method} ${req.url}\n${req.rawHeaders.join('\n')}\n${body}`;
    if (req.method !== 'POST') return void res.writeHead(405).end();
    const message = JSON.parse(body) as { id?: number; method: string; params?: Record<string, unknown> };
    const heard = { headers: req.headers, raw, method: message.method, params: message.params ?? {} };
    this.heard.push(heard);
    if (message.id === undefined) return void res.writeHead(202).end();
    const result = await this.#result(heard, res);
    if (result === undefined) return;
    const answer = 'code' in result ? { error: result } : { result: { resultType: 'complete', ...result } };
    json(res, 'code' in result ? 404 : 200, { jsonrpc: '2.0', id: message.id, ...answer });
  }

  async #result(heard: Heard, res: ServerResponse): Promise<object | undefined> {
    const hints = { ttlMs: 5_000, cacheScope: 'private' };
    switch (heard.method) {
      case 'server/discover':
        return {
          ...hints,
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {} },
          serverInfo: { name: 'peer', version: '1' },
        };
      case 'tools/list':
        return { ...hints, tools: this.tools };
      case 'tools/call': {
        const name = String(heard.params['name']);
        const answer = this.answers[name];
        return answer === undefined ? said(`${name} was called`) : answer(heard, res);
      }
      default:
        return { code: -32601, message: 'There is no such method.' };
    }
  }
}

const json = (res: ServerResponse, status: number, value: object): void => {
  if (!res.headersSent) res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
