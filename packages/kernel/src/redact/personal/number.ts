/** What a run of digits may be: cards, national ids, telephone numbers, IPv4 addresses. */
import type { Confidence, DetectOptions, RaisedClass } from '../detector.ts';
import { isCard } from './card.ts';
import { isIpv4, isNobody4 } from './ip.ts';
import { NATIONAL_IDS, type NationalId, SSN } from './nation.ts';
import { internationalEnd, nationalEnd, PHONE_WORDS } from './phone.ts';
import { contextBefore, type DigitRun, digitsOf, isAmongGroups, isWhole, RUN_UNITS_MAX } from './run.ts';

/** A piece of personal data at a place in the text. */
export interface Personal {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: Confidence;
  readonly raises: RaisedClass;
  readonly validator?: string;
}

const CARD = /\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d{4}([ -])\d{4}\3\d{4}\3\d{1,3}/y;
const ANY_CARD = /^\d{2,10}(?:[ -]\d{2,10}){1,6}$/;
const IPV4 = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/y;
/** What stands before four numbers that are a version or a section. */
const VERSION =
  /(?:\bv\.?\s?|\b(?:ver|vers|version|versions|release|build|sdk|firmware|driver|chapter|section|clause|paragraph|rfc|update|upgrade|assemblyversion|fileversion|kernel|engine)["'`:=\s.#(]{0,4}|[a-z]\/|[\^~@§]\s?|[<>=]=\s?|version["'`:=\s]{1,5})$/;

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

const cardOf = (start: number, end: number): Personal => ({
  rule: 'payment-card',
  start,
  end,
  confidence: 3,
  raises: 'restricted',
  validator: 'luhn',
});

function cardAt(text: string, start: number, run: DigitRun): Personal | undefined {
  const end = endOf(CARD, text, start);
  if (end < 0) return oddCard(text, start, run);
  if (!isWhole(text, start, end) || !isCard(digitsOf(text.slice(start, end)))) return undefined;
  // Among further groups of four it is a piece of a table.
  if (/\d{4}[ -]$/.test(text.slice(Math.max(0, start - 5), start)) || /^[ -]\d{4}(?!\d)/.test(text.slice(end, end + 6)))
    return undefined;
  return cardOf(start, end);
}

/** Groups of any size, when they are the whole run. */
function oddCard(text: string, start: number, run: DigitRun): Personal | undefined {
  if (start !== run.start || run.groups.length < 2 || run.end - run.start > 26) return undefined;
  const part = text.slice(run.start, run.end);
  return ANY_CARD.test(part) && isWhole(text, run.start, run.end) && isCard(digitsOf(part))
    ? cardOf(run.start, run.end)
    : undefined;
}

function ipv4At(text: string, start: number): Personal | undefined {
  const end = endOf(IPV4, text, start);
  if (end < 0 || !/^(?![\w]|\.\d|-[\d.])/.test(text.slice(end, end + 3))) return undefined;
  const part = text.slice(start, end);
  if (
    !isIpv4(part) ||
    isNobody4(part) ||
    /[\w.-]$/.test(text.slice(Math.max(0, start - 1), start)) ||
    VERSION.test(contextBefore(text, start))
  )
    return undefined;
  return { rule: 'ip-address', start, end, confidence: 3, raises: 'confidential', validator: 'ipv4' };
}

/** Whether an id may be looked for: its region was asked for, or a word names it. In code only the word counts. */
function isWanted(id: NationalId, context: string, { place, regions }: DetectOptions): boolean {
  return (place !== 'code' && regions.includes(id.region)) || id.context.test(context);
}

function confidenceOf(id: NationalId, isNamed: boolean): Confidence {
  return id === SSN && !isNamed ? 2 : 3;
}

/** The national id at `start`, a digit or letter. */
export function nationalIdAt(text: string, start: number, options: DetectOptions): Personal | undefined {
  for (const id of NATIONAL_IDS) {
    const end = endOf(id.pattern, text, start);
    if (end < 0 || !isWhole(text, start, end)) continue;
    const part = text.slice(start, end);
    if (!id.agrees(part.replace(/[^A-Za-z0-9]/g, '').toUpperCase())) continue;
    const context = contextBefore(text, start);
    const plain = id === SSN && part.includes('-') && options.place !== 'code';
    if (!plain && !isWanted(id, context, options)) continue;
    const { rule, validator } = id;
    return { rule, start, end, confidence: confidenceOf(id, id.context.test(context)), raises: 'confidential', validator };
  }
  return undefined;
}

/** Position of the sign or bracket that opens a telephone number whose first digit is at `start`. */
function phoneStart(text: string, start: number): number {
  const before = text.slice(Math.max(0, start - 2), start);
  if (before === '(+' || before === '+(') return start - 2;
  return before.endsWith('+') || before.endsWith('(') ? start - 1 : start;
}

/** Where a number with its first digit at `first` begins; a bracket around the whole of it is no part of it. */
function phoneOpening(text: string, first: number): number {
  const opening = phoneStart(text, first);
  return text[opening] === '(' && !/^[^)\n]{0,8}\)[ \-/.]?\d/.test(text.slice(opening, opening + 16)) ? opening + 1 : opening;
}

function phoneAt(text: string, first: number, options: DetectOptions): Personal | undefined {
  const start = phoneOpening(text, first);
  const found = text.slice(start, first).includes('+') || text.startsWith('00', first) ? internationalEnd(text, start) : -1;
  if (found < 0) return nationalAt(text, start, options);
  if (!isWhole(text, start, found)) return undefined;
  return { rule: 'phone-number', start, end: found, confidence: 3, raises: 'confidential', validator: 'e164-plan' };
}

/** In prose the usual formats speak for themselves; elsewhere a word must say that a number follows. */
function nationalAt(text: string, start: number, { place }: DetectOptions): Personal | undefined {
  const named = PHONE_WORDS.test(contextBefore(text, start));
  if (!named && place !== 'prose') return undefined;
  const end = nationalEnd(text, start, named);
  if (end < 0 || !isWhole(text, start, end) || (!named && isAmongGroups(text, start, end))) return undefined;
  return { rule: 'phone-number', start, end, confidence: 2, raises: 'confidential' };
}

/** Everything that begins at one group, the surest first. */
function atGroup(text: string, run: DigitRun, start: number, options: DetectOptions): Personal | undefined {
  const card = cardAt(text, start, run);
  if (card !== undefined) return card;
  const isTable = run.end - run.start > RUN_UNITS_MAX;
  const code = options.place === 'code';
  if (isTable) return code ? undefined : ipv4At(text, start);
  return nationalIdAt(text, start, options) ?? (code ? undefined : (ipv4At(text, start) ?? phoneAt(text, start, options)));
}

/** Finds what a run of digits holds, group by group; what was found is passed over. */
export function eachInRun(text: string, run: DigitRun, options: DetectOptions, emit: (found: Personal) => void): void {
  let floor = 0;
  for (const { start } of run.groups) {
    if (start < floor) continue;
    const found = atGroup(text, run, start, options);
    if (found === undefined) continue;
    emit(found);
    floor = found.end;
  }
}
