/** The sessions of one server: one per binding and set of capabilities, ended when idle, started again when they end by themselves. */
import { canonicalize } from '@countersign/kernel/ledger';
import type { JsonRecord } from '@countersign/kernel/json';
import { asFailed, Failed, TIMED_OUT } from '../failed.ts';
import type { Limits } from '../parts/limits.ts';
import { pause } from '../parts/pause.ts';
import type { Secrets } from '../parts/secrets.ts';
import { within } from '../parts/within.ts';
import { Home } from './launcher.ts';
import type { Opening } from './opener.ts';
import type { Session } from './session.ts';

export interface SessionsTerms {
  readonly limits: Limits;
  readonly now: () => number;
  /** From 0 to 1, exclusive. */
  readonly random: () => number;
  readonly open: (opening: Opening) => Promise<Session>;
  /** Children are started again in the background, and hold the credentials that they were started with. */
  readonly children: boolean;
  /** How long a call may wait for a restart. */
  readonly queueMs: number;
  readonly state: (state: 'starting' | 'up' | 'down', internal?: string) => void;
}

interface Wanted {
  readonly binding: string;
  readonly capabilities: JsonRecord;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** Listens for changes. */
  readonly watch?: boolean;
}

interface Entry {
  readonly key: string;
  readonly wanted: Omit<Wanted, 'signal'>;
  readonly home: Home;
  session: Session | undefined;
  opening: Promise<Session> | undefined;
  /** Ends the opening. */
  stop: AbortController | undefined;
  users: number;
  lastUsed: number;
  failures: number;
  retryAt: number;
  timer: NodeJS.Timeout | undefined;
  retired: boolean;
}

export class Sessions {
  readonly #terms: SessionsTerms;
  readonly #entries = new Map<string, Entry>();
  readonly #endings = new Set<Promise<void>>();
  readonly #sweep: NodeJS.Timeout;
  #closed = false;

  constructor(terms: SessionsTerms) {
    this.#terms = terms;
    this.#sweep = setInterval(() => this.#retireIdle(), Math.max(terms.limits.idleMs / 4, 10)).unref();
  }

