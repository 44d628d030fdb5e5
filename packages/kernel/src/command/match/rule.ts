/** Whether one rule matches one call. Rules that forbid or ask look through spellings; rules that allow look at the very words. */
import { LASTING, STATEFUL } from '../reserved.ts';
import type { CommandRule, RuleForm } from '../types.ts';
import { type CommandCall, isNamed, type Match } from './call.ts';
import { guardExact, guardHaving, guardPrefix } from './guard.ts';
import { matchOptions } from './options.ts';

type PrefixForm = Extract<RuleForm, { kind: 'prefix' }>;

const weaker = (a: Match, b: Match): Match => (a === 'no' || b === 'no' ? 'no' : a === 'yes' ? b : a);

function guardsPrefix(call: CommandCall, form: PrefixForm): Match {
  const found = guardPrefix(call, form.words);
  if (found === 'no') return 'no';
  if (form.stdinFrom !== undefined && !form.stdinFrom.some((name) => call.fedBy.has(name))) return 'no';
  return form.having === undefined ? found : weaker(found, guardHaving(call, form.having));
}

function guards(call: CommandCall, form: RuleForm): Match {
  switch (form.kind) {
    case 'prefix':
      return guardsPrefix(call, form);
    case 'exact':
      return guardExact(call, form.words);
    case 'options':
      return isNamed(call, form.program) && matchOptions(call, call.words, form) ? 'yes' : 'no';
  }
}

/** The names of programs that a rule is about. */
export function programsOf(form: RuleForm): readonly string[] {
  if (form.kind === 'options') return [form.program];
  return form.kind === 'exact' ? form.words.slice(0, 1) : (form.words[0] ?? []);
}

/** A program by its bare name, or by one of the paths that are known to be it. A name is looked up in folders that no agent writes. */
export const isProgram = (executables: ReadonlyMap<string, readonly string[]>, given: string, program: string): boolean =>
  given === program || executables.get(program)?.includes(given) === true;

function allowsPrefix(call: CommandCall, form: PrefixForm): boolean {
  // Words that nobody has seen could be code, and a launcher is more than the words that begin it.
  if (call.isInline || call.isLauncher || form.stdinFrom !== undefined) return false;
  const { argv } = call;
  if (!form.words.every((alternatives, at) => at === 0 || alternatives.includes(argv[at] as string))) return false;
  return form.having === undefined || form.having.some((option) => argv.includes(option));
}

function allows(call: CommandCall, form: RuleForm): boolean {
  const { argv } = call;
  switch (form.kind) {
    case 'prefix':
      return allowsPrefix(call, form);
    case 'exact':
      return !call.isOpen && argv.length === form.words.length && form.words.every((word, at) => at === 0 || argv[at] === word);
    case 'options':
      return matchOptions(call, argv.slice(1), form);
  }
}

/**
 * @param executables paths by the name of the program they are
 * @returns `maybe` only of rules that forbid or ask
 */
export function matchRule(rule: CommandRule, call: CommandCall, executables: ReadonlyMap<string, readonly string[]>): Match {
  if (rule.decision !== 'allow') return guards(call, rule.form);
  if (STATEFUL.has(call.name) || LASTING.has(call.name)) return 'no';
  const given = call.argv[0] as string;
  if (!programsOf(rule.form).some((program) => isProgram(executables, given, program))) return 'no';
  return allows(call, rule.form) ? 'yes' : 'no';
}
