/** Text that is out of sight: after hundreds of blank lines, or far to the right of everything else. */
import type { HiddenSpan } from './span.ts';

/** Blank lines that push what follows off any screen. */
const LINES_MIN = 60;
/** Blanks on one line that push what follows off any screen. */
const COLUMNS_MIN = 200;
/** White space that is looked back over. */
const BLANK_UNITS_MAX = 2_048;
/** Of the text that follows, this much is reported. */
const TEXT_UNITS_MAX = 512;

const BLANKS = /\s{60,}/g;
const WORDS = /\p{L}{2,}[^\p{L}\n]{1,4}\p{L}{2,}/u;

const isFar = (blank: string): boolean => {
  const lines = blank.split('\n');
  return lines.length > LINES_MIN || (lines.at(-1)?.length ?? 0) >= COLUMNS_MIN;
};

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return Math.min(newline < 0 ? text.length : newline, start + TEXT_UNITS_MAX);
}

/** What follows each far gap, to the end of its line. `open` where that end is not yet known. */
function eachGap(text: string, from: number, visit: (span: HiddenSpan, open: boolean) => void): void {
  BLANKS.lastIndex = from;
  for (let found = BLANKS.exec(text); found !== null; found = BLANKS.exec(text)) {
    const start = BLANKS.lastIndex;
    if (start >= text.length || !isFar(text.slice(Math.max(found.index, start - BLANK_UNITS_MAX), start))) continue;
    const end = lineEnd(text, start);
    visit({ rule: 'far-text', start, end, confidence: 2 }, end === text.length && end - start < TEXT_UNITS_MAX);
    BLANKS.lastIndex = end;
  }
}

/** Text beyond a far gap that has words in it. */
export function eachFarSpan(text: string, emit: (span: HiddenSpan) => void): void {
  eachGap(text, 0, (span) => {
    if (WORDS.test(text.slice(span.start, span.end))) emit(span);
  });
}

/** Start of a far text that has not ended. */
export function farOpen(text: string): number {
  let open = text.length;
  eachGap(text, Math.max(0, text.length - TEXT_UNITS_MAX - BLANK_UNITS_MAX - 64), (span, unfinished) => {
    if (unfinished) open = Math.min(open, span.start);
  });
  return open;
}
