/** The same text as a reader would take it: other digits, wide letters, invisible characters and odd dots hide nothing from the scanner. */

const DIGIT = /\p{Nd}/u;
const INVISIBLE = /[\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0]/gu;
const DIGITS = /\p{Nd}/gu;
const RUN = 10;

/** Digits of each script stand in a row of ten, from zero on. */
function valueOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let start = code;
  while (code - start < RUN - 1 && DIGIT.test(String.fromCodePoint(start - 1))) start -= 1;
  return String(code - start);
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(DIGITS, (digit) => (digit <= '9' ? digit : valueOf(digit)));

/** Groups as they stand on cards (4-4-4-4 and longer, 4-6-5), whatever stands between them. */
const GROUPS = /(?<!\d)\d{4}(?:[^\p{L}\p{N}]{1,3}\d{4}){3}(?:[^\p{L}\p{N}]{1,3}\d{1,3})?(?!\d)/gu;
const LONG_GROUPS = /(?<!\d)\d{4}[^\p{L}\p{N}]{1,3}\d{6}[^\p{L}\p{N}]{1,3}\d{4,5}(?!\d)/gu;
/** One digit after the other, each apart. */
const SINGLE = /(?<!\d)\d(?:[^\p{L}\p{N}]{1,3}\d){12,18}(?!\d)/gu;
const NOT_DIGITS = /\D+/g;

const joined = (text: string): string =>
  [GROUPS, LONG_GROUPS, SINGLE].reduce(
    (whole, pattern) => whole.replace(pattern, (match) => match.replace(NOT_DIGITS, '')),
    text,
  );

/** As it is, plain, and with the digits of what may be a card together: each only where it is another text. */
export function spellings(text: string): readonly string[] {
  const second = plain(text);
  return [...new Set([text, second, joined(second)])];
}
