/** Rules by the program they are about, so that their number does not matter. */
import { programsOf } from './match/rule.ts';
import { baseName } from './path.ts';
import type { CommandRule, CommandRules } from './types.ts';

export interface RuleIndex {
  readonly rules: CommandRules;
  readonly byProgram: ReadonlyMap<string, readonly CommandRule[]>;
  /** Base names of programs that a rule forbids or asks about, in some call. */
  readonly guarded: ReadonlySet<string>;
}

const STRICTNESS = { forbid: 0, ask: 1, allow: 2 } as const;

/** Strictest first, then by id: no result depends on the order of a file. */
const inOrder = (a: CommandRule, b: CommandRule): number =>
  STRICTNESS[a.decision] - STRICTNESS[b.decision] || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function makeIndex(rules: CommandRules): RuleIndex {
  const byProgram = new Map<string, CommandRule[]>();
  const guarded = new Set<string>();
  for (const rule of [...rules.rules].sort(inOrder)) {
    for (const name of new Set(programsOf(rule.form).map(baseName))) {
      const list = byProgram.get(name);
      if (list === undefined) byProgram.set(name, [rule]);
      else list.push(rule);
      if (rule.decision !== 'allow') guarded.add(name);
    }
  }
  return { rules, byProgram, guarded };
}

const made = new WeakMap<CommandRules, RuleIndex>();

/** The index of these rules, made once. */
export function indexOf(rules: CommandRules): RuleIndex {
  let index = made.get(rules);
  if (index === undefined) {
    index = makeIndex(rules);
    made.set(rules, index);
  }
  return index;
}
