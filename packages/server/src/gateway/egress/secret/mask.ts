/**
 * Takes a secret out of what comes back. An origin that echoes the request would hand the secret to the agent that was never to have it.
 * What is put in its place has the same size, so that lengths that were announced stay true.
 */

const STAR = 0x2a;
/** Shorter ones would be found everywhere. */
const SECRET_CHARS_MIN = 6;

/**
 * The ways a server writes a value it was sent: as it is, percent-encoded, as JSON, as HTML, in base64 alone and behind what goes before it
 * in the header.
 */
export function needlesOf(secret: string, header: string): readonly Buffer[] {
  const forms = new Set<string>();
  for (const text of [secret, header]) {
    forms.add(text);
    forms.add(encodeURIComponent(text));
    forms.add(encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()));
    forms.add(JSON.stringify(text).slice(1, -1));
    forms.add(text.replace(/[&<>"']/g, (letter) => HTML[letter] ?? letter));
    for (const base64 of base64Forms(text)) forms.add(base64);
    forms.add(Buffer.from(text).toString('hex'));
  }
  return [...forms]
    .filter((form) => form.length >= SECRET_CHARS_MIN)
    .sort((a, b) => b.length - a.length)
    .map((form) => Buffer.from(form, 'utf8'));
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The text inside a longer one in base64 begins at one of three places; the letters that depend on its neighbours are left out. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
      .toString('base64')
      .replace(/=+$/, '');
    const from = shift === 0 ? 0 : shift + 1;
    const end = (shift + Buffer.byteLength(text)) % 3 === 0 ? encoded.length : encoded.length - 1;
    return encoded.slice(from, end);
  });
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
