/** One governed call: a place, up to three attempts that are known to be free, one answer. */
import type { Dispatcher, Pool } from 'undici';
import type { UpstreamCall, UpstreamExchange, UpstreamFailureKind, UpstreamSink } from '../../ports/upstream.ts';
import type { Breaker, Verdict } from '../shared/breaker.ts';
import { failureKind } from './failure.ts';
import type { Places, Waiting } from '../shared/places.ts';
import { askedWaitMs, backoffMs, isRetryable, RETRIES_MAX, type RetryBudget } from '../shared/retry.ts';

export interface Way {
  readonly pool: Pool;
  readonly path: string;
  readonly headers: string[];
  readonly places: Places;
  readonly breaker: Breaker;
  readonly budget: RetryBudget;
  readonly random: () => number;
}

/** From the last event of a format to the end of its body. */
const LINGER_MS = 1_000;

const NOT_SENT: ReadonlySet<UpstreamFailureKind> = new Set(['refused', 'connect-timeout']);

export class Exchange implements UpstreamExchange, Dispatcher.DispatchHandler {
  readonly #call: UpstreamCall;
  readonly #sink: UpstreamSink;
  readonly #way: Way;
  #controller: Dispatcher.DispatchController | undefined;
  #waiting: Waiting | undefined;
  #pause: NodeJS.Timeout | undefined;
  #total: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #attempts = 0;
  #sent = false;
  #started = false;
  #over = false;
  #discarding = false;
  #hasPlace = false;
  #claimed = false;
  #totalExpired = false;

  constructor(call: UpstreamCall, sink: UpstreamSink, way: Way) {
    this.#call = call;
    this.#sink = sink;
    this.#way = way;
  }

  begin(): void {
    if (this.#over) return;
    this.#total = setTimeout(() => this.#expire(), this.#call.model.timeouts.totalMs);
    if (!this.#way.breaker.claim()) return this.#fail('open', 'the breaker is open');
    this.#claimed = true;
    if (this.#way.places.take()) return this.#withPlace();
    this.#waiting = this.#way.places.wait(this.#call.agent, this.#call.provider.queueMs, {
      serve: () => this.#withPlace(),
      refuse: () => this.#fail('queue', 'no place came free in time'),
    });
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  attempts(): number {
    return this.#attempts;
  }

  abort(): void {
    if (this.#over) return;
    this.#finish();
    this.#controller?.abort(new Error('aborted by the door'));
  }

  verdict(verdict: Verdict): void {
    // The answer is complete; a provider that keeps its connection open all the same does not keep the place.
    if (!this.#over) this.#linger = setTimeout(() => this.abort(), LINGER_MS);
    if (!this.#claimed) return;
    this.#claimed = false;
    this.#way.breaker.count(verdict);
  }

  // The handler of undici.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) return controller.abort(new Error('aborted by the door'));
    this.#sent = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (this.#over || status < 200) return;
    if (isRetryable(status) && this.#scheduleRetry(askedWaitMs(one(headers['retry-after'])))) {
      // The answer is known and free of charge; its body is not wanted.
      this.#discarding = true;
      controller.abort(new Error('another attempt follows'));
      return;
    }
    this.#started = true;
    this.#sink.start(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over && !this.#discarding) this.#sink.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#over || this.#discarding) return;
    this.#finish();
    this.#sink.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#over || this.#discarding) return;
    const kind = failureKind(error);
    if (NOT_SENT.has(kind) && !this.#started && this.#scheduleRetry(undefined)) return;
    this.#fail(kind, `${error.name}: ${error.message}`);
  }

  #withPlace(): void {
    this.#waiting = undefined;
    this.#hasPlace = true;
    this.#way.budget.call();
    this.#dispatch();
  }

  #dispatch(): void {
    const call = this.#call;
    this.#attempts += 1;
    this.#sent = false;
    this.#discarding = false;
    this.#way.pool.dispatch(
      {
        method: 'POST',
        path: this.#way.path,
        headers: this.#way.headers,
        body: call.body,
        headersTimeout: call.model.timeouts.firstByteMs,
        bodyTimeout: call.model.timeouts.idleMs,
      },
      this,
    );
  }

  /** @param askedMs what the provider asked for; null: too long */
  #scheduleRetry(askedMs: number | null | undefined): boolean {
    if (this.#attempts > RETRIES_MAX || askedMs === null || !this.#way.budget.take()) return false;
    const waitMs = askedMs ?? backoffMs(this.#attempts, this.#way.random());
    this.#pause = setTimeout(() => {
      if (!this.#over) this.#dispatch();
    }, waitMs);
    return true;
  }

  #expire(): void {
    if (this.#over) return;
    this.#totalExpired = true;
    const controller = this.#controller;
    this.#fail('total-timeout', 'the whole call took too long');
    controller?.abort(new Error('the whole call took too long'));
  }

  #fail(kind: UpstreamFailureKind, internal: string): void {
    if (this.#over) return;
    const sent = this.#sent && !NOT_SENT.has(kind);
    // A reset before any answer is most often an idle connection that the provider had closed: worth a fresh one, as a new act.
    const again = kind === 'reset' && !this.#started && !this.#totalExpired && this.#way.budget.take();
    this.#finish();
    this.#sink.fail({ kind, sent, again, internal });
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#total);
    clearTimeout(this.#pause);
    clearTimeout(this.#linger);
    this.#waiting?.leave();
    this.#waiting = undefined;
    if (this.#hasPlace) {
      this.#hasPlace = false;
      this.#way.places.free();
    }
  }
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
