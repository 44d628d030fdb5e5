/** Git: options before the subcommand, and the subcommands that run others. */
import type { Code } from '../code.ts';
import { isGitCommand } from '../git-settings.ts';
import { guessedText, guesses, type Inner, inner, type Wrapping, wraps } from './inner.ts';
import { optionTexts } from './option-text.ts';
import { type Grammar, type Options, readOptions, valuesOf } from './options.ts';

/** Git takes its own options in one spelling only; the reader of options accepts some more, which only asks more often. */
const GLOBALS: Grammar = {
  values: 'Cc',
  flags: 'pPhv',
  long: `git-dir= work-tree= exec-path? namespace= config-env= super-prefix= attr-source= list-cmds= paginate no-pager html-path man-path
    info-path bare no-replace-objects no-lazy-fetch no-optional-locks no-advice literal-pathspecs glob-pathspecs noglob-pathspecs
    icase-pathspecs help version`.split(/\s+/),
};

export const gitOptions = (argv: readonly string[]): Options => readOptions(argv, 1, GLOBALS);

/** Options of one call that choose what else git runs. */
const CONFIGURES = ['-c', '--exec-path', '--config-env'];

/** `section.key`, or with anything between the two. */
function isCommandSetting(name: string): boolean {
  const lower = name.toLowerCase();
  const section = lower.indexOf('.');
  return section > 0 && isGitCommand(lower.slice(0, section), lower.slice(lower.lastIndexOf('.') + 1));
}

/** `-c alias.x=!text`. */
const settings = (options: Options): Inner[] =>
  valuesOf(options, '-c').flatMap((setting) => {
    const [, name = '', mark, value = ''] = /^([^=]*)=\s*(!?)(.*)$/s.exec(setting) ?? [];
    return value !== '' && (mark === '!' || isCommandSetting(name)) ? [guessedText(value)] : [];
  });

/** `git config alias.x '!text'`: what stands behind such a name. */
const configured = (words: readonly string[]): Inner[] =>
  words.flatMap((word, at) => {
    const value = words[at + 1];
    return value !== undefined && isCommandSetting(word)
      ? [guessedText(value.replace(/^\s*!/, '')), guessedText(`git ${value}`)]
      : [];
  });

/** The program on the other side, which is this one where the other side is a folder. */
const OTHER_SIDE = /^(?:--(?:upload-p|receive-p)[a-z-]*=?|--exec=?|-u)(.*)$/s;
const otherSide = (words: readonly string[]): Inner[] => optionTexts(words, OTHER_SIDE);

const RUNS: Readonly<Record<string, (words: readonly string[]) => Inner[]>> = {
  config: configured,
  fetch: otherSide,
  pull: otherSide,
  push: otherSide,
  clone: otherSide,
  'ls-remote': otherSide,
  'fetch-pack': otherSide,
  bisect: (words) => (words.includes('run') ? inner(words.slice(words.indexOf('run') + 1)) : []),
  submodule: (words) => {
    const at = words.indexOf('foreach');
    if (at < 0) return [];
    const from = words.findIndex((word, index) => index > at && !word.startsWith('-'));
    const rest = from < 0 ? [] : words.slice(from);
    return [guessedText(rest.join(' ')), ...guesses(rest, 0)];
  },
  rebase: (words) => optionTexts(words, /^(?:-x|--exe?c?=?)(.*)$/s),
  difftool: (words) => optionTexts(words, /^(?:-x|--extc[a-z]*=?)(.*)$/s),
  grep: (words) => optionTexts(words, /^(?:-O|--op[a-z-]*=?)(.+)$/s),
  'filter-branch': (words) => optionTexts(words, /^--[a-z-]+-filter$/s),
  'for-each-repo': (words) => {
    const at = words.findIndex((word) => !word.startsWith('-'));
    // The first word may be the value of an option.
    return at < 0
      ? []
      : [at, at + 1].map((from): Inner => ({ kind: 'argv', argv: ['git', ...words.slice(from)], isGuess: true }));
  },
};

/** @returns undefined where nothing but git itself runs */
export function unwrapGit(argv: readonly string[]): Wrapping | undefined {
  const options = gitOptions(argv);
  if (!options.isKnown) return wraps(guesses(argv, 1), 'command.unwrap');
  const [subcommand, ...words] = argv.slice(options.rest);
  const run = subcommand !== undefined && Object.hasOwn(RUNS, subcommand) ? RUNS[subcommand] : undefined;
  const inners = [...settings(options), ...(run?.(words) ?? [])];
  const configures = options.given.some(
    ({ name, value }) => CONFIGURES.includes(name) && (name !== '--exec-path' || value !== undefined),
  );
  const codes: Code[] = configures ? ['command.git-config'] : [];
  return inners.length === 0 && codes.length === 0 ? undefined : wraps(inners, ...codes);
}
