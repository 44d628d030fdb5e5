/** Every command of a parsed script: in substitutions, loops, functions, heredocs for shells, and behind `&`. */
import type { Node } from 'web-tree-sitter';
import { sweep } from './sweep.ts';
import { variantOf } from './variants.ts';
import { wordOf } from './words.ts';

/** Programs that read what is given to them as a script, here or elsewhere. */
const READS_SCRIPTS = /(?:^|\/)(?:(?:ba|da|a|z|k|mk|fi|tc|c|s)?sh|su)$/;
const READS_LINES = new Set(['source', '.', 'at', 'batch']);
/** Builtins whose arguments are scripts. */
const TAKES_SCRIPTS = new Set(['eval', 'trap', 'alias']);
/** Programs whose arguments come out again, perhaps into a shell. */
const WRITES = new Set(['echo', 'printf']);
/** `$(which git)` is the path of git. */
const LOOKED_UP = /^"?(?:\$\(|`)\s*(?:which|command\s+-v|type\s+-[pP])\s+(?:--\s+)?["']?([^\s"'`)]+)["']?\s*(?:\)|`)"?$/;
const SUBSTITUTED = /\$\(([^()]+)\)/g;
const BACKQUOTED = /`([^`]+)`/g;
/** Commands of one script; more are not collected. */
const COMMANDS_MAX = 4_096;

export interface Collected {
  readonly commands: string[][];
  /** Texts that are scripts again. */
  readonly scripts: string[];
}

/** Words behind the target of a redirect are words of the command: `git > out push`. */
const strayWords = (redirect: Node): Node[] => redirect.childrenForFieldName('destination').slice(1);

function redirectsOf(command: Node): Node[] {
  const around = command.parent?.type === 'redirected_statement' ? command.parent.childrenForFieldName('redirect') : [];
  return [...command.childrenForFieldName('redirect'), ...around].filter(({ type }) => type === 'file_redirect');
}

function wordsOf(command: Node): string[] {
  const name = command.childForFieldName('name');
  const parts = [
    ...(name === null ? [] : [name]),
    ...command.childrenForFieldName('argument'),
    ...redirectsOf(command).flatMap(strayWords),
  ];
  return parts.map(({ text }) => wordOf(text));
}

/** A program that is not known may be any; then the words behind it may be the command. */
const isLiteral = (word: string): boolean => !/[$`]/.test(word);

/** A program that is not known may be any, with options of its own: then the first words that are none may be the command. */
function behind(words: readonly string[]): string[][] {
  const rest = words.slice(1);
  const named = LOOKED_UP.exec(words[0] ?? '')?.[1];
  if (named !== undefined) return [[named, ...rest]];
  const starts = rest.flatMap((word, at) => (/^-/.test(word) ? [] : [at]));
  return starts.slice(0, rest[0]?.startsWith('-') === true ? 3 : 1).map((at) => rest.slice(at));
}

const readsScripts = (words: readonly string[]): boolean =>
  READS_LINES.has(words[0] ?? '') || words.some((word) => READS_SCRIPTS.test(word));

const commandsIn = (node: Node): string[][] => node.descendantsOfType('command').map(wordsOf);

/** Grammar that the parser takes for a program in some places. */
const STILL_GRAMMAR = new Set(['coproc', '!', '{']);

const READERS = new Set(['command', 'pipeline', 'redirected_statement']);

/** The pipe or the command that what is printed goes into: `echo x | sh`, `bash <(echo x)`, `eval "$(echo x)"`. */
function isRead(container: Node): boolean {
  let node: Node | null = container;
  while (node !== null && !READERS.has(node.type)) node = node.parent;
  return node !== null && commandsIn(node).some((words) => readsScripts(words) || TAKES_SCRIPTS.has(words[0] ?? ''));
}

/** What is printed where a script is read. */
const printedIn = (root: Node): string[] =>
  root
    .descendantsOfType(['pipeline', 'process_substitution', 'command_substitution'])
    .filter(isRead)
    .flatMap(commandsIn)
    .filter(([name]) => WRITES.has(name ?? ''))
    .flatMap((words) => [words.slice(1).join(' '), ...words.slice(1)]);

/** Words with a space in them behind a program that reads scripts: `sudo bash -c "a $x"`. */
const givenTo = (words: readonly string[]): readonly string[] =>
  WRITES.has(words[0] ?? '')
    ? []
    : words.slice(words.findIndex((word) => READS_SCRIPTS.test(word)) + 1).filter((word) => /\s/.test(word));

/** What a heredoc or a string holds that comes in over standard input, and what is printed, where something reads scripts. */
function fedScripts(root: Node, commands: readonly (readonly string[])[]): string[] {
  const readers = commands.filter(readsScripts);
  if (readers.length === 0) return [];
  const bodies = root
    .descendantsOfType(['heredoc_body', 'herestring_redirect'])
    .map(({ type, text }) => (type === 'heredoc_body' ? text : wordOf(text.replace(/^<<<\s*/, ''))));
  return [...bodies, ...readers.flatMap(givenTo)];
}

const within = (pattern: RegExp, text: string): string[] => [...text.matchAll(pattern)].map(([, script]) => script as string);

/** What a heredoc substitutes unless its end was quoted, and backquotes where the parser leaves them out. */
const quotedIn = (root: Node): string[] => [
  ...root
    .descendantsOfType(['expansion', 'command_substitution'])
    .flatMap(({ type, text }) =>
      type === 'expansion' ? within(BACKQUOTED, text) : /^`.*\\`/s.test(text) ? [text.slice(1, -1).replaceAll('\\`', '`')] : [],
    ),
  ...root
    .descendantsOfType('heredoc_redirect')
    .filter((node) => !/^<<-?\s*[\\'"]/.test(node.text))
    .flatMap((node) => node.descendantsOfType('heredoc_body'))
    .flatMap(({ text }) => [...within(BACKQUOTED, text), ...within(SUBSTITUTED, text)]),
];

const variants = (commands: readonly (readonly string[])[]): string[][] =>
  commands.flatMap((words) => {
    const variant = variantOf(words);
    return variant === undefined ? [] : [variant];
  });

/** Every command that stands in a script, and what in it is a script again. */
export function collect(root: Node): Collected {
  const commands: string[][] = [];
  const scripts: string[] = [];
  for (const node of root.descendantsOfType('command')) {
    if (commands.length >= COMMANDS_MAX) break;
    const words = wordsOf(node);
    const [name] = words;
    if (name === undefined) continue;
    commands.push(words);
    if (!isLiteral(name)) commands.push(...behind(words));
    if (STILL_GRAMMAR.has(name)) commands.push(...words.slice(1, 4).map((_, at) => words.slice(at + 1)));
    if (TAKES_SCRIPTS.has(name)) scripts.push(...words.slice(1).flatMap((word) => [word, word.slice(word.indexOf('=') + 1)]));
  }
  // What no parser reads to its end may hold more than was found.
  if (root.hasError) commands.push(...sweep(root.text).map((words) => words.map(wordOf)));
  // Variables that hold what others run, as a call that sets them.
  for (const node of root.descendantsOfType('variable_assignment')) {
    const [name, value] = [node.childForFieldName('name'), node.childForFieldName('value')];
    if (name !== null && value !== null) commands.push(['env', `${name.text}=${wordOf(value.text)}`]);
  }
  scripts.push(...fedScripts(root, commands), ...printedIn(root), ...quotedIn(root));
  return { commands: [...commands, ...variants(commands)], scripts };
}
