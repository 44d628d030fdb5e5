/** Names, literals and marks of a Starlark file, with their lines. Line ends count only outside of brackets, as the language has it. */
import { Fault } from '../fault.ts';

export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'mark' | 'newline' | 'end';
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** UTF-16 units of one file. */
const LENGTH_MAX = 1_048_576;

const BLANK = /[ \t\r]+|\\\r?\n|#[^\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /[0-9]+(?![A-Za-z0-9_.])/y;
const STRING_START = /([rR]?)("""|'''|"|')/y;
const MARKS = new Set(['(', ')', '[', ']', ',', '=', '+']);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'", '\n': '' };

const refuse = (line: number, problem: string): never => {
  throw new Fault('config.invalid', `line ${line}: ${problem}`);
};

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): readonly Token[] {
    if (this.#text.length > LENGTH_MAX) refuse(1, `the file is longer than ${LENGTH_MAX} characters`);
    while (this.#at < this.#text.length) this.#step();
    this.#push('end', '');
    return this.#tokens;
  }

  #push(kind: Token['kind'], text: string): void {
    this.#tokens.push({ kind, text, line: this.#line });
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #step(): void {
    const blank = this.#match(BLANK);
    if (blank !== undefined) {
      if (blank[0].startsWith('\\')) this.#line += 1;
      return;
    }
    if (this.#text[this.#at] === '\n') return this.#newline();
    const string = this.#match(STRING_START);
    if (string !== undefined) return this.#string(string[1] !== '', string[2] ?? '"');
    const name = this.#match(NAME);
    if (name !== undefined) return this.#push('name', name[0]);
    const number = this.#match(NUMBER);
    if (number !== undefined) return this.#push('number', number[0]);
    this.#mark();
  }

  #newline(): void {
    if (this.#depth === 0) this.#push('newline', '\n');
    this.#at += 1;
    this.#line += 1;
  }

  #mark(): void {
    const mark = this.#text[this.#at] ?? '';
    if (!MARKS.has(mark)) refuse(this.#line, `\`${mark}\` is not read here`);
    if (mark === '(' || mark === '[') this.#depth += 1;
    if (mark === ')' || mark === ']') this.#depth -= 1;
    this.#push('mark', mark);
    this.#at += 1;
  }

  #string(isRaw: boolean, quote: string): void {
    const start = this.#line;
    let value = '';
    while (!this.#text.startsWith(quote, this.#at)) {
      const char = this.#text[this.#at];
      if (char === undefined || (char === '\n' && quote.length === 1)) return refuse(start, 'a string does not end');
      if (char === '\n') this.#line += 1;
      if (char === '\\') value += isRaw ? this.#rawPair() : this.#escape();
      else {
        value += char;
        this.#at += 1;
      }
    }
    this.#at += quote.length;
    this.#tokens.push({ kind: 'string', text: value, line: start });
  }

  /** In a raw string a backslash stays, and what follows it does not end the string. */
  #rawPair(): string {
    const pair = this.#text.slice(this.#at, this.#at + 2);
    this.#at += 2;
    return pair;
  }

  #escape(): string {
    const sort = this.#text[this.#at + 1] ?? '';
    const plain = ESCAPES[sort];
    if (plain !== undefined) {
      if (sort === '\n') this.#line += 1;
      this.#at += 2;
      return plain;
    }
    const digits = { x: 2, u: 4, U: 8 }[sort];
    const hex = digits === undefined ? '' : this.#text.slice(this.#at + 2, this.#at + 2 + digits);
    if (digits === undefined || !/^[0-9a-fA-F]+$/.test(hex) || hex.length !== digits)
      return refuse(this.#line, `\`\\${sort}\` is not an escape that is read here`);
    const code = Number.parseInt(hex, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return refuse(this.#line, `\`\\${sort}${hex}\` is no character`);
    this.#at += 2 + digits;
    return String.fromCodePoint(code);
  }
}

/** @throws Fault config.invalid that names the line */
export const tokens = (text: string): readonly Token[] => new Lexer(text).read();
