/** Server-sent events on one response, with a sign of life for those in between and a bound on what a slow reader may leave lying. */
import type { ServerResponse } from 'node:http';

/** Proxies end connections that are silent for a minute; some for half of one. */
const ALIVE_MS = 15_000;
/** A client that does not read this much is not reading. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;

export class EventStream {
  readonly #res: ServerResponse;
  readonly #timer: NodeJS.Timeout;

  constructor(res: ServerResponse, headers: Readonly<Record<string, string>> = {}) {
    this.#res = res;
    res.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    res.flushHeaders();
    this.#timer = setInterval(() => this.#write(':\n\n'), ALIVE_MS).unref();
    res.once('close', () => clearInterval(this.#timer));
  }

  get open(): boolean {
    return !this.#res.destroyed && !this.#res.writableEnded;
  }

  /** @param text one JSON document @returns false when nobody gets it */
  send(text: string): boolean {
    return this.#write(`event: message\ndata: ${text}\n\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.open) this.#res.end();
  }

  #write(text: string): boolean {
    if (!this.open) return false;
    this.#res.write(text);
    if (this.#res.writableLength <= UNREAD_BYTES_MAX) return true;
    this.#res.destroy();
    return false;
  }
}
