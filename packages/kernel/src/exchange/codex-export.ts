/**
 * Command rules for Codex. `allow` there means: outside of its sandbox, without asking. So an allow is written only where an operator names the rule,
 * and everything that a pattern of words cannot say becomes stricter, unless wider was accepted. What a client is told is advice; our door decides.
 */
import type { CommandRule, CommandRules } from '../command/index.ts';
import { guardSaid, isPlainPrefix } from './guard.ts';
import type { Loss } from './loss.ts';
import { begins, plainArgv, wordsOf, type Words } from './words.ts';

export type CodexToken = { readonly token: string } | { readonly any_of: readonly string[] };

/** One of `[[rules.prefix_rules]]` in managed requirements. */
export interface CodexPrefixRule {
  readonly pattern: readonly CodexToken[];
  readonly decision: 'prompt' | 'forbidden';
  readonly justification: string;
}

export interface CodexTerms {
  /** Ids of rules that are written as allows of Codex. */
  readonly allow?: ReadonlySet<string>;
  /** A forbid that cannot be said exactly becomes a prompt on more, instead of a forbid of more. */
  readonly acceptWider?: boolean;
}

interface Written {
  readonly rule: CommandRule;
  readonly words: Words;
  readonly decision: 'allow' | 'prompt' | 'forbidden';
}

/** Rules for managed requirements, which take no allows. */
export function codexPrefixRules(
  rules: CommandRules,
  { acceptWider }: Pick<CodexTerms, 'acceptWider'> = {},
): { readonly rules: readonly CodexPrefixRule[]; readonly losses: readonly Loss[] } {
  const { written, losses } = write(rules, { ...(acceptWider === undefined ? {} : { acceptWider }) });
  return {
    rules: written.flatMap(({ rule, words, decision }) =>
      decision === 'allow' ? [] : [{ pattern: words.map(tokenOf), decision, justification: justificationOf(rule) }],
    ),
    losses,
  };
}

/** The text of a `.rules` file. */
export function codexRulesText(
  rules: CommandRules,
  terms: CodexTerms = {},
): { readonly text: string; readonly losses: readonly Loss[] } {
  const { written, losses } = write(rules, terms);
  const calls = [...hosts(rules), ...written.map(callText)];
  return { text: calls.length === 0 ? '' : `${calls.join('\n\n')}\n`, losses };
}

const tokenOf = (alternatives: readonly string[]): CodexToken => {
  const [token] = alternatives;
  return alternatives.length === 1 && token !== undefined ? { token } : { any_of: alternatives };
};

const justificationOf = ({ id, why, instead }: CommandRule): string =>
  `${why}${instead === undefined ? '' : ` Instead: ${instead}`} [${id}]`;

function write(rules: CommandRules, terms: CodexTerms): { written: readonly Written[]; losses: readonly Loss[] } {
  const losses: Loss[] = [];
  const written = [...rules.rules].sort((a, b) => (a.id < b.id ? -1 : 1)).flatMap((rule) => writeOne(rule, terms, losses));
  if (rules.default === 'forbid')
    losses.push({ rule: 'default', change: 'What no rule matches is left to the heuristics of Codex.', effect: 'wider' });
  return { written, losses };
}

function writeOne(rule: CommandRule, terms: CodexTerms, losses: Loss[]): readonly Written[] {
  const tell = (change: string, effect: Loss['effect']): void => void losses.push({ rule: rule.id, change, effect });
  const words = wordsOf(rule);
  if (rule.decision === 'allow') return allowed(rule, words, terms, tell);
  const { decision, loss } = guardSaid(rule, isPlainPrefix(rule.form), terms.acceptWider === true);
  if (loss !== undefined) tell(loss.change, loss.effect);
  return decision === undefined ? [] : [{ rule, words, decision: decision === 'ask' ? 'prompt' : 'forbidden' }];
}

function allowed(
  rule: CommandRule,
  words: Words,
  { allow, acceptWider }: CodexTerms,
  tell: (change: string, effect: Loss['effect']) => void,
): readonly Written[] {
  if (allow?.has(rule.id) !== true) {
    tell('Left out: an allow of Codex runs outside of its sandbox.', 'tighter');
    return [];
  }
  if (isPlainPrefix(rule.form)) {
    tell('Runs outside of the sandbox of Codex, as was asked for.', 'same');
    return [{ rule, words, decision: 'allow' }];
  }
  if (acceptWider !== true) {
    tell('Left out: with words alone it would allow any tail.', 'tighter');
    return [];
  }
  tell('Allows any tail, outside of the sandbox of Codex.', 'wider');
  return [{ rule, words, decision: 'allow' }];
}

const quoted = (text: string): string =>
  `"${text.replace(/["\\]|\p{Cc}/gu, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )}"`;
const list = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`;

const hosts = ({ executables }: CommandRules): readonly string[] =>
  [...executables]
    .map(([name, paths]) => [name, paths.filter((path) => path.endsWith(`/${name}`))] as const)
    .filter(([, paths]) => paths.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, paths]) => `host_executable(name = ${quoted(name)}, paths = ${list(paths)})`);

function callText({ rule, words, decision }: Written): string {
  const pattern = words.map((alternatives) => (alternatives.length === 1 ? quoted(alternatives[0] ?? '') : list(alternatives)));
  const holds = rule.match.map(plainArgv).filter((argv) => argv !== undefined && begins(argv, words));
  const holdsNot = rule.notMatch.map(plainArgv).filter((argv) => argv !== undefined && argv.length > 0 && !begins(argv, words));
  const examples = (name: string, argvs: readonly (readonly string[] | undefined)[]): string[] =>
    argvs.length === 0 ? [] : [`    ${name} = [${argvs.map((argv) => list(argv ?? [])).join(', ')}],`];
  return [
    'prefix_rule(',
    `    pattern = [${pattern.join(', ')}],`,
    `    decision = ${quoted(decision)},`,
    `    justification = ${quoted(justificationOf(rule))},`,
    ...examples('match', holds),
    ...examples('not_match', holdsNot),
    ')',
  ].join('\n');
}
