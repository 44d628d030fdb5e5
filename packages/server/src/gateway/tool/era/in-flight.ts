/** Requests of legacy clients that run on this node, so that a notification can cancel one. A disconnect cancels nothing there. */
import type { RequestId } from '../rpc/message.ts';

export class InFlight {
  readonly #running = new Map<string, AbortController>();

  /** @returns undefined where the session runs a request with this id already */
  start(session: string, id: RequestId): AbortController | undefined {
    const key = keyOf(session, id);
    if (this.#running.has(key)) return undefined;
    const controller = new AbortController();
    this.#running.set(key, controller);
    return controller;
  }

  end(session: string, id: RequestId): void {
    this.#running.delete(keyOf(session, id));
  }

  cancel(session: string, id: RequestId): void {
    this.#running.get(keyOf(session, id))?.abort();
  }
}

/** The number 1 and the text "1" are two ids. */
const keyOf = (session: string, id: RequestId): string => `${session} ${JSON.stringify(id)}`;
