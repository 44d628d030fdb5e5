/** Commands and scripts as an approver sees them: every word's borders visible, nothing that hides or commands a terminal. */
import { isControl, isHidden, isLoneSurrogate, isWideSpace } from './character.ts';
import { CONTESTED_KEYWORDS, KEYWORDS } from './reserved.ts';

const BARE = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const mustShow = (point: number): boolean => isControl(point) || isHidden(point) || isLoneSurrogate(point) || isWideSpace(point);

const escaped = (character: string): string => NAMED[character] ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`;

/** What cannot be seen becomes visible; what `keeps` says stays. */
function withEscapes(text: string, keeps: (character: string) => boolean): string {
  let out = '';
  for (const character of text)
    out += mustShow(character.codePointAt(0) as number) && !keeps(character) ? escaped(character) : character;
  return out;
}

function renderWord(word: string): string {
  if (BARE.test(word) && !KEYWORDS.has(word) && !CONTESTED_KEYWORDS.has(word)) return word;
  const shown = withEscapes(word, () => false);
  if (shown === word) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${withEscapes(word.replaceAll('\\', '\\\\').replaceAll("'", "\\'"), () => false)}'`;
}

/**
 * One command with visible quoting. Words that a shell reads as they are stay bare; others are in single quotes, which `split` takes
 * apart into the same words; those with characters that cannot be seen are in `$'...'` with escapes, for eyes only.
 */
export const renderArgv = (argv: readonly string[]): string => argv.map(renderWord).join(' ');

/** A script as it was written, with the same escapes. Line breaks stay. */
export const renderText = (text: string): string => withEscapes(text, (character) => character === '\n');
