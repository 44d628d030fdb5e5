/**
 * Private keys in blocks, which are longer than any window: from the begin marker on as long as key material follows. A block without an
 * end marker is a block all the same; a marker that no key material follows is only a marker, as in the source of a parser.
 */
import type { Hit, RuleInfo } from './detector.ts';
import { shapeOf } from './secret/shape.ts';

/** Units of a block beyond which nothing that follows is trusted any more. */
export const BLOCK_MAX = 65_536;
/** Key material must begin within this many units of the marker, and go on within as many. */
const GAP_MAX = 200;
/** Base 64 characters in a row that are taken for key material. */
const MATERIAL = /[A-Za-z0-9+/=]{20,}/g;

const BEGIN =
  '-----BEGIN [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 (?:ENCRYPTED )?PRIVATE KEY ----|PuTTY-User-Key-File-[1-3]: ';
const END = /-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----|---- END SSH2 (?:ENCRYPTED )?PRIVATE KEY ----/g;

const BEGIN_ALL = new RegExp(BEGIN, 'g');
const BEGUN = new RegExp(shapeOf(BEGIN).beginning, 'y');
/** Longest begin marker. */
const MARKER_MAX = shapeOf(BEGIN).reach;

const material = (seed: number): string =>
  Array.from({ length: 5 }, (_, line) =>
    Array.from(
      { length: 48 },
      (_unused, i) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'[(i * 29 + line * 17 + seed) % 64],
    ).join(''),
  ).join('\n');
const armour = (what: string, seed: number): string => `-----BEGIN ${what}-----\n${material(seed)}\n-----END ${what}-----`;

export const BLOCK_RULES: readonly RuleInfo[] = [
  {
    id: 'private-key',
    kind: 'secret',
    title: 'Private key: PEM of every kind, OpenSSH, SSH2, PGP, PuTTY',
    raises: 'restricted',
    positive: [
      ...[
        'RSA PRIVATE KEY',
        'EC PRIVATE KEY',
        'OPENSSH PRIVATE KEY',
        'PRIVATE KEY',
        'ENCRYPTED PRIVATE KEY',
        'PGP PRIVATE KEY BLOCK',
      ].map(armour),
      `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: deploy\nPublic-Lines: 2\n${material(7)}\nPrivate-Lines: 1\n${material(9)}\nPrivate-MAC: ${'0f1e2d3c'.repeat(5)}`,
      `"-----BEGIN PRIVATE KEY-----\\n${material(3).replaceAll('\n', '\\n')}\\n-----END PRIVATE KEY-----\\n"`,
      `-----BEGIN RSA PRIVATE KEY-----\n${material(5)}`,
    ],
    negative: [
      armour('CERTIFICATE', 1),
      armour('PUBLIC KEY', 2),
      armour('PGP PUBLIC KEY BLOCK', 3),
      "if (line === '-----BEGIN PRIVATE KEY-----') inside = true;",
      'A PEM file begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.',
    ],
  },
];

/** A block as far as it is known: `open` until `end` can no longer move. */
export interface Block {
  readonly start: number;
  /** End of the key material that was seen; the marker's end when there is none. */
  readonly end: number;
  readonly state: 'open' | 'closed' | 'marker' | 'overlong';
  /** Whether key material was seen. */
  readonly filled: boolean;
}

/** First begin marker from `from` on. */
export function blockBegin(text: string, from: number): { start: number; end: number } | undefined {
  // Native search first: markers are rare, texts long.
  if (text.indexOf('PRIVATE KEY', from) < 0 && text.indexOf('PuTTY-User-Key-File-', from) < 0) return undefined;
  BEGIN_ALL.lastIndex = from;
  const found = BEGIN_ALL.exec(text);
  return found === null ? undefined : { start: found.index, end: BEGIN_ALL.lastIndex };
}

function next(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found !== null && found.index <= from + GAP_MAX ? found : null;
}

/** Units that are looked at for what comes next: the gap, and what may begin at its end. */
const SCOPE = GAP_MAX + 128;

const isMaterial = (unit: string): boolean => /[A-Za-z0-9+/=]/.test(unit);

/** Key material that follows `end`, an end marker that comes before any, or neither. */
function following(text: string, end: number): { closing?: number; more?: number } {
  const scope = text.slice(end, end + SCOPE);
  const closing = next(END, scope, 0);
  const more = next(MATERIAL, scope, 0);
  if (closing !== null && (more === null || closing.index < more.index))
    return { closing: end + closing.index + closing[0].length };
  if (more === null) return {};
  let stop = end + more.index + more[0].length;
  while (stop < text.length && isMaterial(text.charAt(stop))) stop += 1;
  return { more: stop };
}

/**
 * Follows the block whose marker ends at `from`, or goes on from where it was left. `isWhole`: no text follows.
 * @returns the block; `end` is where to go on from while it is open
 */
export function followBlock(text: string, start: number, from: number, isWhole: boolean): Block {
  let [end, filled] = [from, false];
  const ended = (at: number): Block => ({ start, end: at, state: filled ? 'closed' : 'marker', filled });
  while (end - start <= BLOCK_MAX) {
    const { closing, more } = following(text, end);
    if (closing !== undefined) return ended(closing);
    if (more === undefined) return isWhole || end + SCOPE <= text.length ? ended(end) : { start, end, state: 'open', filled };
    if (more === text.length && !isWhole) return { start, end, state: 'open', filled: true };
    filled = true;
    end = more;
  }
  return { start, end, state: 'overlong', filled };
}

/** Every block of a whole text. */
export function findBlocks(text: string, emit: (hit: Hit) => void): void {
  for (let from = 0; ; ) {
    const begin = blockBegin(text, from);
    if (begin === undefined) return;
    const { end, state } = followBlock(text, begin.start, begin.end, true);
    from = Math.max(end, begin.end);
    if (state !== 'marker')
      emit({
        rule: 'private-key',
        kind: 'secret',
        start: begin.start,
        end,
        confidence: 3,
        raises: 'restricted',
        validator: 'armour',
      });
  }
}

/** Where a begin marker may have begun that is still to be completed; the text's length when none has. */
export function markerBefore(text: string, least: number): number {
  for (let at = Math.max(least, text.length - MARKER_MAX); at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // Markers begin with a dash or a P.
    if (unit !== 45 && unit !== 80) continue;
    BEGUN.lastIndex = at;
    if (BEGUN.test(text)) return at;
  }
  return text.length;
}
