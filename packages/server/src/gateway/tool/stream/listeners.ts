/** Streams that stay open to tell clients what changed: GET of a legacy session, `subscriptions/listen` of a modern client. */
import type { JsonRecord } from '@countersign/kernel/json';

/** Open streams of one principal on one node. */
const STREAMS_PER_PRINCIPAL_MAX = 16;
/** Leaves connections for calls. */
const STREAMS_MAX = 1_000;
/** Resources that one session or stream may watch. */
export const SUBSCRIPTIONS_MAX = 256;
/** Sessions whose subscriptions this node remembers. */
const SESSIONS_MAX = 10_000;

export type ListName = 'tools' | 'prompts' | 'resources';

export interface Listener {
  readonly principal: string;
  /** Hash of the session id; undefined for modern streams. */
  readonly session: string | undefined;
  readonly lists: ReadonlySet<ListName>;
  /** Exposed URIs; for a legacy stream those of its session count. */
  readonly resources: ReadonlySet<string>;
  send(method: string, params: JsonRecord): void;
  end(): void;
  /** Called every few seconds: looks at what nobody announces. Never rejects. */
  tick(): Promise<void>;
}

export class Listeners {
  readonly #open = new Set<Listener>();
  readonly #subscriptions = new Map<string, Set<string>>();

  /** @returns false where the principal or this node has too many */
  add(listener: Listener): boolean {
    let mine = 0;
    for (const other of this.#open) if (other.principal === listener.principal) mine += 1;
    if (mine >= STREAMS_PER_PRINCIPAL_MAX || this.#open.size >= STREAMS_MAX) return false;
    this.#open.add(listener);
    return true;
  }

  remove(listener: Listener): void {
    this.#open.delete(listener);
  }

  all(): readonly Listener[] {
    return [...this.#open];
  }

  tellLists(): void {
    for (const listener of this.#open) for (const list of listener.lists) listener.send(`notifications/${list}/list_changed`, {});
  }

  /** @param uri exposed */
  tellResource(uri: string): void {
    for (const listener of this.#open) {
      const watched = listener.session === undefined ? listener.resources : this.#subscriptions.get(listener.session);
      if (watched?.has(uri) === true) listener.send('notifications/resources/updated', { uri });
    }
  }

  tellSession(session: string, method: string, params: JsonRecord): void {
    for (const listener of this.#open) if (listener.session === session) listener.send(method, params);
  }

  /** @returns false where the session watches too much already */
  subscribe(session: string, uri: string): boolean {
    const watched = this.#subscriptions.get(session) ?? new Set<string>();
    if (watched.size >= SUBSCRIPTIONS_MAX) return false;
    watched.add(uri);
    this.#subscriptions.delete(session);
    this.#subscriptions.set(session, watched);
    for (const oldest of this.#subscriptions.keys()) {
      if (this.#subscriptions.size <= SESSIONS_MAX) break;
      this.#subscriptions.delete(oldest);
    }
    return true;
  }

  unsubscribe(session: string, uri: string): void {
    this.#subscriptions.get(session)?.delete(uri);
  }

  /** The session is over: its streams end. */
  endSession(session: string): void {
    this.#subscriptions.delete(session);
    for (const listener of this.#open) if (listener.session === session) listener.end();
  }

  endAll(): void {
    for (const listener of this.#open) listener.end();
  }
}
