/** A small typed client of the management API, for the command line. It knows HTTP, problem documents and streams; shapes are the caller's. */
import { randomUUID } from 'node:crypto';
import { type Json, isRecord, type JsonRecord } from '@countersign/kernel/json';
import { sseEvents, type SseEvent, textLines } from './streams.ts';

export interface ClientOptions {
  /** Without a trailing slash. */
  readonly url: string;
  readonly key: string | undefined;
  readonly fetch?: typeof fetch;
  /** Milliseconds for an answer to begin. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly json: JsonRecord;
  readonly etag: string | undefined;
}

/** The server said no, in its own words. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problem: JsonRecord;

  constructor(status: number, problem: JsonRecord) {
    super(typeof problem['detail'] === 'string' ? problem['detail'] : `the server answered ${status}`);
    this.name = 'ProblemError';
    this.status = status;
    this.problem = problem;
  }
}

/** Nobody answered, or not in our language. */
export class UnreachableError extends Error {
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super(`no answer from ${url}`, { cause });
    this.name = 'UnreachableError';
    this.url = url;
  }
}

const ANSWER_TIMEOUT_MS = 60_000;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** A path from literal text and ids, each id escaped: `` pathOf`/agents/${id}` ``. */
export function pathOf(texts: TemplateStringsArray, ...ids: readonly string[]): string {
  return texts.map((text, at) => text + (at < ids.length ? encodeURIComponent(ids[at] ?? '') : '')).join('');
}

export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = { ...options, url: options.url.replace(/\/+$/, '') };
  }

  get url(): string {
    return this.#options.url;
  }

  get(path: string, query: Query = {}): Promise<Answer> {
    return this.#json('GET', withQuery(path, query));
  }

  /** Each call has an idempotency key of its own: a connection that breaks can be tried again by hand without a second effect on our side. */
  post(
    path: string,
    body: Json | undefined,
    options: { query?: Query; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID(), ...options.headers };
    return this.#json('POST', withQuery(path, options.query ?? {}), body, headers);
  }

  put(path: string, body: Json, query: Query = {}): Promise<Answer> {
    return this.#json('PUT', withQuery(path, query), body);
  }

  delete(path: string, query: Query = {}): Promise<Answer> {
    return this.#json('DELETE', withQuery(path, query));
  }

  /** Lines of an NDJSON answer, parsed. */
  async *lines(path: string, query: Query = {}): AsyncIterable<JsonRecord> {
    const response = await this.#send('GET', withQuery(path, query), undefined, {});
    for await (const line of textLines(response)) {
      const parsed: unknown = JSON.parse(line);
      if (isRecord(parsed)) yield parsed;
    }
  }

  /** Server-sent events until the stream ends. */
  async *events(path: string, options: { query?: Query; lastEventId?: string } = {}): AsyncIterable<SseEvent> {
    const headers: Record<string, string> = options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId };
    yield* sseEvents(await this.#send('GET', withQuery(path, options.query ?? {}), undefined, headers));
  }

  async #json(method: string, path: string, body?: Json, extra: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await this.#send(method, path, body, extra);
    const text = await response.text();
    const etag = response.headers.get('etag')?.replace(/^"(.*)"$/, '$1');
    return { status: response.status, json: this.#parse(text), etag };
  }

  #parse(text: string): JsonRecord {
    if (text === '') return {};
    try {
      const parsed: unknown = JSON.parse(text);
      if (isRecord(parsed)) return parsed;
    } catch (cause) {
      throw new UnreachableError(this.url, cause);
    }
    throw new UnreachableError(this.url, new Error('the answer is not a JSON object'));
  }

  /** @throws ProblemError for 4xx and 5xx, UnreachableError when there is no answer that we understand */
  async #send(method: string, path: string, body: Json | undefined, extra: Readonly<Record<string, string>>): Promise<Response> {
    const { url, key, signal } = this.#options;
    const headers: Record<string, string> = { ...extra };
    if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), this.#options.timeoutMs ?? ANSWER_TIMEOUT_MS);
    const init: RequestInit = {
      method,
      headers,
      redirect: 'error',
      signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await (this.#options.fetch ?? fetch)(url + path, init)
      .catch((cause: unknown) => {
        throw new UnreachableError(url, cause);
      })
      .finally(() => clearTimeout(timer));
    if (response.ok) return response;
    throw new ProblemError(response.status, await problemFrom(response));
  }
}

async function problemFrom(response: Response): Promise<JsonRecord> {
  try {
    const parsed: unknown = JSON.parse(await response.text());
    if (isRecord(parsed)) return parsed;
  } catch {
    // Not one of ours: the status is all that we know.
  }
  return {
    status: response.status,
    title: `The server answered ${response.status}`,
    detail: 'The answer is not a problem document; is this the right address?',
  };
}
