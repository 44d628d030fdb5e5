/** Whether the client went away before it had its answer. */
import type { ServerResponse } from 'node:http';

export class Leaving {
  readonly #res: ServerResponse;
  readonly #onClose = (): void => {
    if (this.gone) this.#abort?.abort();
  };
  #abort: AbortController | undefined;

  constructor(res: ServerResponse) {
    this.#res = res;
    res.on('close', this.#onClose);
  }

  get gone(): boolean {
    return this.#res.destroyed && !this.#res.writableFinished;
  }

  /** Made when it is first asked for: a signal costs more than the rest of a small decision. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.gone) this.#abort.abort();
    return this.#abort.signal;
  }

  done(): void {
    this.#res.off('close', this.#onClose);
  }
}
