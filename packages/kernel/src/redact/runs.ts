/**
 * Runs: stretches of text that nothing breaks, as keys, URLs and encoded data are. A stream holds its last run back until it ends, and
 * whatever is decoded is decoded run by run, so that no split of the input can change what is found.
 */

import { mayHideText } from './base64.ts';

/** Longest run that is scanned as one; what is longer is kept back whole as a long token. */
export const RUN_MAX = 4_096;

/** 1: belongs to runs; 3: is base 64 besides. */
const CLASS = new Uint8Array(128);
for (let unit = 33; unit < 127; unit++) {
  const char = String.fromCharCode(unit);
  if (/["'`()[\]{}<>,|^]/.test(char)) continue;
  CLASS[unit] = /[A-Za-z0-9+/_-]/.test(char) ? 3 : 1;
}
// UTF-16 that was read as bytes has a zero after, or before, every ASCII character.
CLASS[0] = 1;

export const isRunUnit = (unit: number): boolean => unit < 128 && CLASS[unit] !== 0;

/** Base 64 of fewer characters is not decoded. */
export const BASE64_LEAST = 24;

/** A shorter run with a mark of an encoding in it is not decoded. */
const MARKED_LEAST = 12;
/** Length of the shortest code of a character that shows nothing, which alone can hide something. */
const NUMBERED_LEAST = 6;

const isBase64 = (unit: number): boolean => unit < 128 && CLASS[unit] === 3;

/** Place of a stretch of base 64 of `BASE64_LEAST` units from `from` on, or -1. Looks at every 24th unit, and closer only where it may be. */
function base64From(text: string, from: number): number {
  for (let at = from + BASE64_LEAST - 1; at < text.length; at += BASE64_LEAST) {
    if (!isBase64(text.charCodeAt(at))) continue;
    let start = at;
    while (start > from && isBase64(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < start + BASE64_LEAST && end < text.length && isBase64(text.charCodeAt(end))) end += 1;
    if (end - start >= BASE64_LEAST) return start;
    at = end;
  }
  return -1;
}

function afterBase64(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBase64(text.charCodeAt(at))) at += 1;
  return at;
}

/** Whether the unit at `at`, one of the marks, begins something that an encoding writes. */
function isMark(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1);
  switch (text.charAt(at)) {
    case '%':
      return isHex(next) && isHex(text.charCodeAt(at + 2));
    case '&':
      return next === 35 || (next >= 97 && next <= 122);
    case '\\':
      // \u, \x, \/ and octal.
      return next === 117 || next === 120 || next === 47 || (next >= 48 && next <= 51);
    default:
      return true;
  }
}

/** The numbers of characters that show nothing or reorder what is shown, as JSON, C and HTML write them. */
const NUMBERED =
  /^(?:\\u(?:200[b-f]|202[a-e]|206[0-9a-f]|feff|fe0[0-9a-f]|00ad|034f|061c|180[b-f]|2800|3164|ffa0|db40|\{e0[01][0-9a-f]{2}\})|&#(?:820[3-7]|823[4-8]|82(?:8[89]|9\d)|830[0-3]|65279|173|x(?:200[b-f]|202[a-e]|206[0-9a-f]|feff|ad));)/i;
const namesPoint = (text: string, at: number): boolean => NUMBERED.test(text.slice(at, at + 10));

const isHex = (unit: number): boolean => (unit >= 48 && unit <= 57) || ((unit | 32) >= 97 && (unit | 32) <= 102);

/** Calls `found` for each run that something may be hidden in, once: a mark of an encoding, or base 64 or hex of some length. */
export function encodedRuns(text: string, found: (start: number, end: number) => void): void {
  const seen = new Set<number>();
  const take = (at: number, least: number): number => {
    const start = runBefore(text, at + 1);
    const end = runAfter(text, at);
    if (end - start >= least && !seen.has(start)) {
      seen.add(start);
      found(start, end);
    }
    return end;
  };
  for (let at = base64From(text, 0); at >= 0; )
    at = base64From(text, mayHideText(text, at) ? take(at, BASE64_LEAST) : afterBase64(text, at));
  // Native searches: most texts have few of these.
  for (const mark of ['%', '&', '\\', '\0'])
    for (let at = text.indexOf(mark); at >= 0; )
      at = text.indexOf(mark, isMark(text, at) ? take(at, namesPoint(text, at) ? NUMBERED_LEAST : MARKED_LEAST) : at + 1);
}

/** Start of the run that reaches to `end`; `end` when there is none. Never below `least`. */
export function runBefore(text: string, end: number, least = 0): number {
  let at = end;
  while (at > least && isRunUnit(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** End of the run that `start` is in. */
export function runAfter(text: string, start: number): number {
  let at = start;
  while (at < text.length && isRunUnit(text.charCodeAt(at))) at += 1;
  return at;
}

/** First run from `from` on that is longer than `RUN_MAX`, as its start and its end so far. */
export function longRun(text: string, from: number): { start: number; end: number } | undefined {
  // Such a run that begins at `start` or later covers `start + RUN_MAX`: look there, and go back only to where the run there begins.
  for (let start = from; start + RUN_MAX < text.length; ) {
    const begun = runBefore(text, start + RUN_MAX + 1, start);
    if (begun === start) return { start, end: runAfter(text, start) };
    start = begun;
  }
  return undefined;
}
