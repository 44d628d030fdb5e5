import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommandRule, type CommandRules, judgeArgv, type RuleForm } from '../command/index.ts';
import type { Json } from '../json.ts';
import {
  claudePermissions,
  codexPrefixRules,
  codexRulesText,
  type Imported,
  isWider,
  readClaudePermissions,
  readCodexRules,
} from './index.ts';

const RUNS = Number(process.env['COUNTERSIGN_EXCHANGE_RUNS'] ?? 400);
const FACTS = { cwd: '/checkout', roots: ['/checkout'] };
const RANK = { allow: 0, ask: 1, forbid: 2 } as const;

const rule = (id: string, decision: CommandRule['decision'], form: RuleForm, more: Partial<CommandRule> = {}): CommandRule => ({
  id,
  decision,
  ...(decision === 'forbid' ? {} : { class: 'draft' }),
  form,
  why: 'Because of the test.',
  match: [],
  notMatch: [],
  ...more,
});
const prefix = (...words: (string | string[])[]): RuleForm => ({
  kind: 'prefix',
  words: words.map((word) => (typeof word === 'string' ? [word] : word)),
});
const rulesOf = (...rules: CommandRule[]): CommandRules => ({
  rules,
  default: 'ask',
  executables: new Map([['git', ['/usr/bin/git']]]),
  gates: new Map([['command', { approvers: 'team:platform', min: 1, message: 'Asked.' }]]),
});
const asRules = (imported: Imported): CommandRules => ({
  ...rulesOf(...imported.rules),
  default: imported.default,
  executables: imported.executables,
});

const SAMPLE = rulesOf(
  rule('git.no-push', 'forbid', prefix('git', ['push', 'send-pack']), {
    instead: 'Open a pull request.',
    match: ['git push origin main', 'git -C sub push', "git push 'a b'"],
    notMatch: ['git pull', 'echo git push'],
  }),
  rule('npm.test', 'allow', { kind: 'exact', words: ['npm', 'test'] }),
  rule('git.log', 'allow', prefix('git', 'log')),
  rule('rg.search', 'allow', { kind: 'options', program: 'rg', flags: ['-n'], operands: 'paths' }),
  rule('sort.writes', 'forbid', { kind: 'prefix', words: [['sort']], having: ['-o'] }),
  rule('npm.install', 'ask', prefix(['npm', 'pnpm'], 'install')),
);

describe('for codex', () => {
  test('a rules file', () => {
    const { text, losses } = codexRulesText(SAMPLE);
    expect(text).toBe(`host_executable(name = "git", paths = ["/usr/bin/git"])

prefix_rule(
    pattern = ["git", ["push", "send-pack"]],
    decision = "forbidden",
    justification = "Because of the test. Instead: Open a pull request. [git.no-push]",
    match = [["git", "push", "origin", "main"], ["git", "push", "a b"]],
    not_match = [["git", "pull"], ["echo", "git", "push"]],
)

prefix_rule(
    pattern = [["npm", "pnpm"], "install"],
    decision = "prompt",
    justification = "Because of the test. [npm.install]",
)

prefix_rule(
    pattern = ["sort"],
    decision = "forbidden",
    justification = "Because of the test. [sort.writes]",
)
`);
    expect(losses.map(({ rule: id, effect }) => `${id} ${effect}`)).toEqual([
      'git.log tighter',
      'npm.install same',
      'npm.test tighter',
      'rg.search tighter',
      'sort.writes tighter',
    ]);
  });

  test('rules of managed requirements take no allow', () => {
    expect(codexPrefixRules(SAMPLE, { acceptWider: true }).rules).toEqual([
      {
        pattern: [{ token: 'git' }, { any_of: ['push', 'send-pack'] }],
        decision: 'forbidden',
        justification: 'Because of the test. Instead: Open a pull request. [git.no-push]',
      },
      {
        pattern: [{ any_of: ['npm', 'pnpm'] }, { token: 'install' }],
        decision: 'prompt',
        justification: 'Because of the test. [npm.install]',
      },
      { pattern: [{ token: 'sort' }], decision: 'prompt', justification: 'Because of the test. [sort.writes]' },
    ]);
  });

  test('an allow is written where its rule is named, and a wide one only where that was accepted', () => {
    const allow = new Set(['git.log', 'npm.test']);
    const decisions = (text: string) => [...text.matchAll(/decision = "(\w+)"/g)].map(([, decision]) => decision);
    expect(decisions(codexRulesText(SAMPLE, { allow }).text)).toEqual(['allow', 'forbidden', 'prompt', 'forbidden']);
    expect(codexRulesText(SAMPLE, { allow, acceptWider: true }).losses.filter(isWider)).toEqual([
      { rule: 'npm.test', change: 'Allows any tail, outside of the sandbox of Codex.', effect: 'wider' },
      {
        rule: 'sort.writes',
        change: 'Asks about every call that begins with these words, instead of forbidding some.',
        effect: 'wider',
      },
    ]);
  });
});

