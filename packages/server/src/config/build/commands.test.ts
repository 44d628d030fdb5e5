import { beforeAll, describe, expect, test } from 'vitest';
import type { CommandRules } from '@countersign/kernel/command';
import { findingText } from '../finding.ts';
import { readCommandRules } from '../registry/command-files.ts';
import { edited, starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';
import { unpackArchive } from './archive.ts';
import { buildBundle, type BuildResult } from './build.ts';
import { commandPolicies, hasCommands } from './command-policies.ts';
import { snapshotOf } from './snapshot.ts';
import { Findings } from '../finding.ts';

const HEAD = `version: 1
owner: team:platform
gates: { command: { approvers: 'team:platform', message: Nobody said that it may run. } }
`;
const LS = {
  id: 'ls.list',
  decision: 'allow',
  class: 'read',
  exact: ['ls'],
  why: 'Listing is fine here.',
  match: ['ls'],
  not_match: ['ls -l'],
};

let main: string;
beforeAll(async () => {
  main = (await starterFiles())['countersign.yaml'] ?? '';
});

const read = (rules: readonly object[], head = HEAD) =>
  readCommandRules({ 'countersign.yaml': main, 'commands.yaml': `${head}rules: ${JSON.stringify(rules)}\n` });
const told = (rules: readonly object[], head = HEAD): string[] =>
  read(rules, head).findings.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

describe('a rule that is wrong refuses the file', () => {
  test('and one that is right is read', () => {
    const { rules, findings } = read([LS]);
    expect([rules?.rules.map(({ id }) => id), findings]).toEqual([['ls.list'], []]);
  });

  test.each<[string, object, RegExp]>([
    ['no why', { ...LS, why: undefined }, /yaml\.missing-key: `rules\[0\]\.why` is missing/],
    ['an empty why', { ...LS, why: '' }, /at least 8 characters/],
    ['no example', { ...LS, match: [] }, /must hold at least one example/],
    ['no counter-example', { ...LS, not_match: [] }, /must hold at least one example/],
    ['two forms', { ...LS, prefix: ['ls'] }, /must have exactly one of prefix, exact and options/],
    ['no form', { ...LS, exact: undefined }, /must have exactly one of/],
    ['an unknown key', { ...LS, prefxi: ['ls'] }, /`rules\[0\]\.prefxi` is not a key here/],
    ['an unknown decision', { ...LS, decision: 'prompt' }, /must be one of allow, ask, forbid/],
    ['the class of a recommendation', { ...LS, class: 'recommend' }, /must be one of read, draft, mutate-low, mutate-high/],
    ['no class', { ...LS, class: undefined }, /command\.class: `ls\.list` does not say its `class`/],
    ['a class on a forbid', { ...LS, decision: 'forbid' }, /command\.member: `class` means nothing/],
    ['a gate on an allow', { ...LS, gate: 'command' }, /command\.member: `gate` means nothing/],
    [
      'a gate that nobody answers for',
      { ...LS, decision: 'ask', gate: 'moon' },
      /registry\.unknown-gate: There is no gate `moon`/,
    ],
    ['having on an allow', { ...LS, exact: undefined, prefix: ['ls', 'x'], having: ['-l'] }, /`having` narrows what is asked/],
    ['having beside exact', { ...LS, decision: 'ask', having: ['-l'] }, /`having` means nothing but beside `prefix`/],
    [
      'stdin_from on an allow',
      { ...LS, exact: undefined, prefix: ['ls', 'x'], stdin_from: ['curl'] },
      /`stdin_from` means nothing/,
    ],
    ['unsafe on an ask', { ...LS, decision: 'ask', unsafe: 'It is what it is.' }, /`unsafe` means nothing/],
    ['a wrapper', { ...LS, exact: ['env', 'ls'] }, /command\.unsafe: .*`env` runs what its words say/],
    ['a shell', { ...LS, exact: ['bash', 'x.sh'] }, /command\.unsafe: .*`bash` runs what its words say/],
    ['a shell by its path', { ...LS, exact: ['/bin/bash', 'x.sh'] }, /command\.unsafe/],
    ['an interpreter', { ...LS, exact: ['python3.12', 'x.py'] }, /command\.unsafe: .*runs code that it is given/],
    ['a builtin', { ...LS, exact: ['source', 'x'] }, /command\.unsafe: .*changes what later commands do/],
    ['a bare program', { ...LS, exact: undefined, prefix: ['ls'] }, /command\.unsafe: .*with any words behind it/],
    ['one of several', { ...LS, exact: undefined, prefix: [['ls', 'sudo'], 'x'] }, /command\.unsafe: .*`sudo`/],
    [
      'an example that does not hold',
      { ...LS, match: ['ls', 'ls -l'] },
      /command\.example: `ls\.list` does not match its example `ls -l`/,
    ],
    ['a counter-example that matches', { ...LS, not_match: ['ls'] }, /command\.example: `ls\.list` matches its example `ls`/],
    ['a word that cannot be seen', { ...LS, exact: ['ls', 'a\u202Eb'] }, /without characters that cannot be seen/],
    ['the name of what matches nothing', { ...LS, id: 'default' }, /must not be `default`/],
    [
      'a flag that is none',
      { ...LS, exact: undefined, options: { program: 'ls', flags: ['l'], operands: 'any' } },
      /must be one option/,
    ],
  ])('%s', (_, rule, expected) => {
    const { rules } = read([rule]);
    expect(rules).toBeUndefined();
    expect(told([rule]).filter((line) => expected.test(line))).not.toEqual([]);
  });

  test('what is said to be unsafe may be allowed, and is told', async () => {
    const rule = {
      ...LS,
      id: 'node.version',
      exact: ['node', '--version'],
      match: ['node --version'],
      not_match: ['node x'],
      unsafe: 'It prints its version.',
    };
    expect(told([rule])).toEqual([]);
  });

  test('the same id twice', () => {
    expect(told([LS, LS])).toContain('error command.id-twice: The rule `ls.list` is there twice.');
  });

  test('nobody to ask', () => {
    const head = 'version: 1\nowner: team:platform\n';
    expect(told([LS], head).join()).toMatch(/command\.no-gate/);
    expect(told([LS], `${head}default: forbid\n`)).toEqual([]);
    expect(told([{ ...LS, decision: 'ask' }], `${head}default: forbid\n`).join()).toMatch(/command\.no-gate/);
  });

  test.each([
    ['an owner that is no team', HEAD.replace('team:platform', 'team:nobody'), /There is no team `team:nobody`/],
    ['approvers that do not exist', HEAD.replace("'team:platform'", "'group:nobody'"), /There is no group `group:nobody`/],
    ['another version', HEAD.replace('version: 1', 'version: 2'), /must be 1/],
    ['a path for a name', `${HEAD}executables: { /bin/ls: [/bin/ls] }\n`, /is a path, not a name/],
    ['a path that is not plain', `${HEAD}executables: { ls: [/bin/../ls] }\n`, /is not the plain path of a file/],
  ])('%s', (_, head, expected) => {
    expect(told([LS], head).join('\n')).toMatch(expected);
  });

  test('a rule that a stricter one covers is told', () => {
    const over = {
      ...LS,
      id: 'ls.all',
      decision: 'forbid',
      class: undefined,
      exact: undefined,
      prefix: ['ls'],
      not_match: ['cat'],
    };
    expect(told([LS, over])).toEqual([
      'warning command.unreachable: `ls.list` never decides: whatever it matches, `ls.all` matches too, and is stricter.',
    ]);
    expect(told([LS, { ...over, match: ['ls -l'], having: ['-l'] }])).toEqual([]);
  });
});

describe('the policies that are made from rules', () => {
  test('quote whatever a message holds', async () => {
    const message = 'A "quote", a \\ and a\nline';
    const text = commandPolicies(
      { owner: 'team:platform', given: true, gates: { odd: { approvers: 'team:platform', min: 2, message } } },
      { namespace: 'Countersign', persons: false },
    );
    const { policies } = await cedarText.translatePolicies(text, 'commands.yaml');
    expect(policies.map(({ id }) => id)).toEqual(['command.granted', 'command.forbidden', 'command.ask.odd']);
    expect(policies[2]?.est).toMatchObject({ effect: 'forbid', annotations: { message, min: '2', gate: 'odd' } });
  });

  test('grant nothing where there is no commands.yaml', async () => {
    const text = commandPolicies(
      { owner: 'team:platform', given: false, gates: {} },
      { namespace: 'Countersign', persons: false },
    );
    const { policies } = await cedarText.translatePolicies(text, 'commands.yaml');
    expect(policies.map(({ id }) => id)).toEqual(['command.forbidden']);
  });
});

const told2 = (result: BuildResult): string[] => result.findings.map(findingText);

describe('in a bundle', () => {
  let starter: BuildResult;
  beforeAll(async () => {
    starter = await buildBundle(await starterFiles(), { cedar: cedarText });
  }, 240_000);

  test('rules come back from an archive as they went in', () => {
    if (!starter.ok) throw new Error(told2(starter).join('\n'));
    const { built } = unpackArchive(starter.archive, starter.revision);
    const { commands } = snapshotOf(starter.revision, built);
    expect(commands).toEqual(starter.snapshot.commands);
    expect(commands.rules.length).toBeGreaterThan(80);
  });

  test('an archive that is older forbids every command', () => {
    if (!starter.ok) throw new Error('the starter does not build');
    const { built } = unpackArchive(starter.archive, starter.revision);
    const { commands: _, ...registries } = built.registries;
    expect(snapshotOf(starter.revision, { ...built, registries }).commands).toEqual({
      rules: [],
      default: 'forbid',
      executables: new Map(),
      gates: new Map(),
    } satisfies CommandRules);
  });

  test('every allow that is unsafe says so in the plan, and each example has its verdict', () => {
    expect(starter.commands?.unsafe.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['npm.test', 'git.commit', 'sed.first-200']),
    );
    expect(starter.commands?.examples.length).toBeGreaterThan(400);
    const allows = new Set(
      starter.ok ? starter.snapshot.commands.rules.filter(({ decision }) => decision === 'allow').map(({ id }) => id) : [],
    );
    expect(
      starter.commands?.examples.filter(({ rule, kind, verdict }) => allows.has(rule) && kind === 'match' && verdict !== 'allow'),
    ).toEqual([]);
  });

  test('an author’s policy cannot take the name of one that is made', async () => {
    const files = await edited('policies/30-gates.cedar', '@id("gate.database")', '@id("command.forbidden")');
    expect(told2(await buildBundle(files, { cedar: cedarText })).join('\n')).toMatch(/lint\.id-duplicate/);
  }, 120_000);
});

