/** Shells: the text behind `-c`, a script, or whatever comes in. */
import type { Dialect } from '../types.ts';
import { type Inner, type Unwrap, type Wrapping, wraps } from './inner.ts';

export const SHELLS: ReadonlyMap<string, Dialect> = new Map([
  ['bash', 'bash'],
  ['rbash', 'bash'],
  ['sh', 'sh'],
  ['dash', 'sh'],
  ['ash', 'sh'],
  ['zsh', 'zsh'],
  ['ksh', 'none'],
  ['rksh', 'none'],
  ['mksh', 'none'],
  ['pdksh', 'none'],
  ['yash', 'none'],
  ['fish', 'none'],
  ['csh', 'none'],
  ['tcsh', 'none'],
  ['nu', 'none'],
  ['elvish', 'none'],
]);

/** Long options with a value in a word of its own. */
const LONG_VALUES = new Set(['--rcfile', '--init-file', '--init-command', '--features', '--debug-output', '--profile', '--rcs']);
/** Options, where they may stand as `--command=text`. */
const LONG_TEXT = /^--(?:command|init-command)=(.*)$/s;
/** Where standard input can be reached by a name. */
const STDIN_NAMES = new Set(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']);

export interface ShellCall {
  /** The script in the arguments. */
  readonly texts: readonly string[];
  readonly readsStdin: boolean;
}

/** How many of the next words a bundle takes as values: one for each `o` and `O`. */
const valuesIn = (bundle: string): number => bundle.slice(1).replace(/[^oO]/g, '').length;

/** What the options before the first operand say. */
interface Told {
  texts: string[];
  hasText: boolean;
  isStdin: boolean;
}

/** @returns how many words this option takes beside its own */
function readLongOption(word: string, told: Told): number {
  const text = LONG_TEXT.exec(word)?.[1];
  if (text !== undefined) told.texts.push(text);
  if (word === '--command') told.hasText = true;
  return LONG_VALUES.has(word) ? 1 : 0;
}

function readBundle(word: string, told: Told): number {
  if (word.startsWith('-')) {
    told.hasText ||= /c/i.test(word);
    told.isStdin ||= word.includes('s');
  }
  return valuesIn(word);
}

/** What one shell was told, options read as the shells read them: `-euo pipefail -c`, `+x`, `-c -x text`. */
export function readShell(argv: readonly string[]): ShellCall {
  const told: Told = { texts: [], hasText: false, isStdin: false };
  let at = 1;
  for (; at < argv.length; at++) {
    const word = argv[at] as string;
    if (word === '--' || word === '-') {
      at += 1;
      break;
    }
    if (!/^[-+]/.test(word)) break;
    at += word.startsWith('--') ? readLongOption(word, told) : readBundle(word, told);
  }
  const operand = argv[at];
  if (told.hasText && operand !== undefined) told.texts.push(operand);
  const isScript = operand !== undefined && !STDIN_NAMES.has(operand) && !told.isStdin;
  return { texts: told.texts, readsStdin: told.texts.length === 0 && !isScript };
}

export function unwrapShell(dialect: Dialect): Unwrap {
  return (argv): Wrapping => {
    const { texts, readsStdin } = readShell(argv);
    const inners = texts.map((text): Inner => ({ kind: 'text', text, dialect }));
    return readsStdin ? wraps(inners, 'command.stdin') : wraps(inners);
  };
}
