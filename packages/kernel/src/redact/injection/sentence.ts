/** Text cut into sentences, and sentences into words that mean something. */
import { LEXICON } from './lexicon.ts';
import { SENSE } from './sense.ts';
import { sightings } from './expressions.ts';

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

/** Senses of a word; of `user's` those of `user`. */
function sensesOf(word: string): number {
  const senses = LEXICON.get(word);
  if (senses !== undefined) return senses;
  const mark = word.search(/['’]/);
  if (mark < 0) return 0;
  return LEXICON.get(word.replace('’', "'")) ?? LEXICON.get(word.slice(0, mark)) ?? LEXICON.get(word.slice(mark + 1)) ?? 0;
}

interface Words {
  readonly events: Event[];
  /** Where each word starts. */
  readonly starts: number[];
}

const UNDERSCORE = 95;

function wordsOf(text: string): Words {
  const events: Event[] = [];
  const starts: number[] = [];
  let nameStart = -1;
  for (let at = 0; at < text.length; ) {
    if (!isWordUnit(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const start = at;
    while (at < text.length && isWordUnit(text.charCodeAt(at))) at += 1;
    const senses = sensesOf(text.slice(start, at));
    if (senses !== 0) events.push({ start, end: at, word: starts.length, senses });
    const joins = text.charCodeAt(at) === UNDERSCORE && isWordUnit(text.charCodeAt(at + 1));
    if (joins && nameStart < 0) nameStart = start;
    if (!joins && nameStart >= 0) {
      events.push({ start: nameStart, end: at, word: starts.length, senses: SENSE.name });
      nameStart = -1;
    }
    starts.push(start);
  }
  return { events, starts };
}

/** What an expression of several words, a path or an address begins with or holds. */
const EXPRESSION_HINT =
  /[/\\@%_]|\.[a-z]|\b(?:api|private|ssh|access|secret|encryption|signing|auth|session|license|gpg|pgp|aws|recovery|seed|master|env|environment|connection|mot|mots|variables?|umgebungs|system|hidden|initial|developer|chat|message|conversation|prompt|previous|prior|earlier|all|user|users|full|entire|whole|complete|current|chain|context|hist|cronologia|external|remote|third|our|this|following|collection|logging|analytics|telemetry|monitoring|backup|audit|pay|set|say|deny|copy|copies|what|whatever|everything|anything|messages?|user's|don't|never|throw|do|takes?|no|stop|replaces?|are|as|at|up|before|instead|rather|in|statt|anstelle|au|invece|em|behind|under|keep|kept|stays?|remain|without|im|en|every|each|the|[a-z0-9+/]{24})/;

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

/** Senses without which no pattern can match: words of these kinds are rare enough to pass most sentences over. */
const KEY =
  SENSE.drop | SENSE.tell | SENSE.covert | SENSE.send | SENSE.put | SENSE.read | SENSE.tool | SENSE.name | SENSE.decode | SENSE.obey | SENSE.know;

/** One sentence, ready to be judged. `original` is the same stretch in its own case. */
export function sentenceOf(text: string, original: string, start: number): Sentence {
  const { events, starts } = wordsOf(text);
  let senses = 0;
  for (const event of events) senses |= event.senses;
  const worth = (senses & KEY) !== 0 || text.includes('/') || text.includes('.');
  if (worth && EXPRESSION_HINT.test(text)) {
    for (const seen of sightings(text, original)) {
      events.push({ ...seen, word: wordIndex(starts, seen.start) });
      senses |= seen.senses;
    }
    events.sort((a, b) => a.start - b.start || a.end - b.end);
  }
  return { start, text, events, senses };
}
