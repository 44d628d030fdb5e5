/**
 * Keeps one server's offer: asks again when its time is over, when the server says that it changed, and when somebody wants to be sure. A
 * server that does not answer is asked again later and later, and never holds up another one.
 */
import { asFault, Fault } from '@countersign/kernel/fault';
import type { Clock } from '../../ports/clock.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import type { ServerOffer } from '../../ports/tool.ts';
import type { ReadOffer } from './offer.ts';

/** A server that needs longer to say what it offers is down. */
const OFFER_MS = 20_000;
/** At most one question a second, however often the server says that something changed. */
const APART_MS = 1_000;
/** How long a list is believed whose server does not say. */
const TTL_MS = 5 * 60_000;
const TTL_MS_MIN = 5_000;
const TTL_MS_MAX = 3_600_000;
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 60_000;

export interface KeeperTerms {
  readonly record: ToolServerRecord;
  readonly ask: (record: ToolServerRecord, signal: AbortSignal) => Promise<ServerOffer>;
  /** Reads it, compares it with the pins and records what is new. @throws Fault tool.result, store.* */
  readonly accept: (offer: ServerOffer) => Promise<ReadOffer>;
  /** Called after every answer and every failure. */
  readonly changed: (keeper: ServerKeeper) => void;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly offerMs?: number;
}

export interface Health {
  readonly status: 'unknown' | 'up' | 'down';
  /** Public sentence; null while it is up. */
  readonly error: string | null;
  /** For the log. */
  readonly internal: string | null;
  /** When the status began, milliseconds since the epoch. */
  readonly since: number;
  readonly failures: number;
}

export class ServerKeeper {
  readonly record: ToolServerRecord;
  readonly #terms: KeeperTerms;
  readonly #stop = new AbortController();
  #offer: ReadOffer | undefined;
  #checkedAt = 0;
  #health: Health;
  #askedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  /** `before`: the keeper of the same server under the revision before; what it had stays until this one knows better. */
  constructor(terms: KeeperTerms, before?: ServerKeeper) {
    this.#terms = terms;
    this.record = terms.record;
    this.#health = { status: 'unknown', error: null, internal: null, since: terms.clock.now(), failures: 0 };
    if (before !== undefined && sameTransport(before.record, terms.record)) {
      this.#offer = before.#offer;
      this.#checkedAt = before.#checkedAt;
      this.#health = before.#health;
    }
  }

  get offer(): ReadOffer | undefined {
    return this.#offer;
  }

  /** When the question was sent whose answer is held; 0 for never. */
  get checkedAt(): number {
    return this.#checkedAt;
  }

  get health(): Health {
    return this.#health;
  }

  /** The server says that a list changed. */
  stale(): void {
    if (this.#stop.signal.aborted) return;
    // The answer that is under way may be older than the change: it is asked once more afterwards.
    if (this.#underWay !== undefined) this.#again = true;
    else this.#schedule(Math.max(0, this.#askedAt + APART_MS - this.#terms.clock.now()));
  }

  /** Asks now, or joins the question that is under way. Never rejects. */
  refresh(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    clearTimeout(this.#timer);
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** Whether an answer is held that was asked for after `since`; asks if not, at most once a second. */
  async confirm(since: number, waitMs: number): Promise<boolean> {
    const until = this.#terms.clock.now() + waitMs;
    while (this.#checkedAt < since) {
      const now = this.#terms.clock.now();
      if (now >= until || this.#stop.signal.aborted) return false;
      // The answer to a question that went out before may be older than what is wanted: then there is one more.
      if (this.#underWay === undefined && now - this.#askedAt < APART_MS && this.#health.status === 'down') return false;
      await within(this.refresh(), until - now);
    }
    return true;
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const { clock, record, ask, accept, offerMs = OFFER_MS } = this.#terms;
    const askedAt = clock.now();
    this.#askedAt = askedAt;
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(offerMs)]);
      const offer = await accept(await orAborted(ask(record, signal), signal));
      if (this.#stop.signal.aborted) return;
      this.#offer = offer;
      this.#checkedAt = askedAt;
      this.#turn('up');
      this.#scheduleNext(Math.min(TTL_MS_MAX, Math.max(TTL_MS_MIN, offer.ttlMs ?? TTL_MS)));
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      this.#turn('down', thrown);
      const wait = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(10, this.#health.failures - 1));
      // Spread, so that what failed together is not asked again together.
      this.#scheduleNext(wait * (0.5 + this.#terms.random() / 2));
    }
    this.#terms.changed(this);
  }

  #turn(status: 'up' | 'down', thrown?: unknown): void {
    const before = this.#health;
    const fault = thrown === undefined ? undefined : asFault(thrown);
    this.#health = {
      status,
      error: fault?.publicText ?? null,
      internal: fault === undefined ? null : (fault.internalText ?? fault.message),
      since: before.status === status ? before.since : this.#terms.clock.now(),
      failures: status === 'up' ? 0 : before.failures + 1,
    };
  }

  #scheduleNext(ms: number): void {
    this.#schedule(this.#again ? APART_MS : ms);
    this.#again = false;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), ms);
    this.#timer.unref();
  }
}

/** Another address or program is another server: what the old one offered says nothing about it. */
const sameTransport = (a: ToolServerRecord, b: ToolServerRecord): boolean =>
  JSON.stringify(a.transport) === JSON.stringify(b.transport);

/** An adapter that does not heed its signal must not hold anything up. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Fault('tool.unavailable', 'The server did not say in time what it offers.'));
    if (signal.aborted) return late();
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}

function within(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms));
    void work.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
