/** Signals: places where a sentence gives an order that a model should not take from there. */
import { type Family, type Pattern, PATTERNS } from './families.ts';
import type { TextPlace } from '../detector.ts';
import { ORDERS } from './orders.ts';
import type { Phrase } from './phrase.ts';
import { PHRASES } from './phrases.ts';
import { type Event, type Sentence, sentenceEnds, sentenceOf } from './sentence.ts';

export interface Signal {
  readonly family: Family;
  readonly weight: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const rangeOf = (chosen: readonly Event[]): Range => ({
  start: Math.min(...chosen.map(({ start }) => start)),
  end: Math.max(...chosen.map(({ end }) => end)),
});

/** The words from `from` on that meet the pattern in its order. */
function inOrder(events: readonly Event[], from: number, { senses, span }: Pattern): Event[] | undefined {
  const limit = (events[from]?.word ?? 0) + span;
  const chosen: Event[] = [];
  let at = from;
  for (const sense of senses) {
    while (at < events.length && ((events[at]?.senses ?? 0) & sense) === 0) at += 1;
    const event = events[at];
    if (event === undefined || event.word > limit) return undefined;
    chosen.push(event);
    at += 1;
  }
  return chosen;
}

/** The words from `from` on that meet the pattern in any order, each for one of its parts. */
function inAnyOrder(events: readonly Event[], from: number, { senses, span }: Pattern): Event[] | undefined {
  const limit = (events[from]?.word ?? 0) + span;
  const chosen: Event[] = [];
  for (const sense of senses) {
    let at = from;
    let event = events[at];
    while (event !== undefined && event.word <= limit && ((event.senses & sense) === 0 || chosen.includes(event))) {
      at += 1;
      event = events[at];
    }
    if (event === undefined || event.word > limit) return undefined;
    chosen.push(event);
  }
  return chosen;
}

const ORDER_LEAD =
  /(?:^|(?:^|\n)[ \t]{0,20}(?:#{1,6}|\/{2,3}|--|<!--)|[:,;—–"'`(*>\]\n]|\bdo|\b(?:please|base64|and|then|now|must|should|just|you|also|always|immediately|instead|so|but|first|bitte|por favor|пожалуйста))[\s"'`*]*$/;

const isOrder = (sentence: Sentence, at: number): boolean => ORDER_LEAD.test(sentence.text.slice(Math.max(0, at - 24), at));

function matchOf(sentence: Sentence, pattern: Pattern): Range | undefined {
  const { events } = sentence;
  const all = pattern.senses.reduce((some, sense) => some | sense, 0);
  const first = pattern.inOrder === true ? (pattern.senses[0] ?? 0) : all;
  for (let from = 0; from < events.length; from += 1) {
    const event = events[from];
    if (event === undefined || (event.senses & first) === 0) continue;
    if (pattern.asOrder === true && !isOrder(sentence, event.start)) continue;
    const chosen = pattern.inOrder === true ? inOrder(events, from, pattern) : inAnyOrder(events, from, pattern);
    if (chosen !== undefined) return rangeOf(chosen);
  }
  return undefined;
}

/** Words of those who write about attacks. */
const MENTION =
  /(?<![.@/\w-])(?:attack(?:s|ers?|ing)?|inject(?:ions?|ed|ing|s)|adversar\w+|malicious|jailbreak\w*|phish\w*|poison\w*|vulnerab\w+|exploit\w*|threat\w*|detect\w*|classif\w+|blocks?|(?<!without |without any |no |content )filters?|flags?|examples?|e\.g|such as|phrases?|strings? like|payloads?|hostile|untrusted|suspicious|mitigat\w+|red[- ]team\w*|scann?\w*|pattern\w*|moderation|guardrail\w*)(?![@/\w]|\.[a-z])/;
const OPENING = /["'`“„«「『]/;
const CLOSING = /["'`”“»」』]/;

/** A quotation mark that only says that a value is a text. */
const VALUE_OPENING = /[:=,[{(][ \t]{0,2}"[^"'`“„«「『]*$/;

function isQuoted({ text }: Sentence, { start, end }: Range, place: TextPlace): boolean {
  const before = text.slice(Math.max(0, start - 48), start);
  if (place === 'data' && VALUE_OPENING.test(before)) return false;
  return OPENING.test(before) && CLOSING.test(text.slice(end, end + 120));
}

/** Whether the sentence speaks about attacks beside what was found in it. */
const isTalk = ({ text }: Sentence, { start, end }: Range): boolean =>
  MENTION.test(text.slice(0, start)) || MENTION.test(text.slice(end));

const CONDITION = /^[^.!?\n]{0,24}?\b(?:if|unless|when|for|about|in|on|from|below|section|chapter|step|under|regarding|until)\b/;

/** Somebody is told to do something, rather than told about it. */
const ADDRESSED = /\b(?:you|your|must|always|never|please|do not|don't|should|immediately|assistant|now)\b|[^\x00-\x7f]/;

/** What is set aside is named first, and then there is talk of something else. */
const ANOTHER = /[,;] (?:the|those|these|its|die|der|das|les|le|la|las|los|el|il|gli|de|het|den|as|os)\b/;

interface Claim {
  readonly family: Family;
  readonly weight: number;
  readonly place: TextPlace;
}

/** The sentence opens with an order, of which what follows is a part. */
const LEADS =
  /^[\s"'`*#>/|!-]{0,12}(?:base64[- ]|please )?(?:read|open|cat|load|fetch|grab|collect|gather|find|search|copy|send|upload|post|forward|take|append|encode|decode|perform)\b/;

/** Whether nobody seems to be told to do this. */
function isDoubtful(sentence: Sentence, { family, weight }: Claim, { start, end }: Range): boolean {
  const { text } = sentence;
  const order = isOrder(sentence, start);
  if (weight >= 4 && family === 'override-instructions')
    return !order || CONDITION.test(text.slice(end)) || ANOTHER.test(text.slice(start, end));
  return family !== 'fake-marker' && !order && !ADDRESSED.test(text) && !LEADS.test(text);
}

/** What a signal is worth in prose: talk about attacks is no attack, and the next step of a manual is no order to a model. */
function worthInProse(sentence: Sentence, { family, weight, place }: Claim, range: Range): number {
  const mentioned = isTalk(sentence, range);
  const quoted = isQuoted(sentence, range, place);
  if (mentioned && quoted) return Math.floor(weight / 4);
  const value = isDoubtful(sentence, { family, weight, place }, range) ? weight / 2 : weight;
  return mentioned || quoted ? Math.floor(value / 2) : value;
}

/** Where no orders belong, only what is plainly quoted from an attack counts for less. */
const worthInDefinition = (sentence: Sentence, weight: number, range: Range): number =>
  isTalk(sentence, range) && isQuoted(sentence, range, 'definition') ? Math.floor(weight / 4) : weight;

function hasAll(senses: number, wanted: readonly number[]): boolean {
  for (const sense of wanted) if ((senses & sense) === 0) return false;
  return true;
}

function judgePatterns(sentence: Sentence, plain: boolean, emit: Emit): void {
  for (const pattern of PATTERNS) {
    if ((pattern.plainOnly === true && !plain) || !hasAll(sentence.senses, pattern.senses)) continue;
    const range = matchOf(sentence, pattern);
    if (range !== undefined) emit(pattern.family, pattern.weight, range);
  }
}

type Emit = (family: Family, weight: number, range: Range) => void;

/** @param bits of the phrases of which a word was seen */
function judgePhrases(sentence: Sentence, phrases: readonly Phrase[], bits: number, emit: Emit): void {
  if (bits === 0) return;
  for (let index = 0; index < phrases.length; index += 1) {
    const phrase = phrases[index];
    if (phrase === undefined || (bits & (1 << index)) === 0) continue;
    const { family, weight, pattern } = phrase;
    pattern.lastIndex = 0;
    const found = pattern.exec(sentence.text);
    if (found !== null) emit(family, weight, { start: found.index, end: found.index + found[0].length });
  }
}

/** Lower case without a change of length; a view has no letter left whose lower case is longer, but a text may. */
export function lowered(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length
    ? lower
    : Array.from(text, (unit) => (unit.toLowerCase().length === unit.length ? unit.toLowerCase() : unit)).join('');
}

/** Heavier, or as heavy and longer. */
const isStronger = (signal: Signal, than: Signal | undefined): boolean =>
  than === undefined ||
  signal.weight > than.weight ||
  (signal.weight === than.weight && signal.end - signal.start > than.end - than.start);

/** The strongest signal of each family in each sentence of `text`, which is a view's; sentences in order. */
export function eachSignal(text: string, place: TextPlace, emit: (signal: Signal) => void): void {
  const plain = place === 'definition';
  const lower = lowered(text);
  let start = 0;
  for (const end of sentenceEnds(text)) {
    const base = start;
    const sentence = sentenceOf(lower.slice(base, end), { original: text.slice(base, end), start: base, plain });
    const strongest = new Map<Family, Signal>();
    const report = (family: Family, weight: number, range: Range): void => {
      const value = plain ? worthInDefinition(sentence, weight, range) : worthInProse(sentence, { family, weight, place }, range);
      const signal = { family, weight: value, start: base + range.start, end: base + range.end };
      if (value > 0 && isStronger(signal, strongest.get(family))) strongest.set(family, signal);
    };
    judgePatterns(sentence, plain, report);
    judgePhrases(sentence, PHRASES, sentence.phrases, report);
    judgePhrases(sentence, ORDERS, sentence.orders, report);
    for (const signal of strongest.values()) emit(signal);
    start = end;
  }
}
