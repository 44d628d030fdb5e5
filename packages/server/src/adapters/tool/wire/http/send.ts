/** One HTTP request to a checked address, redirects followed by our own rules, its answer as it comes. */
import type { Dispatcher } from 'undici';
import { abortedBy, Failed } from '../../failed.ts';
import type { Secrets } from '../../parts/secrets.ts';
import { Blocked, type Dialer } from './dial.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** Name, value, ...; sent to every origin that a redirect leads to. */
  readonly headers: readonly string[];
  /** Sent to the first origin only: credentials, session ids. */
  readonly ownHeaders: readonly string[];
  readonly query: Secrets['query'];
  readonly body: string | null;
  readonly signal: AbortSignal;
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface HttpSink {
  start(status: number, headers: ResponseHeaders): void;
  /** What it throws ends the request. */
  data(chunk: Buffer): void;
}

const REDIRECTS_MAX = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Those that keep method and body. */
const KEEPING: ReadonlySet<number> = new Set([307, 308]);

/** Resolves at the end of the answer. @throws Failed, or what the sink throws */
export async function sendHttp(dialer: Dialer, request: HttpRequest, sink: HttpSink): Promise<void> {
  let { url } = request;
  for (let redirects = 0; ; redirects += 1) {
    const location = await one(
      dialer,
      { ...request, url },
      { sink, first: url.origin === request.url.origin, sent: redirects > 0 },
    );
    if (location === undefined) return;
    if (redirects === REDIRECTS_MAX) throw answered('garbage', 'too many redirects');
    url = follow(url, location);
  }
}

const answered = (kind: 'garbage' | 'blocked', internal: string): Failed =>
  new Failed(kind, internal, { sent: true, answered: true });

function follow(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw answered('garbage', 'a redirect to nowhere');
  const to = new URL(location, from.href);
  if (to.username !== '' || to.password !== '') throw answered('blocked', 'a redirect with credentials in it');
  if (to.protocol !== 'https:' && !(to.protocol === 'http:' && from.protocol === 'http:'))
    throw answered('blocked', `a redirect to ${to.protocol}`);
  return to;
}

interface Turn {
  readonly sink: HttpSink;
  /** Still the origin of the entry: credentials go along. */
  readonly first: boolean;
  readonly sent: boolean;
}

/** @returns where a redirect leads */
function one(dialer: Dialer, request: HttpRequest, turn: Turn): Promise<string | undefined> {
  return new Promise((done, fail) => {
    const { signal } = request;
    if (signal.aborted) return fail(abortedBy(signal, turn.sent));
    const exchange = new Exchange(request, turn, (location, failed) => {
      signal.removeEventListener('abort', quit);
      if (failed === undefined) done(location);
      else fail(failed);
    });
    const quit = (): void => exchange.abort();
    signal.addEventListener('abort', quit, { once: true });
    const { headers, path } = outgoing(request, turn.first);
    try {
      dialer.pool(request.url.origin).dispatch({ method: request.method, path, headers, body: request.body }, exchange);
    } catch (thrown) {
      // Header values that HTTP does not allow.
      exchange.refuse(thrown);
    }
  });
}

function outgoing({ url, headers, ownHeaders, query }: HttpRequest, first: boolean): { headers: string[]; path: string } {
  const all = [...headers, 'accept-encoding', 'identity', ...(first ? ownHeaders : [])];
  if (!first || query.length === 0) return { headers: all, path: url.pathname + url.search };
  const joined = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return { headers: all, path: `${url.pathname}${url.search === '' ? '?' : `${url.search}&`}${joined}` };
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #turn: Turn;
  readonly #done: (location: string | undefined, failed?: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #sent: boolean;
  #answered = false;
  #over = false;

  constructor(request: HttpRequest, turn: Turn, done: (location: string | undefined, failed?: unknown) => void) {
    this.#request = request;
    this.#turn = turn;
    this.#sent = turn.sent;
    this.#done = done;
  }

  /** By the signal of the request. */
  abort(): void {
    this.#finish(undefined, abortedBy(this.#request.signal, this.#sent));
    this.#controller?.abort(new Error('aborted'));
  }

  refuse(thrown: unknown): void {
    const internal = thrown instanceof Error ? thrown.name : 'not sent';
    this.#finish(undefined, new Failed('refused', `the request cannot be sent: ${internal}`, { sent: this.#sent }));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) return controller.abort(new Error('aborted'));
    this.#sent = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (this.#over || status < 200) return;
    this.#answered = true;
    const location = headerOf(headers, 'location');
    const follows = REDIRECTS.has(status) && location !== undefined;
    if (follows && !KEEPING.has(status) && this.#request.method !== 'GET' && this.#request.method !== 'HEAD')
      return this.#stop(controller, answered('garbage', `a redirect (${status}) that drops the request's body`));
    if (follows) {
      this.#finish(location);
      return controller.abort(new Error('redirected'));
    }
    this.#guard(controller, () => this.#turn.sink.start(status, headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#guard(controller, () => this.#turn.sink.data(chunk));
  }

  onResponseEnd(): void {
    this.#finish(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#finish(undefined, failedBy(error, { sent: this.#sent, answered: this.#answered }));
  }

  #guard(controller: Dispatcher.DispatchController, act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#stop(controller, thrown);
    }
  }

  #stop(controller: Dispatcher.DispatchController, failed: unknown): void {
    this.#finish(undefined, failed);
    controller.abort(new Error('not wanted'));
  }

  #finish(location: string | undefined, failed?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(location, failed);
  }
}

/** The first value of a header. */
export function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The media type of an answer, lower case and without parameters; empty where it names none. */
export const mediaTypeOf = (headers: ResponseHeaders): string =>
  (headerOf(headers, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const NO_CONNECTION: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function failedBy(error: Error, was: { readonly sent: boolean; readonly answered: boolean }): Failed {
  if (error instanceof Blocked) return new Failed('blocked', error.message, was);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const internal = `${error.name} ${code}`.trim();
  if (!was.sent || NO_CONNECTION.has(code)) return new Failed('refused', internal, was);
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') return new Failed('garbage', internal, was);
  return new Failed('reset', internal, was);
}
