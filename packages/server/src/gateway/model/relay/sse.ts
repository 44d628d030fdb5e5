/**
 * Server-sent events, split where they end: LF, CRLF and CR; several `data:` lines; comments; UTF-8 in pieces. Works on bytes, so that whole
 * events can be forwarded as they came. Line ends never occur inside a UTF-8 sequence, hence only complete events are decoded.
 */

/** Larger events are no part of any format here. */
export const EVENT_BYTES_MAX = 1024 * 1024;
/** Times that an unfinished event may be joined: each join copies what is there, and lines may come one by one. */
const JOINS_MAX = 4_096;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;

export interface SseEvent {
  /** Empty when the event has no name. */
  readonly name: string;
  /** Undefined for comments and fields without data. */
  readonly data: string | undefined;
  /** Where the event lies, with its blank line: `bytes` from `start` to `end`, exclusive. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export class SseSplitter {
  /** Pieces of the unfinished event; only the first may hold line ends. */
  #carry: Buffer[] = [];
  #carried = 0;
  #joins = 0;
  #first = true;

  /**
   * Complete events of the bytes so far, in order.
   * @param visit returns false to stop; the rest of the bytes is then dropped
   * @returns false when an event is larger than the cap
   */
  push(chunk: Buffer, visit: (event: SseEvent) => boolean): boolean {
    const bytes = this.#join(chunk);
    if (bytes === undefined) return this.#carried <= EVENT_BYTES_MAX && this.#joins <= JOINS_MAX;
    // One character a byte: offsets agree, and strings search faster than buffers.
    const text = bytes.toString('latin1');
    const endOf = text.includes('\r') ? endOfEvent : endOfPlainEvent;
    let at = 0;
    for (;;) {
      const end = endOf(text, at);
      if (end === -1) break;
      this.#joins = 0;
      if (!visit(this.#read(bytes, text, at, end))) return true;
      at = end;
    }
    if (at < bytes.length) this.#keep(at === 0 ? bytes : bytes.subarray(at));
    return this.#carried <= EVENT_BYTES_MAX;
  }

  /** What is left at the end of the stream: an event only if its blank line ends with the CR that was held back. */
  end(visit: (event: SseEvent) => boolean): void {
    const bytes = Buffer.concat(this.#carry);
    this.#carry = [];
    if (bytes.length > 1 && bytes[bytes.length - 1] === CR) {
      const text = bytes.toString('latin1');
      if (endOfEvent(`${text}\n`, 0) === bytes.length + 1) visit(this.#read(bytes, text, 0, bytes.length));
    }
  }

  /** @returns the unfinished event with the chunk, or undefined while no event can end */
  #join(chunk: Buffer): Buffer | undefined {
    if (this.#carried === 0) return chunk;
    const last = this.#carry[this.#carry.length - 1];
    const heldCr = last !== undefined && last[last.length - 1] === CR;
    if (!heldCr && !chunk.includes(LF) && !chunk.includes(CR)) {
      this.#keep(chunk);
      return undefined;
    }
    this.#joins += 1;
    if (this.#joins > JOINS_MAX) return undefined;
    const bytes = Buffer.concat([...this.#carry, chunk]);
    this.#carry = [];
    this.#carried = 0;
    return bytes;
  }

  #keep(piece: Buffer): void {
    this.#carry.push(piece);
    this.#carried += piece.length;
  }

  #read(bytes: Buffer, text: string, at: number, end: number): SseEvent {
    // A byte order mark may stand before the first event.
    const from = this.#first && text.startsWith(BYTE_ORDER_MARK, at) ? at + BYTE_ORDER_MARK.length : at;
    this.#first = false;
    return readFields(bytes, text, { from, start: at, end });
  }
}

/** U+FEFF in UTF-8, as latin1. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** End of the event that begins at `at`, blank line included; -1 when it is not complete. For text without CR. */
function endOfPlainEvent(text: string, at: number): number {
  // A blank line where an event would begin is an event without fields.
  if (text.charCodeAt(at) === LF) return at + 1;
  const end = text.indexOf('\n\n', at);
  return end === -1 ? -1 : end + 2;
}

function endOfEvent(text: string, at: number): number {
  let lineStart = at;
  for (let i = at; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (code !== LF && code !== CR) {
      i += 1;
      continue;
    }
    // A CR at the very end may be half of a CRLF.
    if (code === CR && i + 1 === text.length) return -1;
    const next = code === CR && text.charCodeAt(i + 1) === LF ? i + 2 : i + 1;
    if (i === lineStart) return next;
    i = next;
    lineStart = next;
  }
  return -1;
}

function readFields(bytes: Buffer, text: string, where: { from: number; start: number; end: number }): SseEvent {
  const { start, end: to } = where;
  let name = '';
  let data: string | undefined;
  let at = where.from;
  while (at < to) {
    const end = endOfLine(text, at, to);
    if (text.startsWith('data', at)) {
      const value = fieldValue(bytes, text, at + 4, end);
      if (value !== undefined) data = data === undefined ? value : `${data}\n${value}`;
    } else if (text.startsWith('event', at)) {
      name = fieldValue(bytes, text, at + 5, end) ?? name;
    }
    at = end + 1;
  }
  return { name, data, bytes, start, end: to };
}

function endOfLine(text: string, at: number, to: number): number {
  const lf = text.indexOf('\n', at);
  const end = lf === -1 || lf > to ? to : lf;
  // Lines are short beside a chunk, so the piece is cut out before it is searched for the rare CR.
  const cr = text.slice(at, end).indexOf('\r');
  return cr === -1 ? end : at + cr;
}

/** @param at behind the field's name @returns undefined when the name is longer */
function fieldValue(bytes: Buffer, text: string, at: number, end: number): string | undefined {
  if (at === end) return '';
  if (text.charCodeAt(at) !== COLON) return undefined;
  const start = text.charCodeAt(at + 1) === SPACE ? at + 2 : at + 1;
  const value = text.slice(start, end);
  return NOT_ASCII.test(value) ? bytes.toString('utf8', start, end) : value;
}

const NOT_ASCII = /[\u0080-\u00ff]/;
