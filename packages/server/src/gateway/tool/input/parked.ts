/** Questions that a server asked and a legacy client has not answered yet. The answer comes as a POST of its own. */
import type { JsonRecord } from '@countersign/kernel/json';

/** A person needs time; a client that went away does not. */
export const PARKED_MS = 5 * 60_000;
/** Open questions of one session. */
const PARKED_PER_SESSION_MAX = 16;

/** Undefined where nobody answered in time, or the client answered with an error. */
export type Reply = JsonRecord | undefined;

export class ParkedQuestions {
  readonly #waiting = new Map<string, Map<string, (reply: Reply) => void>>();

  /** Resolves with the answer, or with undefined when time is up, the signal aborts or the session has too many. */
  wait(session: string, id: string, signal: AbortSignal): Promise<Reply> {
    const mine = this.#waiting.get(session) ?? new Map<string, (reply: Reply) => void>();
    if (mine.size >= PARKED_PER_SESSION_MAX || signal.aborted) return Promise.resolve(undefined);
    this.#waiting.set(session, mine);
    return new Promise((resolve) => {
      const finish = (reply: Reply): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
        mine.delete(id);
        if (mine.size === 0) this.#waiting.delete(session);
        resolve(reply);
      };
      const gone = (): void => finish(undefined);
      const timer = setTimeout(gone, PARKED_MS).unref();
      signal.addEventListener('abort', gone);
      mine.set(id, finish);
    });
  }

  /** @returns false where the session has no such question here */
  answer(session: string, id: string, reply: Reply): boolean {
    const finish = this.#waiting.get(session)?.get(id);
    finish?.(reply);
    return finish !== undefined;
  }
}
