/** What both formats of clients need of a rule: the literal words that it begins with, and examples that hold without unwrapping. */
import { type CommandRule, split } from '../command/index.ts';

export type Words = readonly (readonly string[])[];

/** The words that a rule begins with, alternatives as lists. What follows them, the form says. */
export function wordsOf({ form }: Pick<CommandRule, 'form'>): Words {
  if (form.kind === 'prefix') return form.words;
  if (form.kind === 'exact') return form.words.map((word) => [word]);
  return [[form.program], ...(form.subcommand ?? []).map((word) => [word])];
}

/** Whether words begin as the pattern says, token by token. */
export const begins = (argv: readonly string[], words: Words): boolean =>
  argv.length >= words.length && words.every((alternatives, at) => alternatives.includes(argv[at] ?? ''));

/** Every way to write the pattern, in order; undefined where there are more than `most`. */
export function spellings(words: Words, most: number): readonly (readonly string[])[] | undefined {
  let all: (readonly string[])[] = [[]];
  for (const alternatives of words) {
    if (all.length * alternatives.length > most) return undefined;
    all = all.flatMap((before) => alternatives.map((word) => [...before, word]));
  }
  return all;
}

/** The argv of an example that is one plain command. */
export function plainArgv(example: string): readonly string[] | undefined {
  const read = split(example, 'bash');
  if (!read.ok || read.commands.length !== 1) return undefined;
  const [command] = read.commands;
  return command === undefined || command.redirects.length > 0 ? undefined : command.argv;
}

/** `git.push`, made of what identifies a rule; `taken` grows. */
export function newId(kind: string, words: readonly string[], taken: Set<string>): string {
  const slug = words
    .slice(0, 3)
    .map((word) =>
      word
        .slice(word.lastIndexOf('/') + 1)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, ''),
    )
    .filter((part) => part !== '')
    .join('-');
  const base = `${kind}.${slug === '' ? 'rule' : slug}`.slice(0, 90);
  let id = base;
  for (let count = 2; taken.has(id); count += 1) id = `${base}-${count}`;
  taken.add(id);
  return id;
}
