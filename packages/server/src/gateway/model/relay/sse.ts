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

export interface SseEvent {
  /** Empty when the event has no name. */
  readonly name: string;
  /** Undefined for comments and fields without data. */
  readonly data: string | undefined;
  /** Bytes of the event with its blank line. */
  readonly raw: Buffer;
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
    const hasCr = bytes.includes(CR);
    let at = 0;
    for (;;) {
      const end = hasCr ? endOfEvent(bytes, at) : endOfPlainEvent(bytes, at);
      if (end === -1) break;
      this.#joins = 0;
      if (!visit(this.#read(bytes.subarray(at, end), hasCr))) return true;
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
      const whole = Buffer.concat([bytes, Buffer.from('\n')]);
      if (endOfEvent(whole, 0) === whole.length) visit(this.#read(bytes, true));
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

  #read(raw: Buffer, hasCr: boolean): SseEvent {
    let text = raw.toString('utf8');
    if (this.#first) {
      this.#first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (hasCr) text = text.replace(/\r\n?/g, '\n');
    return { ...readFields(text), raw };
  }
}

/** End of the event that begins at `at`, blank line included; -1 when it is not complete. For bytes without CR. */
function endOfPlainEvent(bytes: Buffer, at: number): number {
  // A blank line where an event would begin is an event without fields.
  if (bytes[at] === LF) return at + 1;
  const end = bytes.indexOf('\n\n', at);
  return end === -1 ? -1 : end + 2;
}

function endOfEvent(bytes: Buffer, at: number): number {
  let i = at;
  let lineStart = at;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte !== LF && byte !== CR) {
      i += 1;
      continue;
    }
    // A CR at the very end may be half of a CRLF.
    if (byte === CR && i + 1 === bytes.length) return -1;
    const next = byte === CR && bytes[i + 1] === LF ? i + 2 : i + 1;
    if (i === lineStart) return next;
    i = next;
    lineStart = next;
  }
  return -1;
}

function readFields(text: string): { name: string; data: string | undefined } {
  let name = '';
  let data: string | undefined;
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end === -1) end = text.length;
    if (text.startsWith('data', at)) {
      const value = fieldValue(text, at + 4, end);
      if (value !== undefined) data = data === undefined ? value : `${data}\n${value}`;
    } else if (text.startsWith('event', at)) {
      name = fieldValue(text, at + 5, end) ?? name;
    }
    at = end + 1;
  }
  return { name, data };
}

/** @param at behind the field's name @returns undefined when the name is longer */
function fieldValue(text: string, at: number, end: number): string | undefined {
  if (at === end) return '';
  if (text[at] !== ':') return undefined;
  return text.slice(text[at + 1] === ' ' ? at + 2 : at + 1, end);
}
