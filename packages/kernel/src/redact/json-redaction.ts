/**
 * Redaction of JSON text that comes in fragments, as tool arguments do. Escapes inside strings hide values from a plain pattern, so the
 * text is decoded as it comes and redacted decoded; what is released unchanged goes out with the very units it came with.
 */
import type { Piece, Redaction } from './redaction.ts';

const SIMPLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

export class JsonRedaction {
  readonly redaction: Redaction;
  /** Raw text of each decoded unit that is not released yet, and whether it stood in a string. */
  #raws: { readonly raw: string; readonly isInString: boolean }[] = [];
  /** Decoded offset of the first of `#raws`. */
  #base = 0;
  /** Units of JSON text that were given out. */
  #written = 0;
  #isInString = false;
  /** An escape that is not complete. */
  #escape = '';

  constructor(redaction: Redaction) {
    this.redaction = redaction;
  }

  push(fragment: string): Piece[] {
    return this.#encode(this.redaction.push(this.#decode(fragment), false));
  }

  end(): Piece[] {
    // Half an escape is not JSON; it goes out as it came.
    const rest = this.#escape === '' ? '' : this.#take(this.#escape, this.#escape.charAt(0));
    this.#escape = '';
    return this.#encode(this.redaction.push(rest, true));
  }

  #take(raw: string, unit: string): string {
    this.#raws.push({ raw, isInString: this.#isInString });
    return unit;
  }

  #decode(fragment: string): string {
    let text = '';
    for (let i = 0; i < fragment.length; i++) {
      const char = fragment.charAt(i);
      if (this.#escape !== '') text += this.#goOn(char);
      else if (this.#isInString && char === '\\') this.#escape = char;
      else {
        // Both quotes count as outside: what is taken out never begins with one.
        const isQuote = char === '"';
        const wasInString = this.#isInString;
        if (isQuote) this.#isInString = false;
        text += this.#take(char, char);
        if (isQuote) this.#isInString = !wasInString;
      }
    }
    return text;
  }

  /** One more unit of an escape. */
  #goOn(char: string): string {
    this.#escape += char;
    const code = this.#escape.slice(1);
    if (code.startsWith('u') && code.length < 5) return '';
    const raw = this.#escape;
    this.#escape = '';
    if (/^u[0-9A-Fa-f]{4}$/.test(code)) return this.#take(raw, String.fromCharCode(Number.parseInt(code.slice(1), 16)));
    // What is no escape is taken for its last unit; the raw text is what goes out.
    return this.#take(raw, SIMPLE[code] ?? code.slice(-1));
  }

  /** The pieces in JSON text, at the offsets of the JSON text. */
  #encode(pieces: readonly Piece[]): Piece[] {
    const encoded: Piece[] = [];
    for (const { start, end, text, isCopy } of pieces) {
      const raws = this.#raws.slice(start - this.#base, end - this.#base);
      const raw = raws.map((one) => one.raw).join('');
      const from = this.#written;
      this.#written += raw.length;
      // A number that was taken out leaves a string: the text stays JSON.
      const quoted = JSON.stringify(text);
      const inPlace = raws[0]?.isInString === false && text !== '' ? quoted : quoted.slice(1, -1);
      encoded.push({ start: from, end: this.#written, text: isCopy ? raw : inPlace, isCopy });
    }
    const last = pieces.at(-1);
    if (last !== undefined) {
      this.#raws = this.#raws.slice(last.end - this.#base);
      this.#base = last.end;
    }
    return encoded;
  }
}
