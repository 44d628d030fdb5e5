/** HTTP servers on ports that the system gives, ended with the test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** May be asynchronous; it handles its own failures. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

const open: (() => Promise<void>)[] = [];

/** @returns its origin */
export async function listen(handler: Handler): Promise<string> {
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push(
    () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((close) => close()));
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params: {
    readonly name?: string;
    readonly arguments?: Record<string, unknown>;
    readonly _meta?: Record<string, unknown>;
    readonly [member: string]: unknown;
  };
}

export interface Turn {
  readonly message: Message;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Answers with a JSON-RPC result. */
  result(result: object): void;
  error(code: number, status?: number, data?: object): void;
}

/** A server of bare JSON-RPC over POST; what is no POST goes to `other`. */
export const rpc =
  (post: (turn: Turn) => void, other: Handler = (_request, response) => response.writeHead(405).end()): Handler =>
  async (request, response) => {
    if (request.method !== 'POST') return other(request, response);
    const message = JSON.parse(await bodyOf(request)) as Message;
    const send = (status: number, body: object): void => {
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...body }));
    };
    post({
      message,
      request,
      response,
      result: (result) => send(200, { result }),
      error: (code, status = 200, data) =>
        send(status, { error: { code, message: 'no', ...(data === undefined ? {} : { data }) } }),
    });
  };
