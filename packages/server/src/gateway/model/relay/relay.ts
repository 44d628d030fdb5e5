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
import type { ContentProblem } from '../../wire/content-problem.ts';
import { isProblem, type ParsedBody, parseBody } from '../../wire/parse.ts';
import type { CallContent } from '../content/call-content.ts';
import type { Ready } from '../content/stream.ts';
import { type Meter, parseData } from '../meter/index.ts';
import { contentTrouble, ERROR_BODY_BYTES_MAX, failureTrouble, garbageTrouble, statusTrouble } from '../trouble.ts';
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
  /** What is taken out of the answer, put back into it, and kept of it. */
  readonly content: CallContent;
  readonly watch: SilenceWatch;
  readonly now: () => number;
}

type Phase = 'waiting' | 'stream' | 'whole' | 'judged' | 'error' | 'over';

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
        this.#splitter.end((event) => this.#visit(event));
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
    const fits = this.#splitter.push(chunk, (event) => this.#visit(event));
    // A terminal event has ended the answer.
    if (!this.#open()) return;
    this.#flush();
    if (!fits) this.#trouble(garbageTrouble(), 'an event is too large');
  }

  /** @returns false when nothing more is wanted */
  #visit(event: SseEvent): boolean {
    const { meter, content } = this.#terms;
    const json = event.data === undefined ? undefined : parseData(event.data);
    const note = event.data === undefined ? 'pass' : meter.event(event.name, event.data, json);
    if (note === 'usage') return true;
    if (note === 'bad') {
      this.#flush();
      this.#trouble(garbageTrouble(), 'an event cannot be read, or the end came without a finish');
      return false;
    }
    content.push(event, json);
    if (note !== 'pass') content.end();
    if (content.problem !== undefined) this.#withhold(content.problem);
    else if (note !== 'pass') this.#complete(note === 'done');
    return this.#open();
  }

  /** What is final goes out; what could still become part of a finding waits. */
  #flush(): void {
    const kept = ranges(this.#terms.content.drain());
    if (kept.length > 0) this.#write(bytesOf(kept));
  }

  #write(bytes: Buffer): void {
    const { res } = this.#terms;
    this.#head();
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

  #complete(good: boolean): void {
    const bytes = bytesOf(ranges(this.#terms.content.drain()));
    this.#head();
    // A provider's error event is an end that the client must not take for success, whatever it makes of the event.
    if (good) this.#terms.res.end(bytes);
    else endUncleanly(this.#terms.res, bytes);
    this.#finish({ kind: good ? 'complete' : 'failed-inside', metered: this.#metered() });
  }

  // Answers in one piece.

  #collect(chunk: Buffer): void {
    if (this.#phase === 'error' && this.#bytes > ERROR_BODY_BYTES_MAX) return;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > ANSWER_BYTES_MAX) this.#trouble(garbageTrouble(), 'the answer is too large');
  }

  #whole(): void {
    const body = parseBody(joined(this.#chunks));
    if (isProblem(body) || !this.#reads(body)) return this.#trouble(garbageTrouble(), 'the answer is not in its format');
    this.#phase = 'judged';
    if (this.#terms.counts) return this.#answer(body.bytes);
    this.#terms.content.whole(body).then(
      (answer) => this.#answer(answer),
      (thrown: unknown) => this.#trouble(garbageTrouble(), `the answer was not judged: ${String(thrown)}`),
    );
  }

  #answer(answer: Buffer | ContentProblem): void {
    // The client may have gone meanwhile.
    if (!this.#open()) return;
    if ('code' in answer) return this.#withhold(answer);
    const headers = Object.assign(answerHeaders(this.#headers), this.#terms.ours);
    headers['content-length'] = String(answer.length);
    this.#terms.res.writeHead(this.#status, headers);
    this.#terms.res.end(answer);
    this.#finish({ kind: 'complete', metered: this.#metered() });
  }

  #reads({ json, bytes }: ParsedBody): boolean {
    return this.#terms.counts || this.#terms.meter.whole(json, bytes.length);
  }

  #errorAnswer(): void {
    const retryAfter = this.#headers['retry-after'];
    const body = joined(this.#chunks).subarray(0, ERROR_BODY_BYTES_MAX);
    this.#finish({
      kind: 'nothing',
      trouble: statusTrouble({
        status: this.#status,
        body,
        retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
        redact: (text) => this.#terms.content.sentence(text),
      }),
      failure: undefined,
      status: this.#status,
      internal: `status ${this.#status}`,
    });
  }

  // Ends.

  #trouble(trouble: UpstreamTrouble, internal: string, failure?: UpstreamFailure): void {
    if (failure === undefined) this.#exchange?.abort();
    const last = this.#rest();
    if (last.length > 0) this.#write(last);
    if (!this.#headSent) return this.#finish({ kind: 'nothing', trouble, failure, status: this.#status, internal });
    endUncleanly(this.#terms.res, brokenStream(this.#terms.format, this.#streamEnd(trouble)));
    this.#finish({ kind: 'broken', trouble, metered: this.#metered(), internal });
  }

  /** What waited when the stream broke. Where nothing went out yet nothing does: another model may answer. */
  #rest(): Buffer {
    if (this.#phase !== 'stream' || !this.#headSent) return NO_BYTES;
    const { content } = this.#terms;
    content.end();
    return bytesOf(ranges(content.drain()));
  }

  #withhold(problem: ContentProblem): void {
    const trouble = contentTrouble(problem);
    this.#exchange?.abort();
    const told = this.#headSent;
    if (told) endUncleanly(this.#terms.res, brokenStream(this.#terms.format, this.#streamEnd(trouble)));
    this.#finish({ kind: 'withheld', trouble, metered: this.#metered(), told });
  }

  #clientGone(): void {
    if (!this.#open()) return;
    this.#terms.content.end();
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
      body: this.#terms.content.kept(),
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

const NO_BYTES = Buffer.alloc(0);

/** Events that lie side by side in one chunk, which is the rule, become one range and are not copied. */
function ranges(ready: readonly Ready[]): Range[] {
  const kept: Range[] = [];
  for (const { bytes, start, end } of ready) {
    const last = kept[kept.length - 1];
    if (last !== undefined && last.bytes === bytes && last.end === start) last.end = end;
    else kept.push({ bytes, start, end });
  }
  return kept;
}

const bytesOf = (kept: readonly Range[]): Buffer =>
  joined(kept.map(({ bytes, start, end }) => (start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))));

const joined = (parts: readonly Buffer[]): Buffer =>
  parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
