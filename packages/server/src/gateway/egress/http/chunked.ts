/** The chunked coding, strictly: sizes are hexadecimal digits and nothing else, lines end with CRLF, extensions and trailers are dropped. */

export type ChunkedProblem = 'chunk-size' | 'chunk-end' | 'trailer';

/** Seven digits are 256 MB in one chunk. */
const SIZE_DIGITS_MAX = 7;
const LINE_BYTES_MAX = 4_096;
const TRAILER_BYTES_MAX = 8_192;
const CR = 13;
const LF = 10;

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done';

export interface ChunkedStep {
  /** Content, as views of what was given. */
  readonly data: readonly Buffer[];
  /** Bytes that were read; fewer than given only when done. */
  readonly used: number;
  readonly done: boolean;
}

/** Reads a body of any partition into chunks. After a problem or the end it takes nothing more. */
export class ChunkedReader {
  readonly done = false;
  #state: State = 'size';
  #left = 0;
  #line = '';
  #trailerBytes = 0;

  read(bytes: Buffer): ChunkedStep | ChunkedProblem {
    const data: Buffer[] = [];
    let at = 0;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#left);
        data.push(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      const taken = this.#takeLine(bytes, at);
      if (typeof taken === 'string') return taken;
      at = taken.at;
      if (!taken.whole) break;
      const problem = this.#endLine();
      if (problem !== undefined) return problem;
    }
    return { data, used: at, done: this.#state === 'done' };
  }

  /** Collects up to the line feed. */
  #takeLine(bytes: Buffer, from: number): { readonly at: number; readonly whole: boolean } | ChunkedProblem {
    const feed = bytes.indexOf(LF, from);
    const end = feed === -1 ? bytes.length : feed + 1;
    this.#line += bytes.toString('latin1', from, end);
    const most = this.#state === 'data-end' ? 2 : LINE_BYTES_MAX;
    if (this.#line.length > most) return this.#problem();
    return { at: end, whole: feed !== -1 };
  }

  #endLine(): ChunkedProblem | undefined {
    const line = this.#line;
    this.#line = '';
    if (line.charCodeAt(line.length - 2) !== CR) return this.#problem();
    const text = line.slice(0, -2);
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return this.#problem();
    if (this.#state === 'data-end') {
      if (text !== '') return 'chunk-end';
      this.#state = 'size';
      return undefined;
    }
    return this.#state === 'size' ? this.#size(text) : this.#trailer(text);
  }

  #size(text: string): ChunkedProblem | undefined {
    const digits = /^([0-9a-fA-F]+)(?:[ \t]*;.*)?$/.exec(text)?.[1];
    if (digits === undefined || digits.length > SIZE_DIGITS_MAX) return 'chunk-size';
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailer' : 'data';
    return undefined;
  }

  #trailer(text: string): ChunkedProblem | undefined {
    this.#trailerBytes += text.length;
    if (this.#trailerBytes > TRAILER_BYTES_MAX) return 'trailer';
    if (text === '') this.#state = 'done';
    else if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/.test(text)) return 'trailer';
    return undefined;
  }

  #problem(): ChunkedProblem {
    if (this.#state === 'size') return 'chunk-size';
    return this.#state === 'trailer' ? 'trailer' : 'chunk-end';
  }
}

export const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** One chunk's head; data and CRLF follow. */
export const chunkHead = (bytes: number): Buffer => Buffer.from(`${bytes.toString(16)}\r\n`, 'latin1');
export const CHUNK_END = Buffer.from('\r\n');
