/** Runs of digits with what people put between them. */

export interface DigitGroup {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface DigitRun {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly groups: readonly DigitGroup[];
}

/** A longer run is a table of numbers: only cards and addresses are looked for in it. */
export const RUN_UNITS_MAX = 96;

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;
const isSeparator = (unit: number): boolean =>
  unit === 32 ||
  unit === 0xa0 ||
  (unit >= 0x2010 && unit <= 0x2013) ||
  unit === 0x202f ||
  unit === 45 ||
  unit === 46 ||
  unit === 47 ||
  unit === 40 ||
  unit === 41;
/** Letters, digits, underscore, and every letter beyond ASCII. */
export const isWord = (unit: number): boolean =>
  isDigit(unit) ||
  (unit >= 65 && unit <= 90) ||
  (unit >= 97 && unit <= 122) ||
  unit === 95 ||
  (unit >= 0xaa && unit < 0x2000 && unit !== 0xab && unit !== 0xb7 && unit !== 0xbb) ||
  unit > 0x3040;

/** Between two groups stand at most this many units: `) ` or ` - `. */
const GAP_UNITS_MAX = 3;

function groupEnd(text: string, at: number): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

/** Start of the next group after `at`, or -1. */
function nextGroup(text: string, at: number): number {
  let next = at;
  while (next - at < GAP_UNITS_MAX && isSeparator(text.charCodeAt(next))) next += 1;
  return next > at && isDigit(text.charCodeAt(next)) ? next : -1;
}

/** The run of digit groups that begins at `at`, a digit. A group that goes on as a word ends the run before it. */
export function runAt(text: string, at: number): DigitRun {
  const groups: DigitGroup[] = [];
  for (let start = at; start >= 0; ) {
    const end = groupEnd(text, start);
    if (isWord(text.charCodeAt(end)) && groups.length > 0) break;
    groups.push({ start, end });
    start = nextGroup(text, end);
  }
  return { start: at, end: groups.at(-1)?.end ?? at, groups };
}

/** Whether what stands from `start` to `end` is whole: no word, decimal or longer number goes on at either side. */
export function isWhole(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if (isWord(before) || isWord(after)) return false;
  if (/[.,:/\-\u2010-\u2013]/.test(text[start - 1] ?? '') && isDigit(text.charCodeAt(start - 2))) return false;
  return !(/[.,:/\-\u2010-\u2013]/.test(text[end] ?? '') && isDigit(text.charCodeAt(end + 1)));
}

/** Whether a further group follows or precedes with a blank between. */
export function isAmongGroups(text: string, start: number, end: number): boolean {
  return (
    (/[ \u00a0]/.test(text[start - 1] ?? '') && isDigit(text.charCodeAt(start - 2))) ||
    (/[ \u00a0]/.test(text[end] ?? '') && isDigit(text.charCodeAt(end + 1)))
  );
}

export const digitsOf = (text: string): string => text.replace(/[^0-9]/g, '');

/** Text before `start` in which a word may say what a number is: names such as `nhs_number` and `nhsNumber` as words, then as it stands. */
export function contextBefore(text: string, start: number): string {
  const before = text.slice(Math.max(0, start - CONTEXT_UNITS), start);
  const words = before.replaceAll('_', ' ').replace(/([a-z])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2 ');
  return (words === before ? before : `${words}\n${before}`).toLowerCase();
}
const CONTEXT_UNITS = 48;
