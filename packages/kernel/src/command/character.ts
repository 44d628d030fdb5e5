/** What each character means to a shell that reads a word, and which characters are not what they look like. */

/** Kinds of characters outside of quotes. Literal is 0, so that the common case is the cheapest test. */
export const LITERAL = 0;
export const BLANK = 1;
export const NEWLINE = 2;
export const OPERATOR = 3;
export const REDIRECT = 4;
export const SINGLE_QUOTE = 5;
export const DOUBLE_QUOTE = 6;
export const BACKSLASH = 7;
export const EXPANSION = 8;
export const GROUP = 9;
export const TILDE = 10;
export const HASH = 11;
export const BRACE = 12;
export const CONTROL = 13;
/** Read differently by shells; literal in bash. */
export const CONTESTED = 14;
/** Beyond ASCII: `wideKind` tells. */
export const WIDE = 15;

const ASCII = 128;
const DELETE = 127;

/** Kinds by code unit: one table for shells that are known, one for those that are not. */
function kinds(isContested: boolean): Uint8Array {
  const table = new Uint8Array(ASCII);
  const set = (characters: string, kind: number) => {
    for (const character of characters) table[character.charCodeAt(0)] = kind;
  };
  for (let unit = 0; unit < 32; unit++) table[unit] = CONTROL;
  table[DELETE] = CONTROL;
  set(' \t', BLANK);
  set('\n', NEWLINE);
  // A carriage return is an ordinary character of a word. Elsewhere it may be a line break.
  set('\r', isContested ? CONTESTED : LITERAL);
  set(';&|', OPERATOR);
  set('<>', REDIRECT);
  set("'", SINGLE_QUOTE);
  set('"', DOUBLE_QUOTE);
  set('\\', BACKSLASH);
  set('$`*?[]', EXPANSION);
  set('()', GROUP);
  set('~', TILDE);
  set('#', HASH);
  set('{', BRACE);
  if (isContested) set('^!{}#~', CONTESTED);
  return table;
}

export const PLAIN_KINDS = kinds(false);
export const STRICT_KINDS = kinds(true);

/** Characters that show nothing, or that turn the order of what is shown: from, to. */
const HIDDEN_RANGES: readonly (readonly [from: number, to: number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

/** Spaces beyond ASCII: ordinary characters of a word, and drawn like the space that separates words. */
const SPACE_RANGES: readonly (readonly [from: number, to: number])[] = [
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

const isIn = (ranges: readonly (readonly [number, number])[], point: number): boolean =>
  ranges.some(([from, to]) => point >= from && point <= to);

export const isHidden = (point: number): boolean => isIn(HIDDEN_RANGES, point);
export const isWideSpace = (point: number): boolean => isIn(SPACE_RANGES, point);
export const isControl = (point: number): boolean => point < 32 || (point >= DELETE && point < 0xa0);
/** Half of a pair without the other. `String.codePointAt` gives such a half as it is. */
export const isLoneSurrogate = (point: number): boolean => point >= 0xd800 && point <= 0xdfff;