  /** Lends a session for the time of `use`. @throws Failed */
  async with<T>(wanted: Wanted, use: (session: Session) => Promise<T>): Promise<T> {
    const entry = this.#entry(wanted);
    entry.users += 1;
    try {
      const result = await use(await this.#session(entry, wanted.signal));
      entry.failures = 0;
      return result;
    } finally {
      entry.users -= 1;
      entry.lastUsed = this.#terms.now();
      if (entry.retired) this.#endWhenFree(entry);
    }
  }

  /** The session is of no use any more: the next call opens another. */
  drop(session: Session): void {
    for (const entry of this.#entries.values()) if (entry.session === session) this.#retire(entry);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const entry of this.#entries.values()) {
      entry.retired = true;
      this.#end(entry);
    }
    this.#entries.clear();
    while (this.#endings.size > 0) await Promise.all(this.#endings);
  }

  #entry(wanted: Wanted): Entry {
    if (this.#closed) throw new Failed('refused', 'the server is being closed', { sent: false });
    const key = canonicalize([wanted.binding, wanted.capabilities]);
    const known = this.#entries.get(key);
    if (known !== undefined && !this.#isStale(known, wanted.secrets)) return known;
    if (known !== undefined) this.#retire(known);
    else this.#makeRoom();
    const { signal: _own, ...kept } = wanted;
    const entry: Entry = {
      key,
      wanted: kept,
      home: new Home(),
      session: undefined,
      opening: undefined,
      stop: undefined,
      users: 0,
      lastUsed: this.#terms.now(),
      failures: 0,
      retryAt: 0,
      timer: undefined,
      retired: false,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  /** A child has its credentials from its start on; a changed one wants a new child. */
  #isStale(entry: Entry, secrets: Secrets): boolean {
    return this.#terms.children && JSON.stringify(entry.wanted.secrets.env) !== JSON.stringify(secrets.env);
  }

  #makeRoom(): void {
    const { childrenMax, sessionsMax } = this.#terms.limits;
    if (this.#entries.size < (this.#terms.children ? childrenMax : sessionsMax)) return;
    let oldest: Entry | undefined;
    for (const entry of this.#entries.values())
      if (isFree(entry) && entry.lastUsed < (oldest?.lastUsed ?? Number.POSITIVE_INFINITY)) oldest = entry;
    if (oldest === undefined) throw new Failed('queue', 'too many sessions of this server are in use', { sent: false });
    this.#retire(oldest);
  }

  async #session(entry: Entry, signal: AbortSignal): Promise<Session> {
    if (entry.session?.alive === true) return entry.session;
    if (entry.opening === undefined) {
      const waitMs = entry.retryAt - this.#terms.now();
      if (waitMs > this.#terms.queueMs)
        throw new Failed('refused', 'the server ended and is started again later', { sent: false });
      if (waitMs > 0) await pause(waitMs, signal, false);
    }
    return within(this.#open(entry), signal, false);
  }

  #open(entry: Entry): Promise<Session> {
    if (entry.session?.alive === true) return Promise.resolve(entry.session);
    entry.opening ??= this.#start(entry).finally(() => {
      entry.opening = undefined;
    });
    entry.opening.catch(() => undefined);
    return entry.opening;
  }

  async #start(entry: Entry): Promise<Session> {
    clearTimeout(entry.timer);
    this.#terms.state('starting');
    const stop = new AbortController();
    entry.stop = stop;
    const late = setTimeout(() => stop.abort(TIMED_OUT), this.#terms.limits.startMs);
    try {
      const session = await this.#terms.open({
        ...entry.wanted,
        home: entry.home,
        signal: stop.signal,
        ended: (failed) => this.#ended(entry, failed),
      });
      if (entry.retired || this.#closed) {
        await session.close();
        throw new Failed('refused', 'the session was ended', { sent: false });
      }
      entry.session = session;
      this.#terms.state('up');
      if (entry.wanted.watch === true) session.watch();
      return session;
    } catch (thrown) {
      const failed = asFailed(thrown);
      this.#terms.state('down', failed.message);
      this.#startLater(entry);
      // Nothing of the call itself was sent, whatever was said to open the session.
      throw new Failed(failed.kind === 'reset' ? 'refused' : failed.kind, failed.message, {
        sent: false,
        answered: failed.answered,
      });
    } finally {
      clearTimeout(late);
    }
  }

  /** Of a child that was up; one that fails to start is seen where it is started. */
  #ended(entry: Entry, failed: Failed): void {
    if (entry.session === undefined || entry.retired || this.#closed) return;
    const { session } = entry;
    entry.session = undefined;
    this.#terms.state('down', failed.message);
    // Its pipes and what it left behind.
    this.#track(session.close());
    this.#startLater(entry);
  }

  #startLater(entry: Entry): void {
    if (!this.#terms.children || entry.retired || this.#closed) return;
    const { restartMs, restartMsMax } = this.#terms.limits;
    const waitMs = Math.min(restartMs * 2 ** entry.failures, restartMsMax) * (0.5 + this.#terms.random() / 2);
    entry.failures += 1;
    entry.retryAt = this.#terms.now() + waitMs;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      if (!entry.retired) this.#open(entry).catch(() => undefined);
    }, waitMs).unref();
  }

  #retireIdle(): void {
    const before = this.#terms.now() - this.#terms.limits.idleMs;
    for (const entry of this.#entries.values()) if (isFree(entry) && entry.lastUsed < before) this.#retire(entry);
  }

  #retire(entry: Entry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    entry.retired = true;
    this.#endWhenFree(entry);
  }

  #endWhenFree(entry: Entry): void {
    if (entry.users > 0) return;
    if (entry.session?.busy !== true) return this.#end(entry);
    // A parked call holds it; that ends at the latest when it expires.
    setTimeout(() => this.#endWhenFree(entry), this.#terms.limits.parkedMs / 10).unref();
  }

  #end(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.stop?.abort();
    const { session, opening } = entry;
    entry.session = undefined;
    this.#track(
      (async () => {
        await opening?.catch(() => undefined);
        await session?.close();
        await entry.home.remove();
      })(),
    );
  }

  #track(ending: Promise<void>): void {
    const tracked = ending.catch(() => undefined).finally(() => this.#endings.delete(tracked));
    this.#endings.add(tracked);
  }
}

const isFree = (entry: Entry): boolean => entry.users === 0 && entry.opening === undefined && entry.session?.busy !== true;
