/** Lines out of chunks. Works on buffers: a line is copied once, and only when it crosses a chunk. */

const NEWLINE = 0x0a;
const RETURN = 0x0d;

export interface LineCalls {
  readonly line: (line: Buffer) => void;
  readonly blank?: () => void;
  /** Once, and nothing after it. */
  readonly overflow: () => void;
  /** Asked for each part of a line. */
  readonly bytesMax: () => number;
}

export class Lines {
  readonly #line: (line: Buffer) => void;
  readonly #blank: (() => void) | undefined;
  readonly #overflow: () => void;
  readonly #bytesMax: () => number;
  #parts: Buffer[] = [];
  #held = 0;
  #over = false;
  #count = 0;

  constructor(calls: LineCalls) {
    this.#line = calls.line;
    this.#blank = calls.blank;
    this.#overflow = calls.overflow;
    this.#bytesMax = calls.bytesMax;
  }

  /** The line that has begun and not ended: its number and its first byte. */
  get unfinished(): { readonly number: number; readonly first: number } | undefined {
    const first = this.#parts[0]?.[0];
    return first === undefined ? undefined : { number: this.#count, first };
  }

  push(chunk: Buffer): void {
    let from = 0;
    while (!this.#over) {
      const end = chunk.indexOf(NEWLINE, from);
      const rest = chunk.subarray(from, end === -1 ? chunk.length : end);
      if (this.#held + rest.length > this.#bytesMax()) {
        this.#over = true;
        this.#parts = [];
        return this.#overflow();
      }
      if (end === -1) {
        if (rest.length > 0) this.#parts.push(rest);
        this.#held += rest.length;
        return;
      }
      this.#emit(rest);
      from = end + 1;
    }
  }

  #emit(rest: Buffer): void {
    const whole = this.#parts.length === 0 ? rest : Buffer.concat([...this.#parts, rest]);
    this.#parts = [];
    this.#held = 0;
    this.#count += 1;
    const line = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    if (line.length > 0) this.#line(line);
    else this.#blank?.();
  }
}
