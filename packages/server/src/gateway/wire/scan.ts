/**
 * One pass over the bytes of a JSON text: where the top-level members are, and whether any object at any depth names a member twice.
 * `JSON.parse` keeps the last of two equal members, other parsers the first; a body with both would show policy one thing and the
 * provider another. INVARIANT: what is returned is right for every text that `JSON.parse` accepts; for other texts it merely ends.
 */

/** Deeper nesting than any real request has; parsers differ in what they do beyond. */
export const DEPTH_MAX = 64;

/** Above this many members an object's names are kept in a set: comparing each with each would be quadratic. */
const LINEAR_MEMBERS = 16;

export interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Member extends Span {
  /** From the opening quote of the name to the end of the value. */
  readonly nameStart: number;
}

export interface Scan {
  readonly members: ReadonlyMap<string, Member>;
  /** Offset just behind the opening brace. */
  readonly inside: number;
  /** Values of `id` in the objects of the `input` array: they name an attempt, not a meaning. */
  readonly itemIds: readonly Span[];
  /** Start and end (exclusive) of each name and each string value, without quotes, in the order of the text. */
  readonly strings: readonly number[];
  /** Some name begins with a digit: objects may then list their members in another order than the text does. */
  readonly hasDigitNames: boolean;
}

export type ScanProblem = 'not-object' | 'duplicate' | 'depth' | 'name';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** @param text the UTF-8 bytes of the body, one character each (`latin1`): offsets are byte offsets, and strings search faster than buffers */
export function scanJson(text: string): Scan | ScanProblem {
  return new Scanner(text).run();
}

/** Offset of the closing quote of the string whose opening quote is before `at`; the text's length when there is none. */
function closingQuote(text: string, at: number): number {
  let from = at;
  for (;;) {
    // Short strings, and strings full of escapes, are read fastest in a plain loop; long plain ones by a native search.
    const near = Math.min(from + LOOP, text.length);
    for (; from < near; from += 1) {
      const code = text.charCodeAt(from);
      if (code === QUOTE) return from;
      if (code === BACKSLASH) from += 1;
    }
    const quote = text.indexOf('"', from);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (quote - 1 - slashes >= from && text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return quote;
    from = quote + 1;
  }
}

const LOOP = 64;

const NOT_ASCII = /[\u0080-\u00ff]/;

class Names {
  readonly #text: string;
  /** Hash, start and end of each name of the open objects, those of the innermost one last. */
  readonly #hashes: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #bases: number[] = [];
  readonly #sets: (Set<string> | undefined)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  open(): void {
    this.#bases.push(this.#hashes.length);
    this.#sets.push(undefined);
  }

  close(): void {
    const base = this.#bases.pop() ?? 0;
    this.#sets.pop();
    // Setting `length` would leave the fast path of the compiler each time.
    while (this.#hashes.length > base) {
      this.#hashes.pop();
      this.#starts.pop();
      this.#ends.pop();
    }
  }

  decode(start: number, end: number): string {
    const bytes = this.#text.slice(start, end);
    const plain = NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
    if (!plain.includes('\\')) return plain;
    try {
      return String(JSON.parse(`"${plain}"`));
    } catch {
      return plain;
    }
  }

  /** @returns true when the innermost object has this name already */
  seen(start: number, end: number, escaped: boolean): boolean {
    const set = this.#sets[this.#sets.length - 1];
    if (set !== undefined) return this.#inSet(set, start, end);
    const base = this.#bases[this.#bases.length - 1] ?? 0;
    const hash = this.#hash(start, end);
    // An escaped name has another hash than its plain twin, and equal hashes may be an attack: the set decides exactly.
    if (escaped || this.#hashes.length - base >= LINEAR_MEMBERS || this.#hashes.indexOf(hash, base) !== -1)
      return this.#inSet(this.#materialise(base), start, end);
    this.#hashes.push(hash);
    this.#starts.push(start);
    this.#ends.push(end);
    return false;
  }

  #inSet(set: Set<string>, start: number, end: number): boolean {
    const before = set.size;
    set.add(this.decode(start, end));
    return set.size === before;
  }

  #materialise(base: number): Set<string> {
    const set = new Set<string>();
    for (let i = base; i < this.#hashes.length; i += 1) set.add(this.decode(this.#starts[i] ?? 0, this.#ends[i] ?? 0));
    this.#sets[this.#sets.length - 1] = set;
    return set;
  }

  #hash(start: number, end: number): number {
    let hash = end - start;
    for (let i = start; i < end; i += 1) hash = (Math.imul(hash, 31) + this.#text.charCodeAt(i)) | 0;
    return hash;
  }
}

