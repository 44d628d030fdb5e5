/** Who runs a command says every few seconds that it is still there (`ALIVE_MS`); one that does not is given up. */
import type { Socket } from 'node:net';

const SILENCE_MS = 30_000;

/** Destroys the connection of a run once nothing has come for 30 s. */
export class Silence {
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Something came, or may come from now on. */
  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // What we ourselves do not take is no silence.
      if (this.#socket.isPaused()) this.heard();
      else this.#socket.destroy();
    }, SILENCE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
