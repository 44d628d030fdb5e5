/**
 * The notation in which a provider's format is written down once, and from which both the pattern and the examples are made:
 * literal text, `{class:count}` or `{class:least-most}`, and `(this|that)`. So no source file holds anything that looks like a live secret.
 */
import { Fault } from '../../fault.ts';

/** Members of each class, as the inside of a character class. */
const CLASSES = {
  /** Digits. */
  d: '0-9',
  /** Hex, lower case, upper case, either. */
  h: 'a-f0-9',
  U: 'A-F0-9',
  H: 'A-Fa-f0-9',
  /** Letters and digits: lower, upper, both. */
  a: 'a-z0-9',
  A: 'A-Z0-9',
  n: 'A-Za-z0-9',
  /** Letters alone. */
  l: 'A-Za-z',
  /** Base 32 and bech32. */
  r: 'A-Z2-7',
  B: 'AC-HJ-NP-Z02-9',
  /** Base 64, URL-safe, URL-safe with padding, standard. */
  w: 'A-Za-z0-9_\\-',
  W: 'A-Za-z0-9_=\\-',
  b: 'A-Za-z0-9+/',
  /** Words, and words with dots, dashes and padding. */
  o: 'A-Za-z0-9_',
  p: 'A-Za-z0-9_=.\\-',
  /** Base 64 with percent signs, as cookies and addresses carry it. */
  q: 'A-Za-z0-9%+/_=.\\-',
} as const;

type ClassName = keyof typeof CLASSES;

interface Run {
  readonly set: ClassName;
  readonly least: number;
  readonly most: number;
}
type Part = string | Run | readonly Part[][];

const PART = /\{([A-Za-z]):(\d+)(?:-(\d+))?\}|\(([^()]+)\)|([^{}()]+)/y;

function runOf(name: string, least: string, most: string | undefined): Run {
  if (!(name in CLASSES)) throw new Fault('internal.fault', `The format class \`${name}\` is not known`);
  return { set: name as ClassName, least: Number(least), most: Number(most ?? least) };
}

function parse(format: string): Part[] {
  const parts: Part[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < format.length) {
    const at = PART.lastIndex;
    const [, name, least, most, choice, literal] = PART.exec(format) ?? [];
    if (name !== undefined && least !== undefined) parts.push(runOf(name, least, most));
    else if (choice !== undefined) parts.push(choice.split('|').map((one) => parseInner(one)));
    else if (literal !== undefined) parts.push(literal);
    else throw new Fault('internal.fault', `The format is not understood at ${at}`);
    // `exec` resets its place when it fails; it did not.
  }
  return parts;
}

function parseInner(text: string): Part[] {
  const kept = PART.lastIndex;
  const parts = parse(text);
  PART.lastIndex = kept;
  return parts;
}

const escaped = (literal: string) => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function patternOf(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return escaped(part);
      if (!('set' in part)) return `(?:${part.map(patternOf).join('|')})`;
      const { set, least, most } = part;
      return `[${CLASSES[set]}]${least === most ? `{${least}}` : `{${least},${most}}`}`;
    })
    .join('');
}

/** The source of a pattern for `format`, without groups that capture and without anything that looks around. */
export const formatPattern = (format: string): string => patternOf(parse(format));

/** The last class of a format, as the inside of a character class: what may not follow a value of fixed length. */
export function lastClass(format: string): string {
  const last = parse(format).at(-1);
  return typeof last === 'object' && 'set' in last ? CLASSES[last.set] : CLASSES.n;
}

const members = (set: string): string[] =>
  Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit)).filter((char) => new RegExp(`[${set}]`).test(char));
const MEMBERS = new Map(Object.entries(CLASSES).map(([name, set]) => [name, members(set)] as const));

/** A small generator that gives the same numbers for the same seed everywhere. */
export function seeded(seed: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
  return (below) => {
    state = (Math.imul(state, 0x0019660d) + 0x3c6ef35f) | 0;
    // The high bits are the random ones.
    return Math.floor(((state >>> 0) / 4_294_967_296) * below);
  };
}

/** A value of `format`: the same for the same seed, and long enough to be told from filler. */
export function formatSample(format: string, seed: string): string {
  const random = seeded(seed);
  const make = (parts: readonly Part[]): string =>
    parts
      .map((part) => {
        if (typeof part === 'string') return part;
        if (!('set' in part)) return make(part[random(part.length)] ?? []);
        const from = MEMBERS.get(part.set) ?? [];
        const count = part.least + random(Math.min(part.most - part.least, 12) + 1);
        let text = '';
        // No character follows itself: filler does that, keys of this length hardly do.
        while (text.length < count) {
          const char = from[random(from.length)] ?? '';
          if (!text.endsWith(char)) text += char;
        }
        return text;
      })
      .join('');
  return make(parse(format));
}
