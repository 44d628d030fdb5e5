/** Every command of a parsed script: in substitutions, loops, functions, heredocs for shells, and behind `&`. */
import type { Node } from 'web-tree-sitter';
import { wordOf } from './words.ts';

/** Programs that read what is given to them as a script. */
const READS_SCRIPTS = /(?:^|\/)(?:ba|da|a|z|k|mk|fi|tc|c)?sh$/;
/** Builtins whose arguments are scripts. */
const TAKES_SCRIPTS = new Set(['eval', 'trap']);
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

export function collect(root: Node): Collected {
  const commands: string[][] = [];
  const scripts: string[] = [];
  for (const node of root.descendantsOfType('command')) {
    if (commands.length >= COMMANDS_MAX) break;
    const words = wordsOf(node);
    const [name] = words;
    if (name === undefined) continue;
    commands.push(words);
    if (!isLiteral(name) && words.length > 1) commands.push(words.slice(1));
    if (TAKES_SCRIPTS.has(name)) scripts.push(...words.slice(1));
  }
  if (commands.some((words) => words.some((word) => READS_SCRIPTS.test(word))))
    for (const body of root.descendantsOfType(['heredoc_body', 'herestring_redirect']))
      scripts.push(body.type === 'heredoc_body' ? body.text : wordOf(body.text.replace(/^<<<\s*/, '')));
  return { commands, scripts };
}
