/** What settings of git name in a work tree that git then runs, or reads as more settings. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { isGitCommand } from '@countersign/kernel/command';
import { type GitSetting, gitSettings } from './settings.ts';

/**
 * - `program` and `folder`, which git runs or looks for hooks in: where nothing is, nothing may be made.
 * - `script`, which an interpreter runs, and `include`, more settings: git and interpreters would read what stood in their place, so that what is made
 *   goes after the run.
 * - `argument` of an interpreter: likewise, but a folder under that name is none.
 * - `word`: may be a file that is run or none; only a file that is there counts.
 */
export type NamedKind = 'program' | 'folder' | 'script' | 'include' | 'argument' | 'word';

export interface NamedPath {
  /** Absolute; not looked at yet. */
  readonly path: string;
  readonly kind: NamedKind;
}

export interface GitPlace {
  /** The work tree, or the repository itself where it has none. */
  readonly tree: string;
  /** The folder of the repository. */
  readonly git: string;
}

/** Settings whose value is a folder that hooks are in, or are copied from. */
const FOLDERS = new Set(['hookspath', 'templatedir']);

/** Programs that run what their arguments name. */
const INTERPRETERS =
  /^(?:(?:ba|da|z|k|a|fi)?sh|node|deno|bun|tsx|ts-node|python[\d.]*|ruby|perl|php|lua|Rscript|source|\.|exec|env|command|nice|nohup|time|timeout|sudo|xargs|java|dotnet|pwsh|g?awk|osascript)$/;
/** Hooks that git runs (githooks(5)), for a folder of hooks that cannot be held as a whole. */
const HOOKS = [
  ...[
    'applypatch-msg',
    'pre-applypatch',
    'post-applypatch',
    'pre-commit',
    'pre-merge-commit',
    'prepare-commit-msg',
    'commit-msg',
  ],
  ...[
    'post-commit',
    'pre-rebase',
    'post-checkout',
    'post-merge',
    'pre-push',
    'pre-receive',
    'update',
    'proc-receive',
    'post-receive',
  ],
  ...['post-update', 'reference-transaction', 'push-to-checkout', 'pre-auto-gc', 'post-rewrite', 'sendemail-validate'],
  ...['fsmonitor-watchman', 'p4-changelist', 'p4-prepare-changelist', 'p4-post-changelist', 'p4-pre-submit', 'post-index-change'],
];

/**
 * @param text a configuration @param folder where its file is: names of includes are relative to it
 * @param place a repository that it counts for
 */
export const pathsNamedIn = (text: string, folder: string, place: GitPlace): NamedPath[] =>
  gitSettings(text).flatMap((setting) => namedBy(setting, folder, place));

function namedBy({ section, key, value }: GitSetting, folder: string, place: GitPlace): NamedPath[] {
  if (value === '') return [];
  if (section === 'include' || section === 'includeif')
    return key === 'path' ? [{ path: below(folder, value), kind: 'include' }] : [];
  if (FOLDERS.has(key)) return [...new Set([place.tree, place.git])].flatMap((base) => hooksIn(below(base, value), place));
  if (section === 'alias' && !value.startsWith('!')) return [];
  return isGitCommand(section, key) ? inCommand(value.replace(/^!/, ''), place.tree) : [];
}

/** What people work in cannot be read-only as a whole. */
const hooksIn = (path: string, { tree, git }: GitPlace): NamedPath[] =>
  path === tree || path === git ? HOOKS.map((hook) => ({ path: join(path, hook), kind: 'script' })) : [{ path, kind: 'folder' }];

function below(base: string, value: string): string {
  if (value.startsWith('~/')) return join(homedir(), value.slice(2));
  return isAbsolute(value) ? resolve(value) : resolve(base, value);
}

/** Shell text taken apart roughly: rather more words than there are than fewer. */
function inCommand(text: string, tree: string): NamedPath[] {
  const bases = [tree];
  return text.split(/[;&|()`\n]+/).flatMap((part) => {
    const words = part.split(/[\s"'<>={}$,\\]+/).filter((word) => word !== '');
    const found = bases.flatMap((base) => inWords(words, base)).filter(({ path }) => path !== tree);
    const [program = '', first] = words;
    if ((program === 'cd' || program === 'pushd') && first !== undefined) bases.push(below(tree, first));
    return found;
  });
}

function inWords(written: readonly string[], base: string): NamedPath[] {
  const first = written.findIndex((word) => !word.startsWith('-') && !INTERPRETERS.test(nameOf(word)));
  // What stands behind `-c` is shell text again.
  if (first > 0 && written.slice(0, first).some((word) => /^-[a-z]*c$/.test(word)))
    return [...inWords(written.slice(0, first), base), ...inWords(written.slice(first), base)];
  const words = written.filter((word) => !word.startsWith('-'));
  const start = words.findIndex((word) => !INTERPRETERS.test(nameOf(word)));
  const isInterpreted = start > 0;
  return words.flatMap((word, index) => {
    const isPath = word.includes('/');
    // Without a slash, a program is looked for in PATH.
    if (!isPath && (index === 0 || INTERPRETERS.test(word))) return [];
    const kind = index === 0 ? 'program' : isInterpreted ? argumentKind(word, index === start) : 'word';
    return namesOf(word, isInterpreted && index === start).map((name) => ({ path: below(base, name), kind }));
  });
}

const argumentKind = (word: string, isFirst: boolean): NamedKind =>
  isFirst ? 'script' : /[./]/.test(word) ? 'argument' : 'word';

const nameOf = (word: string): string => word.slice(word.lastIndexOf('/') + 1);

/** `$(git rev-parse --show-toplevel)/x` leaves `/x`; `python -m a.b` means `a/b.py`. */
const namesOf = (word: string, isModule: boolean): string[] => [
  word,
  ...(word.startsWith('/') ? [`.${word}`] : []),
  ...(isModule && /^\w+(?:\.\w+)*$/.test(word)
    ? [`${word.replaceAll('.', '/')}.py`, `${word.replaceAll('.', '/')}/__main__.py`]
    : []),
];
