/**
 * Sessions of legacy clients. They are rows in the store, so any node serves any request; what this node saw of them in the last seconds it does not
 * ask for again. The id is a bearer secret: the store has only its hash, and it counts only together with who opened it.
 */
import { hash, randomBytes } from 'node:crypto';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Caller } from '../../../ports/road.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { ToolHandle, ToolSession, ToolSessions } from '../../../ports/tool-session.ts';

/** A session that was ended on another node is served here for at most this long. */
const KNOWN_MS = 5_000;
/** Uses are written down this often: a write for every request would cost more than the request. */
const TOUCH_MS = 60_000;
/** Sessions that this node remembers; the longest unused ones go first, and after that time they are of no more use. */
const KNOWN_MAX = 10_000;

export interface SessionOpening {
  readonly protocolVersion: string;
  readonly capabilities: JsonRecord;
  readonly clientInfo: JsonRecord;
}

interface Known {
  readonly session: ToolSession;
  readonly readAt: number;
  readonly touchedAt: number;
}

const ID = /^[A-Za-z0-9_-]{43}$/;

export class SessionDesk {
  readonly #sessions: ToolSessions;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(sessions: ToolSessions, clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** @returns the id that the client has to send from now on @throws Fault store.* */
  async open(caller: Caller, opening: SessionOpening): Promise<string> {
    const id = randomBytes(32).toString('base64url');
    const handle = handleOf(caller, id);
    const session = await this.#sessions.open({
      ...handle,
      ...opening,
      mandate: caller.mandate?.id ?? null,
      credential: caller.credential,
    });
    this.#keep(session, this.#clock.now());
    return id;
  }

  /** Undefined for what is unknown, ended, idle for too long, or somebody else's. @throws Fault store.* */
  async find(caller: Caller, id: string): Promise<ToolSession | undefined> {
    if (!ID.test(id)) return undefined;
    const handle = handleOf(caller, id);
    const now = this.#clock.now();
    const known = this.#known.get(handle.id);
    const fresh = known !== undefined && now - known.readAt < KNOWN_MS;
    const session = fresh ? known.session : await this.#sessions.find(handle);
    if (session === undefined) return this.#forget(handle.id);
    if (!isOwn(session, caller)) return undefined;
    const touched = known !== undefined && now - known.touchedAt <= TOUCH_MS;
    if (fresh && touched) return session;
    if (!touched && !(await this.#sessions.touch(handle))) return this.#forget(handle.id);
    this.#keep(session, touched ? known.touchedAt : now);
    return session;
  }

  /** @throws Fault store.* */
  async change(session: ToolSession, change: { readonly logLevel?: string; readonly ready?: true }): Promise<void> {
    if (await this.#sessions.touch(session, change)) this.#keep({ ...session, ...change }, this.#clock.now());
    else this.#forget(session.id);
  }

  /** @throws Fault store.* */
  end(session: ToolSession): Promise<boolean> {
    this.#forget(session.id);
    return this.#sessions.end(session);
  }

  #keep(session: ToolSession, touchedAt: number): void {
    const readAt = this.#clock.now();
    this.#known.delete(session.id);
    this.#known.set(session.id, { session, readAt, touchedAt });
    // The order is that of reading.
    for (const [id, known] of this.#known) {
      if (this.#known.size <= KNOWN_MAX && readAt - known.readAt <= TOUCH_MS) return;
      this.#known.delete(id);
    }
  }

  #forget(id: string): undefined {
    this.#known.delete(id);
    return undefined;
  }
}

const handleOf = (caller: Caller, id: string): ToolHandle => ({
  org: caller.org,
  id: hash('sha256', id, 'hex'),
  principal: caller.agent.id,
});

const isOwn = (session: ToolSession, { agent, credential, mandate }: Caller): boolean =>
  session.principal === agent.id && session.credential === credential && session.mandate === (mandate?.id ?? null);
