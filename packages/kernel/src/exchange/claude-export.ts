/**
 * Command rules as permissions of Claude Code: globs over the text of a command. A word that cannot be written there becomes a star in a deny or an
 * ask, and takes an allow out. A deny beats everything, however special the rest; ours are merged the same way.
 */
import type { CommandRule, CommandRules } from '../command/index.ts';
import { guardSaid, isPlainPrefix } from './guard.ts';
import type { Loss } from './loss.ts';
import { spellings, wordsOf } from './words.ts';

export interface ClaudePermissions {
  readonly allow: readonly string[];
  readonly ask: readonly string[];
  readonly deny: readonly string[];
}

/** Entries that one rule may become. */
const SPELLINGS_MAX = 1_000;
/** What stands for itself in a permission, and is not quoted in a call. */
const PLAIN = /^[A-Za-z0-9_@%+=,./-]+$/;

type Tell = (change: string, effect: Loss['effect']) => void;
type List = keyof ClaudePermissions;

/** @param acceptWider a forbid that cannot be said exactly asks about more, instead of forbidding more */
export function claudePermissions(
  rules: CommandRules,
  { acceptWider = false }: { readonly acceptWider?: boolean } = {},
): { readonly permissions: ClaudePermissions; readonly losses: readonly Loss[] } {
  const lists: Record<List, Set<string>> = { allow: new Set(), ask: new Set(), deny: new Set() };
  const losses: Loss[] = [];
  for (const rule of [...rules.rules].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const tell: Tell = (change, effect) => void losses.push({ rule: rule.id, change, effect });
    const list = listOf(rule, acceptWider, tell);
    if (list !== undefined) for (const entry of entriesOf(rule, list, tell)) lists[list].add(entry);
  }
  if (rules.default === 'forbid')
    losses.push({ rule: 'default', change: 'What no rule matches is left to the mode that Claude Code is in.', effect: 'wider' });
  return {
    permissions: { allow: [...lists.allow].sort(), ask: [...lists.ask].sort(), deny: [...lists.deny].sort() },
    losses,
  };
}

function listOf(rule: CommandRule, acceptWider: boolean, tell: Tell): List | undefined {
  const { decision, form } = rule;
  const fits = form.kind === 'exact' || isPlainPrefix(form);
  if (decision === 'allow') {
    if (fits) return 'allow';
    tell('Asks: a text cannot list which options may be given.', 'tighter');
    return 'ask';
  }
  const said = guardSaid(rule, fits, acceptWider);
  if (said.loss !== undefined) tell(said.loss.change, said.loss.effect);
  if (said.decision === undefined) return undefined;
  return said.decision === 'ask' ? 'ask' : 'deny';
}

function entriesOf(rule: CommandRule, list: List, tell: Tell): readonly string[] {
  const all = spellings(wordsOf(rule), SPELLINGS_MAX);
  if (all === undefined) {
    tell(`Left out: it has more than ${SPELLINGS_MAX} spellings.`, list === 'allow' ? 'tighter' : 'wider');
    return [];
  }
  const tail = rule.form.kind === 'exact' ? '' : ' *';
  const isPlain = (words: readonly string[]): boolean => words.every((word) => PLAIN.test(word));
  const odd = all.filter((words) => !isPlain(words));
  if (list === 'allow') {
    if (odd.length > 0) tell('Left out where a word would have to be quoted.', 'tighter');
    return all.filter(isPlain).map((words) => `Bash(${words.join(' ')}${tail})`);
  }
  if (odd.some(([program = '']) => !PLAIN.test(program))) tell('Left out where the program would have to be quoted.', 'wider');
  if (odd.length > 0) tell('Ends before the first word that would have to be quoted.', 'tighter');
  return all.flatMap((words) => entryOf(words, tail));
}

function entryOf(words: readonly string[], tail: string): string[] {
  const at = words.findIndex((word) => !PLAIN.test(word));
  if (at === 0) return [];
  return at === -1 ? [`Bash(${words.join(' ')}${tail})`] : [`Bash(${words.slice(0, at).join(' ')} *)`];
}
