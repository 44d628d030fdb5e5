import type { CommandRule, CommandRules } from '@countersign/kernel/command';
import { expect, test } from 'vitest';
import { diffCommands, exampleLines } from './commands.ts';

const LS: CommandRule = {
  id: 'ls.list',
  decision: 'allow',
  class: 'read',
  form: { kind: 'exact', words: ['ls'] },
  why: 'Listing is fine here.',
  match: ['ls'],
  notMatch: ['cat'],
};
const rulesOf = (rules: readonly CommandRule[], more: Partial<CommandRules> = {}): CommandRules => ({
  rules,
  default: 'ask',
  executables: new Map(),
  gates: new Map([['command', { approvers: 'team:platform', min: 1, message: 'Asked.' }]]),
  ...more,
});
const NONE: CommandRules = { rules: [], default: 'forbid', executables: new Map(), gates: new Map() };

const members = (was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>): string[] =>
  [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map((name) => `${name}: `);
const diff = (before: CommandRules, after: CommandRules): string[] =>
  diffCommands(before, after, members).map(({ id, change, widens }) => `${change} ${id}${widens ? ' widens' : ''}`);

const FORBID: CommandRule = { ...LS, decision: 'forbid' };

test.each<[string, CommandRules, CommandRules, string[]]>([
  ['nothing', rulesOf([LS]), rulesOf([LS]), []],
  ['a first file', NONE, rulesOf([LS]), ['added ls.list widens', 'added commands.yaml widens']],
  ['a file that goes', rulesOf([LS]), NONE, ['removed ls.list', 'removed commands.yaml']],
  ['an allow that comes', rulesOf([]), rulesOf([LS]), ['added ls.list widens']],
  ['a forbid that comes', rulesOf([]), rulesOf([FORBID]), ['added ls.list']],
  ['a forbid that goes', rulesOf([FORBID]), rulesOf([]), ['removed ls.list widens']],
  ['an allow that becomes a forbid', rulesOf([LS]), rulesOf([FORBID]), ['changed ls.list']],
  ['a forbid that becomes an allow', rulesOf([FORBID]), rulesOf([LS]), ['changed ls.list widens']],
  ['other words', rulesOf([LS]), rulesOf([{ ...LS, form: { kind: 'exact', words: ['cat'] } }]), ['changed ls.list widens']],
  ['another reason', rulesOf([LS]), rulesOf([{ ...LS, why: 'It is still fine.' }]), ['changed ls.list']],
  ['another class', rulesOf([LS]), rulesOf([{ ...LS, class: 'draft' }]), ['changed ls.list widens']],
  [
    'an ask where all else is forbidden',
    rulesOf([], { default: 'forbid' }),
    rulesOf([{ ...LS, decision: 'ask' }], { default: 'forbid' }),
    ['added ls.list widens'],
  ],
  ['a stricter default', rulesOf([LS]), rulesOf([LS], { default: 'forbid' }), ['changed commands.yaml']],
  ['a milder default', rulesOf([LS], { default: 'forbid' }), rulesOf([LS]), ['changed commands.yaml widens']],
])('%s', (_, before, after, expected) => {
  expect(diff(before, after)).toEqual(expected);
});

test('examples are shown with what becomes of them, and nothing in them hides', () => {
  const examples = [
    { verdict: 'allow', example: 'ls', rules: ['ls.list'] },
    { verdict: 'forbid', example: 'git push \u202e', rules: ['git.no-push'] },
    { verdict: 'ask', example: 'x', rules: [] },
  ] as const;
  expect(exampleLines({ examples, unsafe: [{ rule: 'npm.test', reason: 'Runs code.' }] })).toEqual([
    'Examples of the command rules, judged by all of them:',
    '  forbid git push \\u{202e}  [git.no-push]',
    '  ask    x  [no rule]',
    '  allow  ls  [ls.list]',
    'Allowed although it runs more than its words say:',
    '  npm.test: Runs code.',
  ]);
});
