/** The form that lists every option: one that is not on the list, and the rule does not match. */
import { staysInside } from '../cwd.ts';
import type { RuleForm } from '../types.ts';
import type { CommandCall } from './call.ts';

export type OptionsForm = Extract<RuleForm, { kind: 'options' }>;

/** The entry of a list that stands for `-5` and the like. */
const NUMBER_FLAG = '-NUM';

/** How many words a word takes as options; undefined where it is not on the list. */
type Taken = { readonly words: number; readonly value?: string } | undefined;

function takeLong(flags: ReadonlySet<string>, word: string, next: string | undefined): Taken {
  const at = word.indexOf('=');
  if (at > 0) return flags.has(word.slice(0, at + 1)) ? { words: 1, value: word.slice(at + 1) } : undefined;
  if (flags.has(word)) return { words: 1 };
  return flags.has(`${word}=`) ? takeNext(next) : undefined;
}

/** A value in a word of its own. One that looks like an option may be one, where the value is optional. */
const takeNext = (next: string | undefined): Taken =>
  next === undefined || (next.startsWith('-') && next !== '-') ? undefined : { words: 2, value: next };

function takeShort(flags: ReadonlySet<string>, word: string, next: string | undefined): Taken {
  if (flags.has(word)) return { words: 1 };
  if (flags.has(`${word}=`)) return takeNext(next);
  if (/^-\d+$/.test(word)) return flags.has(NUMBER_FLAG) ? { words: 1 } : undefined;
  // Attached numbers only: in `-ofile` nobody but the program knows where the option ends.
  const attached = /^(-[A-Za-z])(\d+)$/.exec(word);
  if (attached !== null) return flags.has(`${attached[1]}=`) ? { words: 1 } : undefined;
  return [...word.slice(1)].every((letter) => flags.has(`-${letter}`)) ? { words: 1 } : undefined;
}

/** A value is no operand, but a program may take it as a path. */
const isValueInside = (call: CommandCall, value: string): boolean =>
  (!value.startsWith('/') && !value.split('/').includes('..')) || staysInside(call.cwd, call.roots, value);

function areOperandsFine(call: CommandCall, operands: readonly string[], kind: OptionsForm['operands']): boolean {
  if (kind === 'none') return operands.length === 0;
  return kind === 'any' || operands.every((word) => word === '-' || staysInside(call.cwd, call.roots, word));
}

/** @returns how many words an option takes; undefined where it is not on the list, or its value leads outside */
function takeOption(
  call: CommandCall,
  flags: ReadonlySet<string>,
  words: readonly string[],
  form: OptionsForm,
): number | undefined {
  const [word = '', next] = words;
  const taken = word.startsWith('--') ? takeLong(flags, word, next) : takeShort(flags, word, next);
  if (taken?.value !== undefined && form.operands === 'paths' && !isValueInside(call, taken.value)) return undefined;
  return taken?.words;
}

const made = new WeakMap<OptionsForm, ReadonlySet<string>>();

function flagsOf(form: OptionsForm): ReadonlySet<string> {
  let flags = made.get(form);
  if (flags === undefined) {
    flags = new Set(form.flags);
    made.set(form, flags);
  }
  return flags;
}

/** @param words behind the program */
export function matchOptions(call: CommandCall, words: readonly string[], form: OptionsForm): boolean {
  const subcommand = form.subcommand ?? [];
  if (call.isOpen || !subcommand.every((word, at) => words[at] === word)) return false;
  const flags = flagsOf(form);
  const operands: string[] = [];
  for (let at = subcommand.length; at < words.length; ) {
    const word = words[at] as string;
    if (word === '--') {
      operands.push(...words.slice(at + 1));
      break;
    }
    const isOperand = !word.startsWith('-') || word === '-';
    if (isOperand) operands.push(word);
    const taken = isOperand ? 1 : takeOption(call, flags, words.slice(at, at + 2), form);
    if (taken === undefined) return false;
    at += taken;
  }
  return areOperandsFine(call, operands, form.operands);
}
