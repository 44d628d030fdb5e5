/** Options before the words that matter, in every spelling that the C library and its followers accept. */

export interface Grammar {
  /** Letters of short options that need a value: `-n5` and `-n 5`. */
  readonly values?: string;
  /** Letters whose value, if any, is attached. */
  readonly optional?: string;
  /** Letters without a value. */
  readonly flags?: string;
  /** Long names: `name=` needs a value, `name?` may have one attached, `name` has none. */
  readonly long?: readonly string[];
  /** Options with no grammar of their own, such as `-5`. */
  readonly other?: RegExp;
}

/** The name of what `other` reads. */
export const OTHER = 'other';

/** `name` as in the grammar, with its dashes; `value` where it has one. */
export interface Given {
  readonly name: string;
  readonly value?: string;
}

export interface Options {
  readonly given: readonly Given[];
  /** Where the first word stands that is no option. */
  readonly rest: number;
  /** False where an option is unknown, or its value is missing: then nothing is known about the rest. */
  readonly isKnown: boolean;
}

/** One word read as options: what it gives, and how many words it takes; undefined where it is unknown. */
type Read = { readonly given: readonly Given[]; readonly words: number } | undefined;

const nameOf = (entry: string): string => entry.replace(/[=?]$/, '');

/** The long option that a name means: itself, or the only one that begins so. */
function longOption(grammar: Grammar, name: string): string | undefined {
  const all = grammar.long ?? [];
  const exact = all.find((entry) => nameOf(entry) === name);
  if (exact !== undefined) return exact;
  const candidates = all.filter((entry) => entry.startsWith(name));
  return candidates.length === 1 ? candidates[0] : undefined;
}

function readLong(grammar: Grammar, word: string, next: string | undefined): Read {
  const at = word.indexOf('=');
  const [typed, attached] = at < 0 ? [word.slice(2), undefined] : [word.slice(2, at), word.slice(at + 1)];
  const entry = longOption(grammar, typed);
  if (entry === undefined) return undefined;
  const name = `--${nameOf(entry)}`;
  if (attached !== undefined) return /[=?]$/.test(entry) ? { given: [{ name, value: attached }], words: 1 } : undefined;
  if (!entry.endsWith('=')) return { given: [{ name }], words: 1 };
  return next === undefined ? undefined : { given: [{ name, value: next }], words: 2 };
}

function readShort(grammar: Grammar, word: string, next: string | undefined): Read {
  const given: Given[] = [];
  for (let at = 1; at < word.length; at++) {
    const [letter, attached] = [word.charAt(at), word.slice(at + 1)];
    const name = `-${letter}`;
    if (grammar.flags?.includes(letter) === true) given.push({ name });
    else if (grammar.optional?.includes(letter) === true)
      return { given: [...given, attached === '' ? { name } : { name, value: attached }], words: 1 };
    else if (grammar.values?.includes(letter) !== true) return undefined;
    else if (attached !== '') return { given: [...given, { name, value: attached }], words: 1 };
    else return next === undefined ? undefined : { given: [...given, { name, value: next }], words: 2 };
  }
  return { given, words: 1 };
}

function readOne(grammar: Grammar, word: string, next: string | undefined): Read {
  if (grammar.other?.test(word) === true) return { given: [{ name: OTHER }], words: 1 };
  return word.startsWith('--') ? readLong(grammar, word, next) : readShort(grammar, word, next);
}

/** Reads options from `from` on, until `--` or a word that is none. */
export function readOptions(argv: readonly string[], from: number, grammar: Grammar): Options {
  const given: Given[] = [];
  let at = from;
  while (at < argv.length) {
    const word = argv[at] as string;
    if (word === '--') return { given, rest: at + 1, isKnown: true };
    if (!word.startsWith('-') || (word === '-' && grammar.other?.test(word) !== true)) break;
    const read = readOne(grammar, word, argv[at + 1]);
    if (read === undefined) return { given, rest: at, isKnown: false };
    for (const one of read.given) given.push(one);
    at += read.words;
  }
  return { given, rest: at, isKnown: true };
}

export const valuesOf = (options: Options, ...names: readonly string[]): string[] =>
  options.given.flatMap(({ name, value }) => (names.includes(name) && value !== undefined ? [value] : []));

export const has = (options: Options, ...names: readonly string[]): boolean =>
  options.given.some(({ name }) => names.includes(name));
