/**
 * Plain words: text in which nothing is ever found, so that a stream of prose need not be looked at by every detector with every word.
 * Letters, blanks and the commonest marks of sentences, in words that are too short to be decoded. Values have digits, `@`, `=` or a keyword
 * before them; what is hidden has other characters, or markup; and none of them begins in one word and goes on in the next without.
 */
import { BASE64_LEAST } from './runs.ts';

/** 1: part of a word; 2: blank; 3: breaks a word. */
const CLASS = new Uint8Array(128);
for (let unit = 97; unit <= 122; unit++) {
  CLASS[unit] = 1;
  CLASS[unit - 32] = 1;
}
for (const mark of '.;?!-') CLASS[mark.charCodeAt(0)] = 1;
for (const blank of ' \n\r\t') CLASS[blank.charCodeAt(0)] = 2;
for (const mark of ",'()") CLASS[mark.charCodeAt(0)] = 3;

const DASH = 45;
/** Wider gaps push text out of sight. */
const BLANKS_MAX = 16;

/** Blanks that reach to `at`, as far as they count. */
function blanksBefore(text: string, at: number): number {
  let blanks = 0;
  while (blanks <= BLANKS_MAX && at - blanks > 0 && CLASS[text.charCodeAt(at - blanks - 1)] === 2) blanks += 1;
  return blanks;
}

/** Where the last word of what follows `from` begins, if all of it is plain; -1 if it is not. */
export function plainUpTo(text: string, from: number): number {
  let blanks = blanksBefore(text, from);
  if (blanks > BLANKS_MAX) return -1;
  let word = 0;
  let last = from;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const sort = unit < 128 ? (CLASS[unit] as number) : 0;
    if (sort === 0 || (unit === DASH && text.charCodeAt(at - 1) === DASH)) return -1;
    blanks = sort === 2 ? blanks + 1 : 0;
    word = sort === 1 ? word + 1 : 0;
    if (blanks > BLANKS_MAX || word >= BASE64_LEAST) return -1;
    if (sort === 2) last = at + 1;
  }
  return last;
}
