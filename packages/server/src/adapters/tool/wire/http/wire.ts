/** JSON-RPC over streamable HTTP: one POST per message. */
import type { JsonRecord } from '@countersign/kernel/json';
import { abortedBy, asFailed, Failed } from '../../failed.ts';
import { readJson } from '../../parts/json.ts';
import { pause } from '../../parts/pause.ts';
import type { Secrets } from '../../parts/secrets.ts';
import { type Answer, type Ask, type Hear, kindOf, type Wire } from '../wire.ts';
import type { Dialer } from './dial.ts';
import { Reply, StatusFailed } from './reply.ts';
import { headerOf, type HttpRequest, mediaTypeOf, type ResponseHeaders, sendHttp } from './send.ts';
import { Events } from './sse.ts';

export interface HttpWireTerms {
  readonly dialer: Dialer;
  readonly url: URL;
  /** Asked for each message. @throws Failed unresolved */
  readonly secrets: () => Secrets;
  readonly hear: Hear;
  /** Closing the stream of an answer cancels the request; otherwise a notification does. */
  readonly closeCancels: boolean;
}

/** From the answer to the end of its stream. */
const LINGER_MS = 1_000;
/** For notifications and responses of ours. */
const TELL_TIMEOUT_MS = 10_000;
/** Before a broken stream is taken up again, where the server asks for nothing. */
const RESUME_MS = 1_000;
const RESUMES_MAX = 100;
const EVENT_BYTES_MAX = 4 * 1_024 * 1_024;
const SESSION_CHARS_MAX = 1_024;

const JSON_HEADERS = ['content-type', 'application/json', 'accept', 'application/json, text/event-stream'];

/** The server knows our session no more: it cannot have acted. */
export class SessionGone extends Failed {
  constructor() {
    super('lost', 'the server does not know the session', { sent: true, answered: true });
  }
}

export class HttpWire implements Wire {
  readonly #terms: HttpWireTerms;
  /** One for each message on its way. */
  readonly #stops = new Set<AbortController>();
  #closed = false;
  #nextId = 1;
  #session: string | undefined;
  /** Sent with every message once it is known. */
  version: string | undefined;

  constructor(terms: HttpWireTerms) {
    this.#terms = terms;
  }

  get alive(): boolean {
    return !this.#closed;
  }

  ask(ask: Ask): Promise<Answer> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((done, fail) => {
      if (ask.signal.aborted) return fail(abortedBy(ask.signal, false));
      if (this.#closed) return fail(new Failed('refused', 'the session was ended', { sent: false }));
      const stop = this.#stop();
      let linger: NodeJS.Timeout | undefined;
      const quit = (): void => {
        fail(abortedBy(ask.signal, true));
        this.#cancel(id, ask, stop);
      };
      ask.signal.addEventListener('abort', quit, { once: true });
      const settled = (): void => ask.signal.removeEventListener('abort', quit);
      const reply = new Reply({
        id,
        bytesMax: ask.bytesMax,
        session: this.#session !== undefined,
        hear: (message) => this.#terms.hear(message, ask),
        headers: (headers) => this.#note(ask.method, headers),
        answered: (answer) => {
          settled();
          linger = setTimeout(() => stop.abort(), LINGER_MS);
          done(answer);
        },
      });
      this.#exchange({ id, ask, reply, signal: stop.signal })
        .catch((thrown: unknown) => {
          settled();
          fail(asFailed(thrown));
        })
        .finally(() => {
          clearTimeout(linger);
          this.#stops.delete(stop);
        });
    });
  }

  tell(message: JsonRecord): void {
    const stop = this.#stop();
    const late = setTimeout(() => stop.abort(), TELL_TIMEOUT_MS);
    this.#send({ method: 'POST', body: JSON.stringify(message), headers: JSON_HEADERS, signal: stop.signal }, IGNORED)
      .catch(() => undefined)
      .finally(() => {
        clearTimeout(late);
        this.#stops.delete(stop);
      });
  }