describe('from codex', () => {
  test('constants, joined lists and every kind of string are read', () => {
    const { rules, executables, losses } = readCodexRules(`
# a comment
READ = ["log"] + [
    'show',  # trailing
]
prefix_rule(pattern = ["git", READ], decision = "allow", justification = "Reading" + " is fine here.")
prefix_rule(pattern = [r"a\\b", """c"""], decision = "forbidden", match = [[r"a\\b", "c"], "$x y"], not_match = [["z"]])
host_executable(name = "git", paths = ["/usr/bin/git"])
prefix_rule(pattern = ["npm", "ci"])
network_rule(host = "example.com", protocol = "https", decision = "deny")
`);
    expect(rules.map(({ id, decision, form }) => [id, decision, form])).toEqual([
      ['codex.git-log', 'allow', prefix('git', ['log', 'show'])],
      ['codex.a-b-c', 'forbid', prefix('a\\b', 'c')],
      ['codex.npm-ci', 'allow', prefix('npm', 'ci')],
    ]);
    expect([...executables]).toEqual([['git', ['/usr/bin/git']]]);
    expect(losses).toEqual([
      {
        rule: 'prefix_rule of line 6',
        change: 'Allows within our sandbox; in Codex it also left the sandbox.',
        effect: 'tighter',
      },
      { rule: 'prefix_rule of line 9', change: 'It states no decision, which means allow.', effect: 'same' },
      {
        rule: 'prefix_rule of line 9',
        change: 'Allows within our sandbox; in Codex it also left the sandbox.',
        effect: 'tighter',
      },
      {
        rule: 'network_rule of line 10',
        change: 'Left out: which hosts may be reached is said in egress.yaml.',
        effect: 'wider',
      },
    ]);
  });

  test('what may not be allowed by words asks', () => {
    const { rules, losses } = readCodexRules(
      'prefix_rule(pattern=["bash"], decision="allow")\nprefix_rule(pattern=["node", "x.js"], decision="allow")\nprefix_rule(pattern=["ls"], decision="allow")',
    );
    expect(rules.map(({ decision }) => decision)).toEqual(['ask', 'ask', 'ask']);
    expect(losses.filter(({ change }) => change.startsWith('Asks'))).toHaveLength(3);
  });

  test.each([
    ['a comprehension', 'prefix_rule(pattern=[x for x in ["a"]])', /line 1: /],
    ['a function', '\ndef f():\n  pass', /line 2: /],
    ['a format', 'prefix_rule(pattern=[f"x"])', /line 1: /],
    ['a load', 'load("x.star", "y")', /line 1: the arguments of `load` are named/],
    ['an unknown call', 'os_system(command="x")', /line 1: `os_system` is not a call that is known/],
    ['an unknown constant', 'prefix_rule(pattern=[X])', /line 1: `X` is not a constant of this file/],
    ['no pattern', 'prefix_rule(decision="allow")', /has no pattern/],
    ['an empty pattern', 'prefix_rule(pattern=[])', /has no pattern/],
    ['empty alternatives', 'prefix_rule(pattern=["a", []])', /words and lists of words/],
    ['an empty justification', 'prefix_rule(pattern=["a"], justification=" ")', /justification/],
    ['prompt-user', 'prefix_rule(pattern=["a"], decision="prompt-user")', /none of allow, prompt and forbidden/],
    ['an argument that is not known', 'prefix_rule(pattern=["a"], prioritiy=1)', /has no argument `prioritiy`/],
    [
      'an example that does not match',
      'prefix_rule(pattern=["git", "push"], match=["git pull"])',
      /`match` that does not hold: `git pull`/,
    ],
    [
      'an example that matches',
      'prefix_rule(pattern=["git"], not_match=[["git", "x"]])',
      /`not_match` that does not hold: `git x`/,
    ],
    ['an open string', 'prefix_rule(pattern=["a', /a string does not end/],
    ['an open call', 'prefix_rule(pattern=["a"]', /line 1: /],
    ['a path of another program', 'host_executable(name="git", paths=["/usr/bin/evil"])', /not one of `git`/],
    ['half a surrogate pair', String.raw`prefix_rule(pattern=["\ud800"])`, /is no character/],
    ['nesting', `x = ${'['.repeat(40)}${']'.repeat(40)}`, /nested too deeply/],
  ])('%s is refused, with its line', (_, text, expected) => {
    expect(() => readCodexRules(text)).toThrow(expected);
  });

  test('no text does anything but be read or be refused', () => {
    const piece = fc.constantFrom(
      'prefix_rule',
      '(',
      ')',
      '[',
      ']',
      ',',
      '=',
      '+',
      '"a"',
      "'",
      '\\',
      '\n',
      'pattern',
      'x',
      '1',
      '#',
      '"""',
      ' ',
      'r"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          readCodexRules(pieces.join(''));
        } catch (thrown) {
          expect((thrown as Error).message).toMatch(/^line \d+: /);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('for and from claude', () => {
  test('permissions', () => {
    const { permissions, losses } = claudePermissions(SAMPLE);
    expect(permissions).toEqual({
      allow: ['Bash(git log *)', 'Bash(npm test)'],
      ask: ['Bash(npm install *)', 'Bash(pnpm install *)', 'Bash(rg *)'],
      deny: ['Bash(git push *)', 'Bash(git send-pack *)', 'Bash(sort *)'],
    });
    expect(losses.map(({ rule: id, effect }) => `${id} ${effect}`)).toEqual([
      'npm.install same',
      'rg.search tighter',
      'sort.writes tighter',
    ]);
  });

  test.each<[string, 'allow' | 'ask' | 'deny', CommandRule['decision'] | undefined, RuleForm | undefined, string[]]>([
    ['Bash(npm run build)', 'allow', 'allow', { kind: 'exact', words: ['npm', 'run', 'build'] }, []],
    ['Bash(npm run test:*)', 'allow', 'allow', prefix('npm', 'run', 'test'), []],
    ['Bash(git log *)', 'allow', 'allow', prefix('git', 'log'), []],
    ['Bash(git push:*)', 'deny', 'forbid', prefix('git', 'push'), []],
    ['Bash(git * main)', 'allow', 'ask', prefix('git'), ['tighter']],
    ['Bash(git * main)', 'deny', 'forbid', prefix('git'), ['tighter']],
    ['Bash(npm run te*)', 'deny', 'forbid', prefix('npm', 'run'), ['tighter']],
    ['Bash(ls*)', 'allow', 'ask', prefix('ls'), ['tighter']],
    ['Bash(ls*)', 'deny', 'forbid', prefix('ls'), ['wider']],
    ['Bash(bash *)', 'allow', 'ask', prefix('bash'), ['tighter']],
    ['Bash(echo $HOME)', 'allow', undefined, undefined, ['tighter']],
    ['Bash(echo $HOME)', 'deny', undefined, undefined, ['wider']],
    ['Read(./.env)', 'deny', undefined, undefined, ['wider']],
    ['WebFetch(domain:example.com)', 'allow', undefined, undefined, ['tighter']],
  ])('%s in %s', (entry, list, decision, form, effects) => {
    const { rules, losses } = readClaudePermissions({ permissions: { [list]: [entry] } });
    expect(rules.map((one) => [one.decision, one.form])).toEqual(decision === undefined ? [] : [[decision, form]]);
    expect(losses.map(({ effect }) => effect)).toEqual(effects);
  });

  test('a deny that begins with a star stops, until it is accepted by name', () => {
    const settings: Json = { permissions: { deny: ['Bash(* --force)', 'Bash(git push *)'] } };
    expect(() => readClaudePermissions(settings)).toThrow(/`Bash\(\* --force\)` begins with a star/);
    expect(readClaudePermissions(settings, new Set(['Bash(* --force)']))).toMatchObject({
      rules: [{ decision: 'forbid' }],
      losses: [{ rule: 'Bash(* --force)', effect: 'wider' }],
    });
  });

  test.each(['Bash', 'Bash(*)', 'Bash(:*)', 'Bash()'])('%s is everything', (entry) => {
    const more = { allow: ['Bash(npm test)'], ask: ['Bash(npm ci)'] };
    expect(readClaudePermissions({ permissions: { ...more, deny: [entry] } })).toMatchObject({ rules: [], default: 'forbid' });
    expect(readClaudePermissions({ permissions: { ...more, ask: [entry, 'Bash(npm ci)'] } })).toMatchObject({
      rules: [{ decision: 'ask' }],
      default: 'ask',
    });
    expect(readClaudePermissions({ permissions: { allow: [entry] } })).toMatchObject({
      rules: [],
      default: 'ask',
      losses: [{ effect: 'tighter' }],
    });
  });

  test.each<[string, Json]>([
    ['no record', []],
    ['a list of numbers', { permissions: { deny: [1] } }],
    ['a text', { permissions: { deny: 'Bash' } }],
  ])('%s is refused', (_, settings) => {
    expect(() => readClaudePermissions(settings)).toThrow(/permissions/);
  });
});

// What a client is told must never let more through than we do, read back by ourselves.
const WORDS = [
  'git',
  'push',
  'log',
  'npm',
  'test',
  'rm',
  '-rf',
  '-o',
  'a b',
  "it's",
  'x*',
  '--force',
  'é',
  '(',
  'main:',
  '/bin/x',
  'sh',
  '-c',
];
const word = fc.constantFrom(...WORDS);
const program = fc.constantFrom('git', 'npm', 'rm', 'sort', '/bin/x', 'a b', 'sh');
const form: fc.Arbitrary<RuleForm> = fc.oneof(
  fc
    .record({
      first: fc.uniqueArray(program, { minLength: 1, maxLength: 2 }),
      rest: fc.array(fc.uniqueArray(word, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      having: fc.option(fc.constant(['-o', '--force']), { nil: undefined }),
    })
    .map(
      ({ first, rest, having }): RuleForm => ({
        kind: 'prefix',
        words: [first, ...rest],
        ...(having === undefined ? {} : { having }),
      }),
    ),
  fc
    .record({ first: program, rest: fc.array(word, { maxLength: 3 }) })
    .map(({ first, rest }): RuleForm => ({ kind: 'exact', words: [first, ...rest] })),
  fc
    .record({ first: program, flags: fc.subarray(['-o', '-n', '--force', '-k=']) })
    .map(({ first, flags }): RuleForm => ({ kind: 'options', program: first, flags, operands: 'any' })),
);
const ruleSet = fc
  .array(fc.record({ decision: fc.constantFrom<CommandRule['decision']>('allow', 'ask', 'forbid'), form }), { maxLength: 6 })
  .map((drafts) =>
    rulesOf(
      ...drafts.map((draft, at) =>
        rule(
          `r${at}`,
          draft.decision,
          draft.decision === 'allow' && draft.form.kind === 'prefix' ? { kind: 'prefix', words: draft.form.words } : draft.form,
        ),
      ),
    ),
  );
const call = fc.tuple(program, fc.array(word, { maxLength: 5 })).map(([first, rest]) => [first, ...rest]);

const noWider = (before: CommandRules, after: CommandRules, argv: readonly string[]): void => {
  const [was, is] = [judgeArgv(argv, before, FACTS), judgeArgv(argv, after, FACTS)];
  if (RANK[is.verdict] < RANK[was.verdict])
    throw new Error(`${JSON.stringify(argv)}: ${was.verdict} [${was.rules.join()}] -> ${is.verdict} [${is.rules.join()}]`);
};

describe('a round trip is never more permissive', () => {
  test('over codex', () => {
    fc.assert(
      fc.property(ruleSet, fc.array(call, { minLength: 1, maxLength: 8 }), (rules, calls) => {
        const { text, losses } = codexRulesText(rules, { allow: new Set(rules.rules.map(({ id }) => id)) });
        expect(losses.filter(isWider)).toEqual([]);
        const back = asRules(readCodexRules(text));
        for (const argv of calls) noWider(rules, back, argv);
      }),
      { numRuns: RUNS },
    );
  });

  test('over claude', () => {
    fc.assert(
      fc.property(ruleSet, fc.array(call, { minLength: 1, maxLength: 8 }), (rules, calls) => {
        const { permissions, losses } = claudePermissions(rules);
        if (losses.some(isWider)) return;
        const back = asRules(readClaudePermissions({ permissions: { ...permissions } }));
        for (const argv of calls) noWider(rules, back, argv);
      }),
      { numRuns: RUNS },
    );
  });
});
