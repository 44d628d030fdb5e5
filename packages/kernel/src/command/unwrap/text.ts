/** Wrappers that hand a text to a shell. */
import type { Dialect } from '../types.ts';
import { guesses, type Inner, inner, type Unwrap, type Wrapping, wraps } from './inner.ts';
import { SSH_RUNS } from './option-text.ts';
import { type Grammar, has, readOptions, valuesOf } from './options.ts';

const textOf = (text: string, dialect: Dialect): Inner => ({ kind: 'text', text, dialect });
const joined = (words: readonly string[], dialect: Dialect): Inner[] =>
  words.length === 0 ? [] : [textOf(words.join(' '), dialect)];

/** `eval`: its words, joined, are read by the shell that reads this. */
function unwrapEval(argv: readonly string[]): Wrapping {
  const words = argv.slice(argv[1] === '--' ? 2 : 1);
  return wraps(words.length === 0 ? [] : [{ kind: 'text', text: words.join(' ') }], 'command.lasting');
}

const WATCH: Grammar = {
  values: 'nqs',
  optional: 'd',
  flags: 'bcCefghprtwxv',
  long: `interval= differences? equexit= beep color no-color errexit follow chgexit precise no-rerun no-title no-wrap exec shotsdir= help
    version`.split(/\s+/),
};

function unwrapWatch(argv: readonly string[]): Wrapping {
  const options = readOptions(argv, 1, WATCH);
  if (!options.isKnown) return wraps(guesses(argv, 1), 'command.unwrap');
  const words = argv.slice(options.rest);
  return wraps(has(options, '-x', '--exec') ? inner(words) : joined(words, 'sh'));
}

/** Values of `-c`, wherever it stands: alone, at the end of a bundle, attached, or spelled out. */
function commandTexts(argv: readonly string[]): string[] {
  return argv.flatMap((word, at) => {
    const long = /^--(?:c[a-z]*|s[a-z-]*c[a-z]*)(?:=(.*))?$/s.exec(word);
    const short = /^-[A-Za-z]*?c(.*)$/s.exec(word);
    const attached = long?.[1] ?? short?.[1];
    if (long === null && short === null) return [];
    const text = attached === undefined || attached === '' ? argv[at + 1] : attached;
    return text === undefined ? [] : [text];
  });
}

/** `su`: a user, `-c` anywhere, and words behind the user that its shell gets. */
function unwrapSu(argv: readonly string[]): Wrapping {
  const texts = commandTexts(argv).map((text) => textOf(text, 'none'));
  return wraps([...texts, ...guesses(argv, 1)], 'command.privilege');
}

const SCRIPT: Grammar = {
  values: 'BcEIOTmodt',
  flags: 'aefqhVkr',
  long: `append command= echo= return flush force log-io= log-in= log-out= log-timing= logging-format= output-limit= quiet timing?
    help version`.split(/\s+/),
};

/** `script`: `-c` and a text, or elsewhere a file and then the command. */
function unwrapScript(argv: readonly string[]): Wrapping {
  const options = readOptions(argv, 1, SCRIPT);
  const texts = commandTexts(argv).map((text) => textOf(text, 'none'));
  if (!options.isKnown) return wraps([...texts, ...guesses(argv, 1)], 'command.unwrap');
  return wraps([...texts, ...guesses(argv, options.rest)]);
}

const SSH_VALUES = 'BbcDEeFIiJLlmOoPpQRSWw';
const SSH: Grammar = { values: SSH_VALUES, flags: '46AaCfGgKkMNnqsTtVvXxYy' };
/** `ssh`: a host, options again, and words that the other side's shell reads. */
function unwrapSsh(argv: readonly string[]): Wrapping {
  const before = readOptions(argv, 1, SSH);
  if (!before.isKnown) return wraps(guesses(argv, 1), 'command.unwrap', 'command.remote');
  const after = readOptions(argv, before.rest + 1, SSH);
  const locals = [...valuesOf(before, '-o'), ...valuesOf(after, '-o')].flatMap((value) => {
    const text = SSH_RUNS.exec(value)?.[1];
    return text === undefined ? [] : [textOf(text, 'sh')];
  });
  // The words as they stand, too: quotes that the other side's shell takes away again are easily forgotten.
  const rest = after.isKnown ? [] : guesses(argv, after.rest);
  return wraps([...locals, ...joined(argv.slice(after.rest), 'none'), ...rest], 'command.remote');
}

export const TEXT_WRAPPERS: readonly (readonly [name: string, unwrap: Unwrap])[] = [
  ['eval', unwrapEval],
  ['watch', unwrapWatch],
  ['su', unwrapSu],
  ['runuser', unwrapSu],
  ['script', unwrapScript],
  ['ssh', unwrapSsh],
];
