/** One at a time, in order, where a wire cannot tell whose question a server asks. */
import { abortedBy } from '../failed.ts';

export class Lane {
  readonly #open: boolean;
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** @param open lets everyone through at once */
  constructor(open: boolean) {
    this.#open = open;
  }

  /** @throws Failed when the signal comes first */
  async enter(signal: AbortSignal): Promise<void> {
    if (this.#open) return;
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    await new Promise<void>((done, fail) => {
      const serve = (): void => {
        signal.removeEventListener('abort', quit);
        done();
      };
      const quit = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(serve), 1);
        fail(abortedBy(signal, false));
      };
      if (signal.aborted) return fail(abortedBy(signal, false));
      signal.addEventListener('abort', quit, { once: true });
      this.#waiting.push(serve);
    });
  }

  leave(): void {
    if (this.#open) return;
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