class Scanner {
  readonly #text: string;
  readonly #names: Names;
  readonly #members = new Map<string, Member>();
  readonly #itemIds: Span[] = [];
  readonly #strings: number[] = [];
  #hasDigitNames = false;
  /** One per open container: true for an object. */
  readonly #objects: boolean[] = [];
  #at = 0;
  #wantsName = false;
  #topName = '';
  #topNameStart = 0;
  #topValueStart = -1;
  #isItemId = false;

  constructor(text: string) {
    this.#text = text;
    this.#names = new Names(text);
  }

  run(): Scan | ScanProblem {
    const text = this.#text;
    while (this.#at < text.length && isSpace(text.charCodeAt(this.#at))) this.#at += 1;
    if (text.charCodeAt(this.#at) !== OPEN_OBJECT) return 'not-object';
    const inside = this.#at + 1;
    while (this.#at < text.length) {
      const problem = this.#step(text.charCodeAt(this.#at));
      if (problem !== undefined) return problem;
    }
    return {
      members: this.#members,
      inside,
      itemIds: this.#itemIds,
      strings: this.#strings,
      hasDigitNames: this.#hasDigitNames,
    };
  }

  #step(byte: number): ScanProblem | undefined {
    switch (byte) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        return this.#open(byte === OPEN_OBJECT);
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#close();
        return undefined;
      case COMMA:
        if (this.#objects.length === 1) this.#endTop();
        this.#wantsName = this.#objects[this.#objects.length - 1] === true;
        break;
      case COLON:
        this.#wantsName = false;
        break;
      default:
        if (!isSpace(byte)) this.#startTop();
    }
    this.#at += 1;
    return undefined;
  }

  #open(object: boolean): ScanProblem | undefined {
    this.#startTop();
    this.#isItemId = false;
    if (this.#objects.length === DEPTH_MAX) return 'depth';
    this.#objects.push(object);
    if (object) this.#names.open();
    this.#wantsName = object;
    this.#at += 1;
    return undefined;
  }

  #close(): void {
    if (this.#objects.length === 1) this.#endTop();
    if (this.#objects.pop() === true) this.#names.close();
    this.#wantsName = false;
    this.#isItemId = false;
    this.#at += 1;
  }

  #string(): ScanProblem | undefined {
    const start = this.#at + 1;
    const end = closingQuote(this.#text, start);
    this.#at = end + 1;
    this.#strings.push(start, end);
    if (this.#wantsName) return this.#name(start, end);
    this.#startTop(start - 1);
    if (this.#isItemId) this.#itemIds.push({ start: start - 1, end: end + 1 });
    this.#isItemId = false;
    return undefined;
  }

  #name(start: number, end: number): ScanProblem | undefined {
    this.#wantsName = false;
    const escaped = this.#hasBackslash(start, end);
    this.#hasDigitNames ||= escaped || isDigit(this.#text.charCodeAt(start));
    if (escaped && !isPlainName(this.#names.decode(start, end))) return 'name';
    if (this.#names.seen(start, end, escaped)) return 'duplicate';
    const depth = this.#objects.length;
    if (depth === 1) {
      this.#topName = this.#names.decode(start, end);
      this.#topNameStart = start - 1;
      this.#topValueStart = -1;
    }
    this.#isItemId = depth === 3 && end - start === 2 && this.#text.startsWith('id', start) && this.#topName === 'input';
    return undefined;
  }

  #hasBackslash(start: number, end: number): boolean {
    for (let i = start; i < end; i += 1) if (this.#text.charCodeAt(i) === BACKSLASH) return true;
    return false;
  }

  #startTop(at = this.#at): void {
    if (this.#objects.length === 1 && this.#topValueStart === -1) this.#topValueStart = at;
  }

  #endTop(): void {
    if (this.#topValueStart === -1) return;
    let end = this.#at;
    while (end > this.#topValueStart && isSpace(this.#text.charCodeAt(end - 1))) end -= 1;
    this.#members.set(this.#topName, { nameStart: this.#topNameStart, start: this.#topValueStart, end });
    this.#topValueStart = -1;
  }
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Parsers in other languages end a name at NUL and replace lone surrogates, so that two names become one. */
const isPlainName = (name: string): boolean => !/\p{Surrogate}/u.test(name) && !name.includes('\u0000');
