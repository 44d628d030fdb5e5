/**
 * One answer on its way from the provider to the client. INVARIANT: it ends exactly once, and a stream ends cleanly for the client only
 * when the provider's format said that it was complete.
 */
import type { ServerResponse } from 'node:http';
import type { WireFormat } from '../../../ports/registry.ts';
import type { UpstreamExchange, UpstreamFailure, UpstreamSink } from '../../../ports/upstream.ts';
import type { StreamEnd, UpstreamTrouble } from '../face/face.ts';
import { brokenStream, keepAlive } from '../face/stream.ts';
import { answerHeaders, type HeaderBag } from '../headers.ts';
import type { Meter } from '../meter/index.ts';
import { ERROR_BODY_BYTES_MAX, failureTrouble, garbageTrouble, statusTrouble } from '../trouble.ts';
import type { Ending, Metered } from './ending.ts';
import { SILENCE_MS, type Silent, type SilenceWatch, UNREAD_MS } from './silence.ts';
import { type SseEvent, SseSplitter } from './sse.ts';

/** Answers that are not streamed are held whole; larger ones are refused. */
export const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

export interface RelayTerms {
  readonly res: ServerResponse;
  readonly format: WireFormat;
  readonly stream: boolean;
  readonly meter: Meter;
  /** Token counts have no output: any JSON object will do. */
  readonly counts: boolean;
  /** Headers of ours on every answer. */
  readonly ours: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly model: string;
  /** Keep the bytes of the answer for its record. */
  readonly keep: boolean;
  readonly watch: SilenceWatch;
  readonly now: () => number;
}

type Phase = 'waiting' | 'stream' | 'whole' | 'error' | 'over';

export class Relay implements UpstreamSink, Silent {
  readonly #terms: RelayTerms;
  readonly #splitter = new SseSplitter();
  readonly #done: (ending: Ending) => void;
  readonly #onClose = (): void => this.#clientGone();
  readonly #onDrain = (): void => this.#drained();
  #exchange: UpstreamExchange | undefined;
  #phase: Phase = 'waiting';
  #status = 0;
  #headers: HeaderBag = {};
  #headSent = false;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #quietSince: number;
  #pausedSince: number | undefined;