describe('a schema with commands', () => {
  const action = (groups: readonly string[], resourceTypes: readonly string[] = ['Command']) => ({
    memberOf: groups.map((id) => ({ id })),
    appliesTo: { resourceTypes: [...resourceTypes], principalTypes: ['Agent'] },
  });
  const four = {
    'command.read': action(['class.read', 'class.command']),
    'command.draft': action(['class.draft', 'class.command']),
    'command.mutateLow': action(['class.mutateLow', 'class.command']),
    'command.mutateHigh': action(['class.mutateHigh', 'class.command']),
  };
  const check = (actions: Record<string, ReturnType<typeof action>>, given = true): string[] | boolean => {
    const findings = new Findings();
    const has = hasCommands({ N: { actions } }, 'N', given, findings);
    return findings.failed ? findings.sorted().map(({ message }) => message) : has;
  };

  test('has all four actions, in their groups, and no other on commands', () => {
    expect(check(four)).toBe(true);
    expect(check({})).toEqual(['The schema has no actions on commands, so `commands.yaml` would decide nothing.']);
    expect(check({}, false)).toBe(false);
    const { 'command.draft': _, ...three } = four;
    expect(check(three)).toEqual(['The schema has no action `command.draft`.']);
    expect(check({ ...four, 'command.read': action(['class.read']) })).toHaveLength(1);
    expect(check({ ...four, 'command.mutateHigh': action(['class.read', 'class.command']) })).toHaveLength(1);
    expect(check({ ...four, 'command.wild': action(['class.read', 'class.command']) })).toHaveLength(1);
  });
});
