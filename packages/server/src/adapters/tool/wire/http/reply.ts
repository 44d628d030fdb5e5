/** The answer to one posted request: a JSON document or a stream of events, until the response to this request has come. */
import type { JsonRecord } from '@countersign/kernel/json';
import { Failed, garbage } from '../../failed.ts';
import { readJson } from '../../parts/json.ts';
import { type Answer, kindOf } from '../wire.ts';
import { headerOf, type HttpSink, mediaTypeOf, type ResponseHeaders } from './send.ts';
import { Events } from './sse.ts';

/** A status without a message of the protocol. */
export class StatusFailed extends Failed {
  readonly status: number;

  constructor(status: number) {
    const kind = status === 401 || status === 403 ? 'unauthorized' : status === 429 || status >= 500 ? 'refused' : 'garbage';
    super(kind, `HTTP status ${status}`, { sent: true, answered: true });
    this.status = status;
  }
}

/** Beside the answer: its envelope, and in a stream what comes before it. */
const ENVELOPE_BYTES = 64 * 1_024;
const NOTICES_BYTES = 4 * 1_024 * 1_024;

export interface ReplyTerms {
  readonly id: number;
  readonly bytesMax: number;
  /** A session was named: 404 then is about it, whatever the body says. */
  readonly session: boolean;
  /** Notifications and requests of the server. */
  readonly hear: (message: JsonRecord) => void;
  readonly headers: (headers: ResponseHeaders) => void;
  readonly answered: (answer: Answer) => void;
}

export class Reply implements HttpSink {
  readonly #terms: ReplyTerms;
  readonly #chunks: Buffer[] = [];
  #events: Events | undefined;
  #status = 0;
  #bytes = 0;
  #done = false;
  /** Of the last event that had one: where a broken stream may be taken up again. */
  lastEventId: string | undefined;
  /** What the server asks for before that. */
  retryMs: number | undefined;

  constructor(terms: ReplyTerms) {
    this.#terms = terms;
  }

  start(status: number, headers: ResponseHeaders): void {
    this.#status = status;
    this.#bytes = 0;
    this.#events = undefined;
    this.#chunks.length = 0;
    const type = mediaTypeOf(headers);
    if (status === 401 || status === 403 || (status === 404 && this.#terms.session)) throw new StatusFailed(status);
    this.#terms.headers(headers);
    if (type === 'text/event-stream' && status === 200) this.#events = this.#listen();
    else if (type !== 'application/json')
      throw status === 200 ? garbage(`an answer of type ${shown(type)}`) : new StatusFailed(status);
    const length = Number(headerOf(headers, 'content-length') ?? 0);
    if (this.#events === undefined && length > this.#terms.bytesMax + ENVELOPE_BYTES) throw tooLarge();
  }

  data(chunk: Buffer): void {
    if (this.#done) return;
    this.#bytes += chunk.length;
    const max = this.#terms.bytesMax + ENVELOPE_BYTES + (this.#events === undefined ? 0 : NOTICES_BYTES);
    if (this.#bytes > max) throw tooLarge();
    if (this.#events === undefined) this.#chunks.push(chunk);
    else this.#events.push(chunk);
  }

  /** After the last byte. @returns false where a stream ended before the answer; @throws Failed for what is no answer */
  end(): boolean {
    if (this.#done) return true;
    if (this.#events !== undefined) return false;
    const read = readJson(Buffer.concat(this.#chunks));
    if ('problem' in read || kindOf(read.value) !== 'response')
      throw this.#status === 200 ? garbage('the answer is no response') : new StatusFailed(this.#status);
    this.#take(read.value as JsonRecord, this.#bytes);
    return true;
  }

  #listen(): Events {
    return new Events(
      {
        event: ({ data, id }) => {
          if (id !== undefined) this.lastEventId = id;
          if (data.length > 0 && !this.#done) this.#event(data);
        },
        retry: (ms) => {
          this.retryMs = ms;
        },
        overflow: () => {
          throw tooLarge();
        },
      },
      this.#terms.bytesMax + ENVELOPE_BYTES,
    );
  }

  #event(data: Buffer): void {
    const read = readJson(data);
    if ('problem' in read) throw garbage(`an event that cannot be read: ${read.problem}`);
    const kind = kindOf(read.value);
    if (kind === undefined) throw garbage('an event that is no message');
    if (kind === 'response') this.#take(read.value as JsonRecord, data.length);
    else this.#terms.hear(read.value as JsonRecord);
  }

  #take(message: JsonRecord, bytes: number): void {
    // Errors about what could not be read have no id.
    const own =
      message.id === this.#terms.id || (message.error !== undefined && (message.id === null || message.id === undefined));
    if (!own) throw garbage('a response to another request');
    this.#done = true;
    this.#terms.answered({ message, bytes, status: this.#status });
  }
}

const tooLarge = (): Failed => new Failed('too-large', 'an answer above the cap', { sent: true, answered: true });

const shown = (type: string): string => (/^[a-z0-9.+/-]{1,64}$/.test(type) ? type : 'an odd kind');
