/** Whether words of a program that nobody declared name a program that has a rule: it may be a wrapper. */
import { baseName } from './path.ts';
import { split } from './split.ts';
import { mayWrap, unwrap } from './unwrap/index.ts';

/** Texts in texts. */
const DEPTH_MAX = 4;
const SEPARATED = /[\s;|&()<>"'`$=!,]+/;
const LOOKS_LIKE_TEXT = /[\s;|&()<>"'`$]/;

/** A text may be a script: its commands count, and where it can't be split, every word. */
function textMentions(text: string, guarded: ReadonlySet<string>, depth: number): boolean {
  const found = split(text, 'bash');
  if (found.ok && depth < DEPTH_MAX) return found.commands.some(({ argv }) => commandMentions(argv, guarded, depth + 1));
  return text.split(SEPARATED).some((word) => guarded.has(baseName(word)));
}

function commandMentions(argv: readonly string[], guarded: ReadonlySet<string>, depth: number): boolean {
  const name = baseName(argv[0] as string);
  if (guarded.has(name)) return true;
  // What a wrapper wraps is among its words, or a text among them.
  return mayWrap(name) && unwrap(argv) !== undefined && mentions(argv.slice(1), guarded, depth);
}

function wordMentions(word: string, guarded: ReadonlySet<string>, depth: number): boolean {
  if (guarded.has(baseName(word))) return true;
  const value = word.slice(word.indexOf('=') + 1);
  if (value !== word && guarded.has(baseName(value))) return true;
  // What stands before a `=` may be an option, or the beginning of the text.
  return [...new Set([word, value])].some((text) => LOOKS_LIKE_TEXT.test(text) && textMentions(text, guarded, depth));
}

/** @param words the arguments of one call  @param guarded base names */
export const mentions = (words: readonly string[], guarded: ReadonlySet<string>, depth = 0): boolean =>
  words.some((word) => wordMentions(word, guarded, depth));
