/**
 * The answer to one POST: one JSON document, or an event stream where something has to be said before the end. Which of the two is decided by
 * the first thing that is written.
 */
import type { ServerResponse } from 'node:http';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { EventStream } from '../stream/event-stream.ts';
import type { RequestId } from './message.ts';

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: Json;
}

/** Headers of every answer: nothing here is for a cache, and no browser guesses at its type. */
export const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export class Answer {
  readonly #res: ServerResponse;
  readonly #id: RequestId | null;
  readonly #headers: Record<string, string>;
  readonly #streams: boolean;
  #stream: EventStream | undefined;

  /** @param streams whether the client reads event streams */
  constructor(res: ServerResponse, id: RequestId | null, streams: boolean, headers: Readonly<Record<string, string>> = {}) {
    this.#res = res;
    this.#id = id;
    this.#streams = streams;
    this.#headers = { ...headers };
  }

  /** Goes out with the first byte; ignored afterwards. */
  header(name: string, value: string): void {
    this.#headers[name] = value;
  }

  /** False where the client takes no stream or is gone: it is then told nothing. */
  notify(method: string, params: JsonRecord): boolean {
    return this.#send({ jsonrpc: '2.0', method, params });
  }

  /** A request of ours to the client, which answers it in a POST of its own. */
  ask(id: string, method: string, params: JsonRecord): boolean {
    return this.#send({ jsonrpc: '2.0', id, method, params });
  }

  result(result: JsonRecord): void {
    this.#end(200, JSON.stringify({ jsonrpc: '2.0', id: this.#id, result }));
  }

  /** @param text JSON of the result, made before */
  resultText(text: string): void {
    this.#end(200, `{"jsonrpc":"2.0","id":${JSON.stringify(this.#id)},"result":${text}}`);
  }

  error(error: RpcError, status = 200): void {
    this.#end(status, JSON.stringify({ jsonrpc: '2.0', id: this.#id, error }));
  }

  #send(message: JsonRecord): boolean {
    if (!this.#streams || this.#res.destroyed || this.#res.writableEnded) return false;
    this.#stream ??= new EventStream(this.#res, this.#headers);
    return this.#stream.send(JSON.stringify(message));
  }

  #end(status: number, text: string): void {
    const res = this.#res;
    if (this.#stream !== undefined) {
      this.#stream.send(text);
      return this.#stream.end();
    }
    if (res.headersSent || res.destroyed) return;
    const bytes = Buffer.from(text);
    res.writeHead(status, {
      ...NO_STORE,
      ...this.#headers,
      'content-type': 'application/json',
      'content-length': String(bytes.length),
    });
    res.end(bytes);
  }
}
