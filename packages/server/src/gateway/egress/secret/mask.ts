/**
 * Takes a secret out of what comes back. An origin that echoes the request would hand the secret to the agent that was never to have it.
 * What is put in its place has the same size, so that lengths that were announced stay true.
 */

const STAR = 0x2a;
/** Shorter ones would be found everywhere. */
const SECRET_CHARS_MIN = 6;

/** The ways a server writes a value it was sent: as it is, and in the encodings of addresses, JSON, HTML, base64 and hexadecimal. */
export function needlesOf(secret: string, header: string): readonly Buffer[] {
  const forms = new Set<string>();
  for (const text of [secret, header]) for (const form of formsOf(text)) forms.add(form);
  return [...forms]
    .filter((form) => form.length >= SECRET_CHARS_MIN)
    .sort((a, b) => b.length - a.length)
    .map((form) => Buffer.from(form, 'utf8'));
}

function formsOf(text: string): readonly string[] {
  const hex = Buffer.from(text).toString('hex');
  return [text, ...base64Forms(text), hex, hex.toUpperCase(), ...percentForms(text), ...jsonForms(text), ...htmlForms(text)];
}

/** What encoders leave as it is: JavaScript's three, RFC 3986 alone, Python's with its slash, PHP's and Java's. */
const PERCENT_KEPT: readonly RegExp[] = [
  /[A-Za-z0-9\-_.!~*'()]/,
  /[A-Za-z0-9\-_.!~*'();/?:@&=+$,#]/,
  /[A-Za-z0-9\-_.*]/,
  /[A-Za-z0-9\-_.~]/,
  /[A-Za-z0-9\-_.~/]/,
  /[A-Za-z0-9\-_.]/,
];

/** Most secrets: no encoding writes them otherwise, and looking for a dozen ways that are none takes time on each request. */
const PLAIN = /^[A-Za-z0-9\-_.]*$/;
/** With a space, as behind `Bearer`. */
const PLAIN_WORDS = /^[A-Za-z0-9\-_. ]*$/;

function percentForms(text: string): readonly string[] {
  if (PLAIN.test(text)) return [];
  if (PLAIN_WORDS.test(text)) return [text.replaceAll(' ', '%20'), text.replaceAll(' ', '+')];
  return PERCENT_KEPT.flatMap((kept) => {
    const upper = text.replace(/[\s\S]/gu, (letter) => (kept.test(letter) ? letter : percent(letter)));
    const lower = upper.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
    return [upper, lower].flatMap((form) => [form, form.replaceAll('%20', '+')]);
  });
}

const percent = (letter: string): string =>
  Buffer.from(letter)
    .toString('hex')
    .toUpperCase()
    .replace(/../g, (pair) => `%${pair}`);

/** What encoders write as `\u003c`: nothing, what could end a script (Go, PHP, Rails), and what .NET holds for unsafe. */
const JSON_ESCAPED: readonly RegExp[] = [/[<>&]/g, /[<>&']/g, /[<>&'+`]/g, /[<>&'+`"]/g];

function jsonForms(text: string): readonly string[] {
  if (PLAIN_WORDS.test(text)) return [];
  const plain = JSON.stringify(text).slice(1, -1);
  const escaped = JSON_ESCAPED.flatMap((letters) => {
    // A quote that is escaped so has no backslash before it.
    const source = letters.source.includes('"') ? plain.replaceAll('\\"', '"') : plain;
    const lower = source.replace(letters, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return [lower, lower.replace(/\\u[0-9a-f]{4}/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`)];
  });
  return [plain, ...escaped].flatMap((form) => [form, form.replaceAll('/', '\\/')]);
}

/** As libraries write HTML and XML; `&` and `<` are `&amp;` and `&lt;` in all of them. */
const HTML: readonly Readonly<Record<string, string>>[] = [
  {},
  { '>': '&gt;' },
  { '>': '&gt;', '"': '&quot;' },
  { '>': '&gt;', '"': '&quot;', "'": '&#39;' }, // lodash, Ruby
  { '>': '&gt;', '"': '&#34;', "'": '&#39;' }, // Go, Jinja
  { '>': '&gt;', '"': '&quot;', "'": '&#x27;' }, // Python, React
  { '>': '&gt;', '"': '&quot;', "'": '&#039;' }, // PHP
  { '>': '&gt;', '"': '&quot;', "'": '&apos;' }, // XML
  { '>': '&gt;', '"': '&quot;', "'": '&#x27;', '`': '&#x60;' }, // underscore
  { '>': '&gt;', '"': '&quot;', "'": '&#x27;', '/': '&#x2F;' }, // OWASP
  { '>': '&gt;', '"': '&quot;', "'": '&#x27;', '+': '&#x2B;', '`': '&#x60;' }, // ASP.NET
  { '>': '&gt;', '"': '&quot;', "'": '&#39;', '/': '&#x2F;', '`': '&#x60;', '=': '&#x3D;' }, // mustache
];

const htmlForms = (text: string): readonly string[] =>
  PLAIN_WORDS.test(text)
    ? []
    : HTML.map((ways) =>
        text.replace(/[&<>"'`/=+]/g, (letter) => ways[letter] ?? (letter === '&' ? '&amp;' : letter === '<' ? '&lt;' : letter)),
      );

/** The text inside a longer one in base64 begins at one of three places; the letters that depend on its neighbours are left out. */
function base64Forms(text: string): readonly string[] {
  const forms = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
      .toString('base64')
      .replace(/=+$/, '');
    const from = shift === 0 ? 0 : shift + 1;
    const end = (shift + Buffer.byteLength(text)) % 3 === 0 ? encoded.length : encoded.length - 1;
    return encoded.slice(from, end);
  });
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Blanks every needle in one text. */
export function maskText(text: string, needles: readonly Buffer[]): string {
  const bytes = Buffer.from(text, 'latin1');
  blank(bytes, needles);
  return bytes.toString('latin1');
}

/** True when something was found. */
function blank(bytes: Buffer, needles: readonly Buffer[]): void {
  for (const needle of needles)
    for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length))
      bytes.fill(STAR, at, at + needle.length);
}

/** Over a stream: holds back an end that could be the beginning of a needle. */
export class Mask {
  readonly #needles: readonly Buffer[];
  readonly #longest: number;
  #held: Buffer = Buffer.alloc(0);

  constructor(needles: readonly Buffer[]) {
    this.#needles = needles;
    this.#longest = needles.reduce((most, { length }) => Math.max(most, length), 0);
  }

  push(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.#held, bytes]);
    blank(all, this.#needles);
    const keep = this.#prefixAtEnd(all);
    this.#held = all.subarray(all.length - keep);
    return all.subarray(0, all.length - keep);
  }

  end(): Buffer {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }

  /** Length of the longest end that begins some needle. */
  #prefixAtEnd(all: Buffer): number {
    const from = Math.max(0, all.length - this.#longest + 1);
    for (let at = from; at < all.length; at++) {
      const tail = all.subarray(at);
      if (this.#needles.some((needle) => needle.length > tail.length && needle.subarray(0, tail.length).equals(tail)))
        return tail.length;
    }
    return 0;
  }
}
