/** Events of a text/event-stream, as far as this protocol uses them: `data`, `id`, `retry`. */
import { Lines } from '../../parts/lines.ts';

export interface Event {
  readonly data: Buffer;
  readonly id: string | undefined;
}

export interface EventCalls {
  readonly event: (event: Event) => void;
  /** Milliseconds that the server asks for before a reconnection. */
  readonly retry: (ms: number) => void;
  readonly overflow: () => void;
}

const MAX_ID_CHARS = 1_024;

export class Events {
  readonly #lines: Lines;
  readonly #calls: EventCalls;
  #data: Buffer[] = [];
  #bytes = 0;
  #id: string | undefined;

  /** @param bytesMax of one event */
  constructor(calls: EventCalls, bytesMax: number) {
    this.#calls = calls;
    this.#lines = new Lines({
      line: (line) => this.#line(line, bytesMax),
      blank: () => this.#end(),
      overflow: calls.overflow,
      bytesMax: () => bytesMax,
    });
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  #line(line: Buffer, bytesMax: number): void {
    const colon = line.indexOf(0x3a);
    if (colon === 0) return;
    const field = line.toString('latin1', 0, colon === -1 ? line.length : colon);
    const from = colon === -1 ? line.length : line[colon + 1] === 0x20 ? colon + 2 : colon + 1;
    const value = line.subarray(from);
    if (field === 'data') {
      this.#bytes += value.length;
      if (this.#bytes > bytesMax) return this.#calls.overflow();
      this.#data.push(value);
    } else if (field === 'id' && value.length <= MAX_ID_CHARS && !value.includes(0)) this.#id = value.toString('utf8');
    else if (field === 'retry' && /^\d{1,6}$/.test(value.toString('latin1'))) this.#calls.retry(Number(value.toString('latin1')));
  }

  #end(): void {
    const parts = this.#data.flatMap((part, at) => (at === 0 ? [part] : [NEWLINE, part]));
    const empty = parts.length === 0;
    this.#data = [];
    this.#bytes = 0;
    if (!empty || this.#id !== undefined) this.#calls.event({ data: Buffer.concat(parts), id: this.#id });
  }
}

const NEWLINE = Buffer.from('\n');