  constructor(terms: RelayTerms, done: (ending: Ending) => void) {
    this.#terms = terms;
    this.#done = done;
    this.#quietSince = terms.watch.seconds;
    terms.res.on('close', this.#onClose);
    if (terms.stream) terms.watch.add(this);
  }

  attach(exchange: UpstreamExchange): void {
    this.#exchange = exchange;
  }

  // The provider's side.

  start(status: number, headers: HeaderBag): void {
    if (this.#phase === 'over') return;
    this.#status = status;
    this.#headers = headers;
    const type = String(headers['content-type'] ?? '');
    const encoded = headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity';
    if (status < 200 || status > 299) this.#phase = 'error';
    else if (encoded) this.#trouble(garbageTrouble(), 'an encoding that was not asked for');
    else if (!this.#terms.stream) this.#phase = 'whole';
    else if (/^text\/event-stream\b/i.test(type)) this.#phase = 'stream';
    else this.#trouble(garbageTrouble(), 'a stream was asked for, and something else came');
  }

  data(chunk: Buffer): void {
    switch (this.#phase) {
      case 'stream':
        return this.#relay(chunk);
      case 'whole':
      case 'error':
        return this.#collect(chunk);
      default:
    }
  }

  end(): void {
    switch (this.#phase) {
      case 'stream':
        this.#splitter.end((event) => this.#visit(event, []));
        if (this.#open()) this.#trouble(garbageTrouble(), 'the stream ended without its last event');
        return;
      case 'whole':
        return this.#whole();
      case 'error':
        return this.#errorAnswer();
      default:
    }
  }

  fail(failure: UpstreamFailure): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'error') return this.#errorAnswer();
    this.#trouble(failureTrouble(failure), failure.internal, failure);
  }

  // Time.

  tick(seconds: number): void {
    if (this.#phase !== 'stream') return;
    if (this.#pausedSince !== undefined) {
      if ((seconds - this.#pausedSince) * 1_000 >= UNREAD_MS) this.#terms.res.destroy();
      return;
    }
    if ((seconds - this.#quietSince) * 1_000 < SILENCE_MS) return;
    this.#write(keepAlive(this.#terms.format));
  }

  // Streams.

  #relay(chunk: Buffer): void {
    const kept: Range[] = [];
    const fits = this.#splitter.push(chunk, (event) => this.#visit(event, kept));
    // A terminal event has ended the answer and taken what was kept with it.
    if (!this.#open()) return;
    this.#flush(kept);
    if (!fits) this.#trouble(garbageTrouble(), 'an event is too large');
  }

  /** @returns false when nothing more is wanted */
  #visit(event: SseEvent, kept: Range[]): boolean {
    const note = event.data === undefined ? 'pass' : this.#terms.meter.event(event.name, event.data);
    switch (note) {
      case 'pass':
        keepRange(kept, event);
        return true;
      case 'usage':
        return true;
      case 'done':
      case 'failed':
        keepRange(kept, event);
        this.#complete(kept, note === 'done');
        return false;
      case 'bad':
        this.#flush(kept);
        this.#trouble(garbageTrouble(), 'an event cannot be read, or the end came without a finish');
        return false;
    }
  }

  #flush(kept: readonly Range[]): void {
    if (kept.length > 0) this.#write(bytesOf(kept));
  }

  #write(bytes: Buffer): void {
    const { res } = this.#terms;
    this.#head();
    this.#remember(bytes);
    this.#quietSince = this.#terms.watch.seconds;
    if (res.write(bytes) || this.#pausedSince !== undefined) return;
    this.#pausedSince = this.#terms.watch.seconds;
    this.#exchange?.pause();
    res.once('drain', this.#onDrain);
  }

  #drained(): void {
    this.#pausedSince = undefined;
    if (this.#open()) this.#exchange?.resume();
  }

  #head(): void {
    if (this.#headSent) return;
    this.#headSent = true;
    this.#terms.res.writeHead(this.#status, Object.assign(answerHeaders(this.#headers), this.#terms.ours));
  }

  #complete(kept: readonly Range[], good: boolean): void {
    const bytes = bytesOf(kept);
    this.#head();
    this.#remember(bytes);
    // A provider's error event is an end that the client must not take for success, whatever it makes of the event.
    if (good) this.#terms.res.end(bytes);
    else endUncleanly(this.#terms.res, bytes);
    this.#finish({ kind: good ? 'complete' : 'failed-inside', metered: this.#metered() });
  }

  #remember(bytes: Buffer): void {
    if (!this.#terms.keep || this.#bytes + bytes.length > ANSWER_BYTES_MAX) return;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
  }

  // Answers in one piece.

  #collect(chunk: Buffer): void {
    if (this.#phase === 'error' && this.#bytes > ERROR_BODY_BYTES_MAX) return;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > ANSWER_BYTES_MAX) this.#trouble(garbageTrouble(), 'the answer is too large');
  }

  #whole(): void {
    const body = joined(this.#chunks);
    if (!this.#reads(body)) return this.#trouble(garbageTrouble(), 'the answer is not in its format');
    const headers = Object.assign(answerHeaders(this.#headers), this.#terms.ours);
    headers['content-length'] = String(body.length);
    this.#terms.res.writeHead(this.#status, headers);
    this.#terms.res.end(body);
    this.#finish({ kind: 'complete', metered: this.#metered() });
  }

  #reads(body: Buffer): boolean {
    try {
      const parsed: unknown = JSON.parse(body.toString('utf8'));
      return this.#terms.counts ? typeof parsed === 'object' && parsed !== null : this.#terms.meter.whole(parsed, body.length);
    } catch {
      return false;
    }
  }

  #errorAnswer(): void {
    const retryAfter = this.#headers['retry-after'];
    const body = joined(this.#chunks).subarray(0, ERROR_BODY_BYTES_MAX);
    this.#finish({
      kind: 'nothing',
      trouble: statusTrouble(this.#status, body, Array.isArray(retryAfter) ? retryAfter[0] : retryAfter),
      failure: undefined,
      status: this.#status,
      internal: `status ${this.#status}`,
    });
  }

  // Ends.

  #trouble(trouble: UpstreamTrouble, internal: string, failure?: UpstreamFailure): void {
    if (failure === undefined) this.#exchange?.abort();
    if (!this.#headSent) return this.#finish({ kind: 'nothing', trouble, failure, status: this.#status, internal });
    endUncleanly(this.#terms.res, brokenStream(this.#terms.format, this.#streamEnd(trouble)));
    this.#finish({ kind: 'broken', trouble, metered: this.#metered(), internal });
  }

  #clientGone(): void {
    if (!this.#open()) return;
    const sent = this.#status !== 0 || (this.#exchange?.attempts() ?? 0) > 0;
    this.#exchange?.abort();
    this.#finish({ kind: 'cancelled', sent, metered: this.#metered() });
  }

  #finish(ending: Ending): void {
    this.#phase = 'over';
    this.#terms.watch.remove(this);
    this.#terms.res.off('close', this.#onClose);
    this.#terms.res.off('drain', this.#onDrain);
    if (this.#pausedSince !== undefined) this.#exchange?.resume();
    this.#done(ending);
  }

  #open(): boolean {
    return this.#phase !== 'over';
  }

  #metered(): Metered {
    const { meter } = this.#terms;
    return {
      usage: meter.usage(),
      complete: meter.complete(),
      outputBytes: meter.outputBytes(),
      upstream: meter.answerId(),
      body: this.#terms.keep && this.#bytes > 0 ? joined(this.#chunks) : undefined,
    };
  }

  #streamEnd(trouble: UpstreamTrouble): StreamEnd {
    const { meter, requestId, model, now } = this.#terms;
    return {
      code: trouble.code,
      message: trouble.message,
      requestId,
      model,
      answerId: meter.answerId(),
      nextSequence: meter.nextSequence(),
      createdAt: Math.floor(now() / 1_000),
    };
  }
}

/** The last bytes, then the end of the connection without the end of the body. */
export function endUncleanly(res: ServerResponse, last: Buffer): void {
  const { socket } = res;
  res.write(last, () => {
    if (res.req.httpVersionMinor === 0) socket?.resetAndDestroy();
    else socket?.end();
  });
}

interface Range {
  readonly bytes: Buffer;
  readonly start: number;
  end: number;
}

/** Events that lie side by side in one chunk, which is the rule, become one range and are not copied. */
function keepRange(kept: Range[], event: SseEvent): void {
  const last = kept[kept.length - 1];
  if (last !== undefined && last.bytes === event.bytes && last.end === event.start) last.end = event.end;
  else kept.push({ bytes: event.bytes, start: event.start, end: event.end });
}

const bytesOf = (kept: readonly Range[]): Buffer =>
  joined(kept.map(({ bytes, start, end }) => (start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))));

const joined = (parts: readonly Buffer[]): Buffer =>
  parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