  /**
   * What the server says outside of any request, until the stream ends. `opened` is called when there is a stream.
   * @throws Failed, StatusFailed where there is no such stream
   */
  async listen(opened: () => void): Promise<void> {
    const events = new Events(
      {
        event: ({ data }) => this.#loose(data),
        retry: () => undefined,
        overflow: () => {
          throw new Failed('too-large', 'an event above the cap', { sent: true });
        },
      },
      EVENT_BYTES_MAX,
    );
    const sink = {
      start: (status: number, headers: ResponseHeaders): void => {
        if (status !== 200 || mediaTypeOf(headers) !== 'text/event-stream') throw new StatusFailed(status);
        opened();
      },
      data: (chunk: Buffer): void => events.push(chunk),
    };
    const stop = this.#stop();
    try {
      await this.#send({ method: 'GET', body: null, headers: ['accept', 'text/event-stream'], signal: stop.signal }, sink);
    } finally {
      this.#stops.delete(stop);
    }
  }

  /** Ends the session at the server, if there is one. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#stops) stop.abort();
    const signal = AbortSignal.timeout(LINGER_MS);
    if (this.#session !== undefined)
      await this.#send({ method: 'DELETE', body: null, headers: ['accept', 'application/json'], signal }, IGNORED).catch(
        () => undefined,
      );
  }

  #stop(): AbortController {
    const stop = new AbortController();
    this.#stops.add(stop);
    return stop;
  }

  async #exchange(parts: { id: number; ask: Ask; reply: Reply; signal: AbortSignal }): Promise<void> {
    const { reply, signal } = parts;
    await this.#post(parts);
    for (let resumes = 0; !reply.end(); resumes += 1) {
      if (this.#terms.closeCancels || reply.lastEventId === undefined || resumes === RESUMES_MAX)
        throw new Failed('reset', 'the stream ended before the answer', { sent: true, answered: true });
      await pause(reply.retryMs ?? RESUME_MS, signal, true);
      const headers = ['accept', 'text/event-stream', 'last-event-id', reply.lastEventId];
      await this.#send({ method: 'GET', body: null, headers, signal }, reply);
    }
  }

  async #post({ id, ask, reply, signal }: { id: number; ask: Ask; reply: Reply; signal: AbortSignal }): Promise<void> {
    const body = JSON.stringify({ jsonrpc: '2.0', id, method: ask.method, params: ask.params });
    const hadSession = this.#session !== undefined;
    try {
      await this.#send({ method: 'POST', body, headers: [...JSON_HEADERS, ...(ask.headers ?? [])], signal }, reply);
    } catch (thrown) {
      if (hadSession && thrown instanceof StatusFailed && thrown.status === 404) throw new SessionGone();
      // A stream that breaks after it said how to take it up again is no loss yet.
      if (!(thrown instanceof Failed && thrown.kind === 'reset' && reply.lastEventId !== undefined)) throw thrown;
    }
  }

  /** @param own what this message adds; the rest is the same for all */
  #send(own: Pick<HttpRequest, 'method' | 'body' | 'headers' | 'signal'>, sink: Parameters<typeof sendHttp>[2]): Promise<void> {
    let secrets: Secrets;
    try {
      secrets = this.#terms.secrets();
    } catch (thrown) {
      return Promise.reject(thrown instanceof Error ? thrown : new Error('no credential'));
    }
    const version = this.version === undefined ? [] : ['mcp-protocol-version', this.version];
    const session = this.#session === undefined ? [] : ['mcp-session-id', this.#session];
    return sendHttp(
      this.#terms.dialer,
      {
        ...own,
        url: this.#terms.url,
        headers: [...own.headers, ...version],
        ownHeaders: [...secrets.headers, ...session],
        query: secrets.query,
      },
      sink,
    );
  }

  #note(method: string, headers: ResponseHeaders): void {
    if (method !== 'initialize' || this.#terms.closeCancels) return;
    const id = headerOf(headers, 'mcp-session-id');
    if (id !== undefined && id.length <= SESSION_CHARS_MAX && /^[\x21-\x7e]+$/.test(id)) this.#session = id;
  }

  #cancel(id: number, ask: Ask, stop: AbortController): void {
    if (!this.#terms.closeCancels && ask.method !== 'initialize')
      this.tell({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: 'cancelled' } });
    stop.abort();
  }

  #loose(data: Buffer): void {
    if (data.length === 0) return;
    const read = readJson(data);
    if ('problem' in read) return;
    const kind = kindOf(read.value);
    if (kind === 'request' || kind === 'notification') this.#terms.hear(read.value as JsonRecord, undefined);
  }
}

const IGNORED = { start: () => undefined, data: () => undefined };
