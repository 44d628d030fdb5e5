/** Markdown's `](destination "title")`, read by hand so that a flood of brackets costs no more than its length. */

const ADDRESS_UNITS_MAX = 1_200;
const TITLE_UNITS_MAX = 500;
const BLANKS_MAX = 3;

export interface LinkParts {
  readonly address: string;
  /** Position of the title's text; both are 0 where there is none. */
  readonly titleStart: number;
  readonly titleEnd: number;
  /** Exclusive; behind the closing bracket where there is one. */
  readonly end: number;
  /** The text ended before the link did. */
  readonly open: boolean;
}

const CLOSING: Readonly<Record<string, string>> = { '"': '"', "'": "'", '(': ')' };

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (next - at < BLANKS_MAX && text[next] === ' ') next += 1;
  return next;
}

function addressEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && end - at < ADDRESS_UNITS_MAX && !/[\s()]/.test(text[end] ?? '')) end += 1;
  return end;
}

function titleClose(text: string, at: number, closing: string): number {
  let end = at;
  while (end < text.length && end - at < TITLE_UNITS_MAX && text[end] !== closing && text[end] !== '\n') end += 1;
  return end;
}

/** Parts of a link whose destination begins at `at`, right behind `](`. */
export function parseLink(text: string, at: number): LinkParts {
  const start = skipBlanks(text, at);
  const stop = addressEnd(text, start);
  const address = text.slice(start, stop);
  let next = skipBlanks(text, stop);
  const closing = next > stop ? CLOSING[text[next] ?? ''] : undefined;
  let titleStart = 0;
  let titleEnd = 0;
  if (closing !== undefined) {
    const close = titleClose(text, next + 1, closing);
    if (text[close] === closing) {
      titleStart = next + 1;
      titleEnd = close;
      next = skipBlanks(text, close + 1);
    } else if (close >= text.length) next = close;
  }
  const open = next >= text.length;
  return { address, titleStart, titleEnd, end: text[next] === ')' ? next + 1 : Math.max(stop, titleEnd), open };
}
