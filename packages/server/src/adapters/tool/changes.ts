/** Notices of change, at most one of a kind a second: a server that cries all the time is heard no more often. */
import type { ToolUpstreams } from '../../ports/tool.ts';

const EVERY_MS = 1_000;
/** Resources of one server that may be told of within one second. */
const URIS_MAX = 100;

type Listener = Parameters<ToolUpstreams['onChange']>[0];

interface Due {
  list: boolean;
  readonly uris: Set<string>;
  timer: NodeJS.Timeout | undefined;
}

export class Changes {
  readonly #listeners: Listener[] = [];
  readonly #due = new Map<string, Due>();

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** The first of a second is told at once, the others together at its end. */
  note(server: string, what: 'list' | 'resource', uri?: string): void {
    let due = this.#due.get(server);
    if (due === undefined) {
      due = { list: false, uris: new Set(), timer: undefined };
      this.#due.set(server, due);
    }
    if (what === 'list') due.list = true;
    else if (uri !== undefined && due.uris.size < URIS_MAX) due.uris.add(uri);
    if (due.timer === undefined) this.#tell(server, due);
  }

  close(): void {
    for (const due of this.#due.values()) clearTimeout(due.timer);
    this.#due.clear();
    this.#listeners.length = 0;
  }

  #tell(server: string, due: Due): void {
    const { list, uris } = due;
    if (!list && uris.size === 0) {
      this.#due.delete(server);
      return;
    }
    const told = [...uris];
    due.list = false;
    uris.clear();
    due.timer = setTimeout(() => this.#tell(server, due), EVERY_MS).unref();
    for (const listener of this.#listeners) {
      if (list) listener(server, 'list');
      for (const uri of told) listener(server, 'resource', uri);
    }
  }
}
