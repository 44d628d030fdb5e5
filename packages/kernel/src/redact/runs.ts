/**
 * Runs: stretches of text that nothing breaks, as keys, URLs and encoded data are. A stream holds its last run back until it ends, and
 * whatever is decoded is decoded run by run, so that no split of the input can change what is found.
 */

/** Longest run that is scanned as one; what is longer is kept back whole as a long token. */
export const RUN_MAX = 4_096;

/** Bits of a unit: it belongs to runs; it is base 64; it announces an encoding. */
const IN_RUN = 1;
const BASE64 = 2;
const MARK = 4;

const CLASS = new Uint8Array(128);
for (let unit = 33; unit < 127; unit++) {
  const char = String.fromCharCode(unit);
  if (/["'`()[\]{}<>,|^]/.test(char)) continue;
  CLASS[unit] = IN_RUN | (/[A-Za-z0-9+/_=-]/.test(char) ? BASE64 : 0) | (/[%\\&]/.test(char) ? MARK : 0);
}
// UTF-16 that was read as bytes has a zero after, or before, every ASCII character.
CLASS[0] = IN_RUN | MARK;

export const isRunUnit = (unit: number): boolean => unit < 128 && CLASS[unit] !== 0;

/** Base 64 of fewer characters is not decoded. */
export const BASE64_LEAST = 24;

/** Calls `found` for each run that something may be hidden in: a mark of an encoding, or base 64 or hex of some length. */
export function encodedRuns(text: string, found: (start: number, end: number) => void): void {
  let [start, seen, base64, longest] = [0, 0, 0, 0];
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 32;
    const bits = unit < 128 ? (CLASS[unit] as number) : 0;
    if ((bits & BASE64) !== 0) base64 += 1;
    else {
      if (base64 > longest) longest = base64;
      base64 = 0;
    }
    if (bits !== 0) seen |= bits;
    else {
      if (((seen & MARK) !== 0 && i - start >= 12) || longest >= BASE64_LEAST) found(start, i);
      start = i + 1;
      seen = 0;
      longest = 0;
    }
  }
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
