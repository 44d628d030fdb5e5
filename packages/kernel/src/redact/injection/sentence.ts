/** Text cut into sentences, and sentences into words that mean something. */
import { addresses, blobAt, EXPRESSIONS } from './expressions.ts';
import { entryAt } from './lexicon.ts';
import { ORDERS } from './orders.ts';
import { bitsOf } from './phrase.ts';
import { PHRASES } from './phrases.ts';
import { SENSE } from './sense.ts';

/** Phrases of languages written without blanks, which no word announces. */
const WORDLESS = bitsOf(PHRASES, '');
const WORDLESS_ORDERS = bitsOf(ORDERS, '');
/** Phrases about names of another server's tools. */
const NAMED = bitsOf(PHRASES, '*name');

/** Longest stretch that is judged at once; text without an end of sentence is cut here, at a space where there is one. */
export const SENTENCE_UNITS_MAX = 480;

/** A word or expression with a meaning. */
export interface Event {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** How many words stand before it in the sentence. */
  readonly word: number;
  readonly senses: number;
}

export interface Sentence {
  /** Position in the text. */
  readonly start: number;
  /** Lower case. */
  readonly text: string;
  readonly events: readonly Event[];
  /** All senses of all events. */
  readonly senses: number;
  /** Bits of the phrases that may be in it. */
  readonly phrases: number;
  readonly orders: number;
}

/** An end mark before a blank, an end mark of Chinese or Japanese, a blank line, or a new item of a list. */
const BOUNDARY = /[.!?]["')\]*]{0,3}(?=\s)|[。！？]|\n[ \t]{0,40}\n|\n(?=[ \t]{0,20}(?:[-*#•>]|\d{1,3}[.)])\s)/g;

/** Ends of the sentences of `text`, in order; the last is its length. */
export function* sentenceEnds(text: string): Generator<number> {
  let start = 0;
  BOUNDARY.lastIndex = 0;
  for (let found = BOUNDARY.exec(text); ; ) {
    const stop = found === null ? text.length : found.index + found[0].length;
    while (stop - start > SENTENCE_UNITS_MAX) {
      const blank = text.lastIndexOf(' ', start + SENTENCE_UNITS_MAX);
      start = blank > start + SENTENCE_UNITS_MAX / 2 ? blank : start + SENTENCE_UNITS_MAX;
      yield start;
    }
    if (stop > start) yield stop;
    if (found === null) return;
    start = stop;
    // A generator may be left and taken up again while others run: the pattern is shared.
    BOUNDARY.lastIndex = stop;
    found = BOUNDARY.exec(text);
  }
}

const isWordUnit = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) ||
  (unit >= 48 && unit <= 57) ||
  unit === 39 ||
  unit === 0x2019 ||
  (unit >= 0xaa && (unit < 0x2000 || (unit > 0x206f && unit < 0x3000) || (unit > 0x3040 && unit < 0xff00)));

/** How a sentence is to be read. */
interface Reading {
  /** The same stretch in its own case. */
  readonly original: string;
  /** Position in the text. */
  readonly start: number;
  /** It stands where no orders belong. */
  readonly plain: boolean;
}

interface Words {
  readonly text: string;
  readonly original: string;
  readonly events: Event[];
  /** Where each word starts. */
  readonly starts: number[];
  /** Bits of phrases of which a word was seen. */
  phrases: number;
  orders: number;
}

const UNDERSCORE = 95;
/** The first letter of a script that is written without blanks. */
const FIRST_IDEOGRAPH = 0x3041;
/** An encoded run has a stretch of letters and digits at least this long. */
const STRETCH_UNITS_MIN = 14;

/** What one word adds to the sentence. */
function readWord(words: Words, start: number, end: number, isNamePart: boolean): void {
  const { text } = words;
  const entry = entryAt(text, start, end);
  const word = words.starts.length;
  if (entry !== undefined) {
    words.phrases |= entry.phrases;
    words.orders |= entry.orders;
    if (entry.senses !== 0 && !isNamePart) words.events.push({ start, end, word, senses: entry.senses });
    for (const index of isNamePart ? [] : entry.expressions) {
      const expression = EXPRESSIONS[index];
      if (expression === undefined) continue;
      expression.pattern.lastIndex = start;
      if (expression.pattern.test(text))
        words.events.push({ start, end: expression.pattern.lastIndex, word, senses: expression.senses });
    }
  } else if (end - start >= STRETCH_UNITS_MIN) {
    const blob = blobAt(text, words.original, start);
    if (blob !== undefined) words.events.push({ ...blob, word });
  }
  words.starts.push(start);
}

const endOfWord = (text: string, at: number): number => {
  let end = at;
  while (end < text.length && isWordUnit(text.charCodeAt(end))) end += 1;
  return end;
};

/** A word that goes on behind an underscore: part of a name. */
const joins = (text: string, at: number): boolean => text.charCodeAt(at) === UNDERSCORE && isWordUnit(text.charCodeAt(at + 1));

/** The name that began at `start` and ends at `end`, a whole identifier. */
function readName(words: Words, start: number, end: number): void {
  words.events.push({ start, end, word: words.starts.length - 1, senses: SENSE.name });
  if (words.text.startsWith('mcp_', start)) words.phrases |= NAMED;
}

function wordsOf(text: string, { original, plain }: Reading): Words {
  const words: Words = { text, original, events: [], starts: [], phrases: text.includes('__') ? NAMED : 0, orders: 0 };
  let nameStart = -1;
  for (let at = 0; at < text.length; ) {
    const unit = text.charCodeAt(at);
    if (!isWordUnit(unit)) {
      at += 1;
      continue;
    }
    const start = at;
    at = endOfWord(text, start);
    if (unit >= FIRST_IDEOGRAPH) {
      words.phrases |= WORDLESS;
      words.orders |= WORDLESS_ORDERS;
    }
    const goesOn = joins(text, at);
    // Names are judged where tools are defined; elsewhere `hide_url` hides nothing from anybody.
    readWord(words, start, at, !plain && (goesOn || nameStart >= 0));
    if (goesOn) {
      if (nameStart < 0) nameStart = start;
    } else if (nameStart >= 0) {
      readName(words, nameStart, at);
      nameStart = -1;
    }
  }
  return words;
}

function wordIndex(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

const byStart = (a: Event, b: Event): number => a.start - b.start || a.end - b.end;

/** One sentence, in lower case, ready to be judged. */
export function sentenceOf(text: string, reading: Reading): Sentence {
  const { events, starts, phrases, orders } = wordsOf(text, reading);
  for (const seen of addresses(text)) events.push({ ...seen, word: wordIndex(starts, seen.start) });
  let senses = 0;
  for (const event of events) senses |= event.senses;
  return { start: reading.start, text, events: events.sort(byStart), senses, phrases, orders };
}
