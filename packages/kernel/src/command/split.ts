/**
 * Shell text as argument vectors, or a reason to ask. A small part of the language is accepted, and understood completely; there is no
 * third answer. One pass from left to right, nothing is tried twice.
 */
import {
  BACKSLASH,
  BLANK,
  BRACE,
  CONTESTED,
  CONTROL,
  DOUBLE_QUOTE,
  EXPANSION,
  GROUP,
  HASH,
  isControl,
  isHidden,
  isLoneSurrogate,
  isWideSpace,
  LITERAL,
  NEWLINE,
  OPERATOR,
  PLAIN_KINDS,
  REDIRECT,
  SINGLE_QUOTE,
  STRICT_KINDS,
  TILDE,
  WIDE,
} from './character.ts';
import { CODES, type Code, isCode } from './code.ts';
import { CONTESTED_KEYWORDS, KEYWORDS, STATEFUL } from './reserved.ts';
import type { Dialect, SimpleCommand, Split } from './types.ts';

/** UTF-8 bytes of one text. A system passes at most 128 KB as one argument. */
const BYTES_MAX = 65_536;

/** A whole word that redirects without touching a file. */
const HARMLESS_REDIRECT = /(?:[12]?>&[12]|[12]?>>?[ \t]*\/dev\/null|0?<[ \t]*\/dev\/null)(?=[ \t\n;|&]|$)/y;
/** What zsh takes for a name is any letter. */
const CONTESTED_ASSIGNMENT = /^[\p{L}\p{M}\p{N}_]+(?:\[[^\]]*\])?\+?=/u;
/** Where a `$` between double quotes is nothing but itself. */
const AFTER_DOLLAR = /[" )|]/;
/** Where a word ends, as far as it matters here. */
const WORD_END = /[ \t\n;|&]/;
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=/;
/** Words behind which a stateful builtin is still one. */
const PASSES_ON = new Set(['command', 'exec']);

const [ZERO, TWO] = [48, 50];
const [LINE_FEED, SLASH, BACKQUOTE, DOLLAR, QUOTE, LESS, GREATER, OPENING, CLOSING] = [10, 92, 96, 36, 34, 60, 62, 91, 93];

/** Reads one text. Methods that can meet something unclear say so through `#refuse`, and the loop ends. */
class Reader {
  readonly #text: string;
  readonly #kinds: Uint8Array;
  readonly #assignment: RegExp;
  readonly #isContested: boolean;
  readonly #commands: SimpleCommand[] = [];
  #at = 0;
  /** Bytes of UTF-8 beyond one for each unit. */
  #extraBytes = 0;
  #refusal: { readonly code: Code; readonly at: number } | undefined;

  #argv: string[] = [];
  #redirects: string[] = [];
  #from = 0;
  #to = 0;

  #value = '';
  #isInWord = false;
  #isQuoted = false;
  #isFirstQuoted = false;
  #wordFrom = 0;
  /** Where in the value the first unquoted brace stands. */
  #braceAt = -1;
  /** An operator that needs another command stands before. */
  #isOwed = false;

  constructor(text: string, dialect: Dialect) {
    this.#text = text;
    this.#isContested = dialect === 'zsh' || dialect === 'none';
    this.#kinds = this.#isContested ? STRICT_KINDS : PLAIN_KINDS;
    this.#assignment = this.#isContested ? CONTESTED_ASSIGNMENT : ASSIGNMENT;
  }

  read(dialect: Dialect): Split {
    const { length } = this.#text;
    if (length > BYTES_MAX) this.#refuse('shell.size', BYTES_MAX);
    while (this.#at < length && this.#refusal === undefined) this.#step();
    if (this.#refusal === undefined) this.#finish();
    if (this.#refusal === undefined) return { ok: true, dialect, commands: this.#commands };
    const { code, at } = this.#refusal as { readonly code: Code; readonly at: number };
    return { ok: false, code, at, text: CODES[code] };
  }

  #refuse(code: Code, at: number = this.#at): void {
    this.#refusal ??= { code, at };
  }

  #finish(): void {
    this.#endWord();
    if (this.#refusal !== undefined) return;
    if (this.#argv.length > 0) this.#endCommand('end');
    else if (this.#isOwed || this.#commands.length === 0) return this.#refuse('shell.empty');
    const last = this.#commands.at(-1);
    if (last !== undefined && last.op !== 'end') this.#commands[this.#commands.length - 1] = { ...last, op: 'end' };
    if (this.#text.length + this.#extraBytes > BYTES_MAX) this.#refuse('shell.size', this.#text.length);
  }

  #kindAt(at: number): number {
    const unit = this.#text.charCodeAt(at);
    return unit < 128 ? (this.#kinds[unit] as number) : WIDE;
  }

  #step(): void {
    const kind = this.#kindAt(this.#at);
    if (kind === BLANK) {
      this.#endWord();
      this.#at += 1;
    } else if (kind === NEWLINE) this.#newline();
    else if (kind === OPERATOR) this.#operator();
    else if (!this.#isInWord && this.#isRedirect()) this.#redirect();
    else if (kind === LITERAL) this.#literal();
    else if (kind === WIDE) this.#wide();
    else this.#marked(kind);
  }

  /** A character of a word that is more than itself. */
  #marked(kind: number): void {
    if (kind === SINGLE_QUOTE) this.#singleQuoted();
    else if (kind === DOUBLE_QUOTE) this.#doubleQuoted();
    else if (kind === BACKSLASH) this.#escaped();
    else if (kind === BRACE) this.#brace();
    else if (kind === TILDE) this.#tilde();
    else if (kind === HASH) this.#hash();
    else if (kind === EXPANSION && this.#isBare()) this.#take(this.#at + 1);
    else this.#refuse(refusalOf(kind));
  }

  #beginWord(): void {
    if (this.#isInWord) return;
    this.#isInWord = true;
    this.#wordFrom = this.#at;
  }

  #take(to: number): void {
    this.#beginWord();
    this.#value += this.#text.slice(this.#at, to);
    this.#at = to;
  }

  #literal(): void {
    let to = this.#at + 1;
    while (to < this.#text.length && this.#kindAt(to) === LITERAL) to += 1;
    if (this.#isContested && this.#text[this.#at] === '=' && this.#value === '') return this.#refuse('shell.dialect');
    this.#take(to);
  }

  /** One character beyond ASCII, quoted or not. @returns its length in units, 0 where it was refused */
  #wideLength(at: number): number {
    const point = this.#text.codePointAt(at) as number;
    if (isLoneSurrogate(point) || isControl(point)) this.#refuse('shell.control-char', at);
    else if (isHidden(point)) this.#refuse('shell.hidden-char', at);
    else {
      this.#extraBytes += point < 0x800 ? 1 : 2;
      return point > 0xffff ? 2 : 1;
    }
    return 0;
  }

  #wide(): void {
    if (this.#isContested && isWideSpace(this.#text.charCodeAt(this.#at))) return this.#refuse('shell.dialect');
    const length = this.#wideLength(this.#at);
    if (length > 0) this.#take(this.#at + length);
  }

  /** Characters inside of quotes are all literal, but not all acceptable. @returns the length, 0 where it was refused */
  #quotedLength(at: number): number {
    const unit = this.#text.charCodeAt(at);
    if (unit >= 128) return this.#wideLength(at);
    if (PLAIN_KINDS[unit] !== CONTROL) return 1;
    this.#refuse('shell.control-char', at);
    return 0;
  }

  #openQuote(): number {
    this.#beginWord();
    this.#isQuoted = true;
    return this.#at;
  }

  #singleQuoted(): void {
    const opened = this.#openQuote();
    const close = this.#text.indexOf("'", opened + 1);
    if (close < 0) return this.#refuse('shell.quote', opened);
    let at = opened + 1;
    while (at < close && this.#refusal === undefined) at += this.#quotedLength(at);
    this.#value += this.#text.slice(opened + 1, close);
    this.#at = close + 1;
  }

  #doubleQuoted(): void {
    const opened = this.#openQuote();
    let [at, from] = [opened + 1, opened + 1];
    for (; at < this.#text.length; ) {
      const unit = this.#text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#value += this.#text.slice(from, at);
        this.#at = at + 1;
        return;
      }
      if (unit === BACKQUOTE || (unit === DOLLAR && !this.#isBareDollar(at + 1))) return this.#refuse('shell.expansion', at);
      if (unit === SLASH && this.#isEscapedInQuotes(at + 1)) {
        this.#value += this.#text.slice(from, at);
        // A line that goes on leaves nothing, everything else itself.
        from = this.#text.charCodeAt(at + 1) === LINE_FEED ? at + 2 : at + 1;
        at += 2;
        continue;
      }
      const length = this.#quotedLength(at);
      if (length === 0) return;
      at += length;
    }
    this.#refuse('shell.quote', opened);
  }

  /** Whether a `$` before this character stands for itself. Nobody compared more than bash and dash here. */
  #isBareDollar(at: number): boolean {
    return !this.#isContested && AFTER_DOLLAR.test(this.#text.charAt(at));
  }

  /** `[` and `]` as words of their own, and a `$` at the end of a word, match and replace nothing. */
  #isBare(): boolean {
    const unit = this.#text.charCodeAt(this.#at);
    const isBracket = (unit === OPENING || unit === CLOSING) && !this.#isInWord;
    if (this.#isContested || !(isBracket || unit === DOLLAR)) return false;
    return this.#at + 1 >= this.#text.length || WORD_END.test(this.#text.charAt(this.#at + 1));
  }

  /** Whether a backslash before this character is more than a backslash, between double quotes. */
  #isEscapedInQuotes(at: number): boolean {
    const unit = this.#text.charCodeAt(at);
    return unit === LINE_FEED || unit === QUOTE || unit === SLASH || unit === DOLLAR || unit === BACKQUOTE;
  }

  #escaped(): void {
    const next = this.#at + 1;
    // A line that goes on: nothing was written, not even the beginning of a word.
    if (this.#text.charCodeAt(next) === LINE_FEED) {
      this.#at += 2;
      return;
    }
    if (next >= this.#text.length) return this.#refuse('shell.backslash');
    const length = this.#quotedLength(next);
    if (length === 0) return;
    this.#openQuote();
    this.#value += this.#text.slice(next, next + length);
    this.#at = next + length;
  }

  #brace(): void {
    if (this.#braceAt < 0) this.#braceAt = this.#value.length;
    this.#take(this.#at + 1);
  }

  #tilde(): void {
    const before = this.#value.at(-1);
    if (before === undefined || before === '=' || before === ':') return this.#refuse('shell.expansion');
    this.#take(this.#at + 1);
  }

  #hash(): void {
    if (this.#isInWord) return this.#take(this.#at + 1);
    // Shells do not agree on where a line begins that goes on.
    if (this.#text.slice(0, this.#at).endsWith('\\\n')) return this.#refuse('shell.comment');
    // Nothing in a comment is read, and nothing may be in it that is not shown.
    while (this.#at < this.#text.length && this.#text.charCodeAt(this.#at) !== LINE_FEED && this.#refusal === undefined)
      this.#at += this.#quotedLength(this.#at);
  }

  #isRedirect(): boolean {
    const unit = this.#text.charCodeAt(this.#at);
    if (unit === LESS || unit === GREATER) return true;
    if (unit < ZERO || unit > TWO) return false;
    const next = this.#text.charCodeAt(this.#at + 1);
    return next === LESS || next === GREATER;
  }

  #redirect(): void {
    HARMLESS_REDIRECT.lastIndex = this.#at;
    const found = HARMLESS_REDIRECT.exec(this.#text)?.[0];
    if (found === undefined || this.#argv.length === 0) return this.#refuse('shell.redirect');
    this.#redirects.push(found.replace(/[ \t]+/, ''));
    this.#at += found.length;
    this.#to = this.#at;
  }

  #endWord(): void {
    if (!this.#isInWord) return;
    this.#isInWord = false;
    if (this.#braceAt >= 0 && this.#isBraceExpansion()) return this.#refuse('shell.expansion', this.#wordFrom);
    if (this.#argv.length === 0) {
      this.#from = this.#wordFrom;
      this.#isFirstQuoted = this.#isQuoted;
    }
    this.#argv.push(this.#value);
    this.#to = this.#at;
    this.#value = '';
    this.#isQuoted = false;
    this.#braceAt = -1;
  }

  /** `{a,b}` and `{1..2}`, quoted in part or not. */
  #isBraceExpansion(): boolean {
    const within = this.#value.slice(this.#braceAt + 1, Math.max(this.#value.lastIndexOf('}'), this.#braceAt + 1));
    return within.includes(',') || within.includes('..');
  }

  #newline(): void {
    this.#endWord();
    this.#at += 1;
    if (this.#argv.length > 0) this.#endCommand(';');
  }

  /** @returns the operator that stands here, or why none does */
  #operatorAt(at: number): SimpleCommand['op'] | Code {
    const two = this.#text.slice(at, at + 2);
    if (two === '&&' || two === '||') return two;
    if (two.startsWith('&')) return 'shell.background';
    if (two === ';;' || two === ';&' || two === '|&') return 'shell.operator';
    return two.startsWith(';') ? ';' : '|';
  }

  #operator(): void {
    this.#endWord();
    const op = this.#operatorAt(this.#at);
    if (isCode(op)) return this.#refuse(op);
    if (this.#argv.length === 0) return this.#refuse('shell.empty');
    this.#at += op.length;
    this.#endCommand(op);
    this.#isOwed = op !== ';';
  }

  #endCommand(op: SimpleCommand['op']): void {
    const first = this.#argv[0] as string;
    const code = this.#firstWordCode(first);
    if (code !== undefined) return this.#refuse(code, this.#from);
    this.#commands.push({ argv: this.#argv, op, redirects: this.#redirects, span: [this.#from, this.#to] });
    this.#argv = [];
    this.#redirects = [];
    this.#isOwed = false;
  }

  /** Why this first word is not the name of a program. */
  #firstWordCode(first: string): Code | undefined {
    if (first === '') return 'shell.empty';
    if (!this.#isFirstQuoted && KEYWORDS.has(first)) return 'shell.keyword';
    if (this.#isContested && CONTESTED_KEYWORDS.has(first)) return 'shell.dialect';
    if (this.#assignment.test(first)) return 'shell.assignment';
    if (/^[-+]/.test(first) && (this.#isContested || this.#commands.length === 0)) return 'shell.option-like';
    if (first.startsWith('%')) return 'shell.job';
    return this.#isStateful(first) ? 'shell.stateful' : undefined;
  }

  #isStateful(first: string): boolean {
    return STATEFUL.has(first) || (PASSES_ON.has(first) && this.#argv.some((word) => STATEFUL.has(word)));
  }
}

function refusalOf(kind: number): Code {
  if (kind === EXPANSION) return 'shell.expansion';
  if (kind === GROUP) return 'shell.group';
  if (kind === CONTESTED) return 'shell.dialect';
  return kind === REDIRECT ? 'shell.redirect' : 'shell.control-char';
}

/**
 * Takes a script apart. Pure; never throws, whatever the text is.
 * @returns every command with exactly the words that the shell would pass, or the code and place of what was not understood
 */
export const split = (text: string, dialect: Dialect): Split => new Reader(text, dialect).read(dialect);
