/** What differs in command rules, and what becomes of their examples. */
import type { CommandRule, CommandRules } from '@countersign/kernel/command';
import type { CommandReport } from '../registry/command-lint.ts';
import type { Change } from './change.ts';

/** `members` says what differs between two values, member by member. */
type Members = (was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>) => string[];

const STRICTNESS = { allow: 0, ask: 1, forbid: 2 } as const;
/** They tell, and decide nothing. */
const TELLING = ['why', 'instead', 'match', 'notMatch', 'unsafe'];

export function diffCommands(before: CommandRules, after: CommandRules, members: Members): Change[] {
  const [old, next] = [byId(before), byId(after)];
  const changes: Change[] = [];
  for (const id of [...new Set([...old.keys(), ...next.keys()])].sort()) {
    const [was, is] = [old.get(id), next.get(id)];
    // An ask beside an allow is stricter, and beside nothing it is milder than a default that forbids.
    const opens = (rule: CommandRule, rules: CommandRules): boolean =>
      rule.decision === 'allow' || (rule.decision === 'ask' && rules.default === 'forbid');
    if (was === undefined)
      changes.push({ group: 'command', id, change: 'added', details: [], widens: is !== undefined && opens(is, after) });
    else if (is === undefined)
      changes.push({ group: 'command', id, change: 'removed', details: [], widens: was.decision !== 'allow' });
    else {
      const details = members({ ...was }, { ...is });
      if (details.length > 0)
        changes.push({ group: 'command', id, change: 'changed', details, widens: widensRule(was, is, members) });
    }
  }
  return [...changes, ...diffRest(before, after, members)];
}

const byId = ({ rules }: CommandRules): ReadonlyMap<string, CommandRule> => new Map(rules.map((rule) => [rule.id, rule]));

const bare = (rule: CommandRule): Record<string, unknown> =>
  Object.fromEntries(Object.entries(rule).filter(([name]) => !TELLING.includes(name)));

/** Anything but a stricter decision on the same calls may let more through. */
function widensRule(was: CommandRule, is: CommandRule, members: Members): boolean {
  const details = members(bare(was), bare(is));
  if (details.length === 0) return false;
  const isStricter = STRICTNESS[is.decision] > STRICTNESS[was.decision];
  return !isStricter || details.some((detail) => detail.startsWith('form: '));
}

/** Default, gates and executables: shown as one thing, since each is about all rules. */
function diffRest(before: CommandRules, after: CommandRules, members: Members): Change[] {
  const rest = (rules: CommandRules): Record<string, unknown> => ({
    default: rules.default,
    executables: Object.fromEntries(rules.executables),
    gates: Object.fromEntries(rules.gates),
  });
  const details = members(rest(before), rest(after));
  if (details.length === 0) return [];
  const isFirst = isNone(before);
  const change = isFirst ? 'added' : isNone(after) ? 'removed' : 'changed';
  const tightens = details.length === 1 && before.default === 'ask' && after.default === 'forbid';
  return [
    { group: 'command', id: 'commands.yaml', change, details: isFirst ? [] : details, widens: !tightens && change !== 'removed' },
  ];
}

/** Without commands.yaml nothing is allowed, and nobody is asked. */
const isNone = ({ rules, gates, default: otherwise }: CommandRules): boolean =>
  rules.length === 0 && gates.size === 0 && otherwise === 'forbid';

/** The examples by what becomes of them, the most permissive last, so that they stand nearest to the end of a terminal. */
export function exampleLines({
  examples,
  unsafe,
}: {
  readonly examples: readonly Pick<CommandReport['examples'][number], 'verdict' | 'example' | 'rules'>[];
  readonly unsafe: CommandReport['unsafe'];
}): string[] {
  const sorted = [...examples].sort((a, b) => STRICTNESS[b.verdict] - STRICTNESS[a.verdict]);
  return [
    'Examples of the command rules, judged by all of them:',
    ...sorted.map(
      ({ verdict, example, rules }) => `  ${verdict.padEnd(6)} ${printable(example)}  [${rules.join(', ') || 'no rule'}]`,
    ),
    ...(unsafe.length === 0 ? [] : ['Allowed although it runs more than its words say:']),
    ...unsafe.map(({ rule, reason }) => `  ${rule}: ${reason}`),
  ];
}

const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
