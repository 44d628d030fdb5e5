import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRuleExamples } from './examples.ts';
import { judgeArgv, judgeCommand } from './judge.ts';
import { renderArgv } from './render.ts';
import { APPLY, FACTS, GIT_READ, NO_PUSH, NPM_TEST, prefix, rule, rulesOf, SEARCH } from './testing/rules.ts';
import type { CommandRule, Judgement } from './types.ts';

const ALL = rulesOf([NO_PUSH, NPM_TEST, SEARCH, GIT_READ, APPLY]);
const judge = (text: string, rules = ALL) => judgeCommand(text, 'bash', rules, FACTS);
const verdictOf = (text: string, rules = ALL) => judge(text, rules).verdict;
const RANK: Record<Judgement, number> = { allow: 0, ask: 1, forbid: 2 };

describe('verdicts', () => {
  test('what a rule allows is allowed, with its class', () => {
    const { split: _, ...verdict } = judge('rg -n TODO src && npm test');
    expect(verdict).toEqual({
      verdict: 'allow',
      class: 'draft',
      rules: ['npm.test', 'rg.search'],
      gates: [],
      codes: [],
      programs: ['npm', 'rg'],
      reasons: [
        { rule: 'npm.test', text: 'Why npm.test.' },
        { rule: 'rg.search', text: 'Why rg.search.' },
      ],
    });
  });

  test('the strictest of all commands counts, with every rule that matched and the strictest reason first', () => {
    expect(judge('npm test; terraform apply | git push')).toMatchObject({
      verdict: 'forbid',
      class: 'mutate-high',
      rules: ['git.no-push', 'npm.test', 'tf.apply'],
      gates: [],
      reasons: [{ rule: 'git.no-push', instead: 'Open a pull request.' }, { rule: 'tf.apply' }, { rule: 'npm.test' }],
    });
  });

  test('an ask names its gate, and the usual one where a command had no rule', () => {
    expect(judge('terraform apply').gates).toEqual(['infra']);
    expect(judge('terraform apply && frobnicate')).toMatchObject({
      verdict: 'ask',
      gates: ['command', 'infra'],
      codes: ['command.unmatched'],
    });
  });

  test('what no rule allows asks or is forbidden, as the rules say', () => {
    const closed = rulesOf([NPM_TEST, APPLY], { default: 'forbid' });
    expect(['frobnicate', 'npm test', 'terraform apply', 'a $x', 'npm test && b'].map((text) => verdictOf(text, closed))).toEqual(
      ['forbid', 'allow', 'ask', 'forbid', 'forbid'],
    );
  });

  test('a shell whose reading nobody compared is never allowed', () => {
    for (const dialect of ['zsh', 'none'] as const)
      expect(judgeCommand('npm test', dialect, ALL, FACTS)).toMatchObject({ verdict: 'ask', codes: ['shell.dialect'] });
  });

  test('words without a shell: nothing is read in them', () => {
    expect(judgeArgv(['rg', '$x; `y`', 'src'], ALL, FACTS).verdict).toBe('allow');
    expect(judgeArgv(['rg', 'a\0b'], ALL, FACTS)).toMatchObject({ verdict: 'ask', codes: ['shell.control-char'] });
    expect(judgeArgv(['rg', 'a\u202eb'], ALL, FACTS)).toMatchObject({ verdict: 'ask', codes: ['shell.hidden-char'] });
    expect(judgeArgv([], ALL, FACTS)).toMatchObject({ verdict: 'ask', codes: ['shell.empty'] });
    expect(judgeArgv(['', 'x'], ALL, FACTS).verdict).toBe('ask');
    expect(judgeArgv(['A=1'], ALL, FACTS).verdict).toBe('ask');
  });
});

describe('names of programs', () => {
  test('an allow needs the bare name or a path that is known; a path that is not says so', () => {
    expect(
      ['git status', '/usr/bin/git status', '/opt/git status', './git status', 'GIT status', 'git.exe status'].map((text) =>
        verdictOf(text),
      ),
    ).toEqual(['allow', 'allow', 'ask', 'ask', 'ask', 'ask']);
    expect(judge('./git status').codes).toEqual(['command.path']);
  });

  test('names of the language are names like others', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      expect([name, verdictOf(`${name} x`), verdictOf(`xargs ${name}`)]).toEqual([name, 'ask', 'ask']);
  });
});

describe('prefix', () => {
  test('a guard looks through options, an allow does not', () => {
    const rules = rulesOf([rule('k', 'forbid', prefix('kubectl', 'delete')), rule('s', 'allow', prefix('kubectl', 'get'))]);
    expect(
      [
        'kubectl delete x',
        'kubectl -n p delete x',
        'kubectl --namespace=p delete x',
        'kubectl -v delete',
        'kubectl get delete',
        'kubectl -n p get x',
        'kubectl get x',
      ].map((text) => verdictOf(text, rules)),
    ).toEqual(['forbid', 'forbid', 'forbid', 'ask', 'allow', 'ask', 'allow']);
  });

  test('an option that nobody knows may take the next word: then it asks', () => {
    const rules = rulesOf([rule('x', 'forbid', prefix('tool', 'burn')), rule('y', 'allow', prefix('tool'))]);
    expect(
      ['tool burn', 'tool --a burn', 'tool -a b burn', 'tool b burn', 'tool -a=b burn'].map((text) => verdictOf(text, rules)),
    ).toEqual(['forbid', 'forbid', 'ask', 'allow', 'forbid']);
  });

  test('`having` finds an option in any spelling', () => {
    const rules = rulesOf([
      rule('o', 'forbid', { kind: 'prefix', words: [['sort']], having: ['--output', '-o'] }),
      rule('f', 'forbid', { kind: 'prefix', words: [['find']], having: ['-delete', '-fprint'] }),
      rule('s', 'allow', prefix('sort')),
      rule('g', 'allow', prefix('find')),
    ]);
    for (const text of [
      'sort --output x a',
      'sort --output=x a',
      'sort a --outp=x',
      'sort --o x',
      'sort -o x',
      'sort -ox',
      'sort -no x',
      'sort -nox a',
      'sort a -o x',
      'sort -t -- -o x',
      'sort "-o" x',
      'find . -delete',
      'find . -fprint=x',
      'find . --delete',
    ])
      expect([text, verdictOf(text, rules)]).toEqual([text, 'forbid']);
    for (const text of [
      'sort -n a',
      'sort --numeric-sort a',
      'sort -- -o',
      'sort a -- --output',
      'find . -name delete',
      'find . -depth',
    ])
      expect([text, verdictOf(text, rules)]).toEqual([text, 'allow']);
  });

  test('`stdinFrom` finds a shell behind what reads the network', () => {
    const rules = rulesOf([
      rule('n', 'forbid', { kind: 'prefix', words: [['sh', 'bash', 'python3']], stdinFrom: ['curl', 'wget'] }),
    ]);
    for (const text of [
      'curl x | sh',
      'curl x | tee y | sudo bash',
      'wget -O - x | bash -s -- a',
      'curl x | env python3 -',
      "bash -c 'curl x' | sh",
      'curl x | nice bash -x',
      'sudo curl x | /bin/SH',
    ])
      expect([text, verdictOf(text, rules)]).toEqual([text, 'forbid']);
    for (const text of ['curl x', 'sh', 'curl x | python3 -m json.tool', 'curl x | bash a.sh', 'curl x; sh', 'cat x | sh'])
      expect([text, verdictOf(text, rules)]).toEqual([text, 'ask']);
  });
});

describe('exact', () => {
  test('nothing more for an allow; git without its own options for a guard', () => {
    const rules = rulesOf([
      NPM_TEST,
      rule('g', 'forbid', { kind: 'exact', words: ['git', 'gc'] }),
      rule('a', 'allow', prefix('git')),
    ]);
    expect(
      ['npm test', 'npm test x', 'npm  "test"', 'npm --x test', 'git gc', 'git -C x gc', '/bin/GIT gc', 'git gc --prune'].map(
        (text) => verdictOf(text, rules),
      ),
    ).toEqual(['allow', 'ask', 'allow', 'ask', 'forbid', 'forbid', 'forbid', 'allow']);
  });
});

describe('options', () => {
  const tool = (operands: 'any' | 'none' | 'paths', flags: string[], subcommand?: string[]): CommandRule =>
    rule('t', 'allow', {
      kind: 'options',
      program: 'tool',
      flags,
      operands,
      ...(subcommand === undefined ? {} : { subcommand }),
    });

  test.each<[text: string, verdict: Judgement]>([
    ['tool', 'allow'],
    ['tool -a -b', 'allow'],
    ['tool -ab', 'allow'],
    ['tool -abx', 'ask'],
    ['tool -n 5', 'allow'],
    ['tool -n5', 'allow'],
    ['tool -nx', 'ask'],
    ['tool -an 5', 'ask'],
    ['tool -n', 'ask'],
    ['tool -n -a', 'ask'],
    ['tool -n=5', 'ask'],
    ['tool --long', 'allow'],
    ['tool --long=x', 'ask'],
    ['tool --lon', 'ask'],
    ['tool --val x', 'allow'],
    ['tool --val=x', 'allow'],
    ['tool --val', 'ask'],
    ['tool --val --long', 'ask'],
    ['tool -5', 'allow'],
    ['tool -55', 'allow'],
    ['tool --5', 'ask'],
    ['tool x -a y', 'allow'],
    ['tool x -z y', 'ask'],
    ['tool -- -z', 'allow'],
    ['tool -', 'allow'],
    ['tool +x', 'allow'],
  ])('%s', (text, verdict) => {
    expect(verdictOf(text, rulesOf([tool('any', ['-a', '-b', '-n=', '--long', '--val=', '-NUM'])]))).toBe(verdict);
  });

  test('a subcommand comes first, and no operand means none', () => {
    const rules = rulesOf([tool('none', ['-a'], ['x', 'y'])]);
    expect(
      ['tool x y', 'tool x y -a', 'tool -a x y', 'tool x', 'tool x y z', 'tool x y -- z'].map((text) => verdictOf(text, rules)),
    ).toEqual(['allow', 'allow', 'ask', 'ask', 'ask', 'ask']);
  });

  test.each<[text: string, verdict: Judgement]>([
    ['tool a b/c ./d', 'allow'],
    ['tool /srv/repo /srv/repo/a', 'allow'],
    ['tool /srv/repository', 'ask'],
    ['tool /etc/passwd', 'ask'],
    ['tool ..', 'ask'],
    ['tool ../repo/a', 'allow'],
    ['tool ../x', 'ask'],
    ['tool a/../../x', 'ask'],
    ['tool a/../b', 'ask'],
    ['tool a..b ...', 'allow'],
    ["tool ''", 'ask'],
    ["tool '~/x'", 'ask'],
    ['tool @/etc/passwd', 'ask'],
    ['tool https://x', 'ask'],
    ['tool -- /etc', 'ask'],
    ['tool -f /etc/passwd', 'ask'],
    ['tool -f x', 'allow'],
    ['tool --file=/etc/passwd', 'ask'],
    ['tool --file=../../x', 'ask'],
    ['tool -', 'allow'],
  ])('paths stay inside: %s', (text, verdict) => {
    expect(verdictOf(text, rulesOf([tool('paths', ['-f=', '--file='])]))).toBe(verdict);
  });
});

describe('cd', () => {
  test.each<[text: string, verdict: Judgement]>([
    ['cd src && rg x', 'allow'],
    ['cd src; rg x', 'allow'],
    ['cd src && rg x ..', 'ask'],
    ['cd src && cd .. && rg x', 'ask'],
    ['cd /srv/repo/src && rg x', 'allow'],
    ['cd / && rg x', 'ask'],
    ['cd /etc; npm test', 'ask'],
    ['cd ../repo && rg x', 'allow'],
    ['cd .. && rg x', 'ask'],
    ['cd', 'ask'],
    ['cd -', 'ask'],
    ['cd -P src', 'ask'],
    ['cd a b', 'ask'],
    ["cd ''", 'ask'],
    ['cd src | rg x', 'allow'],
    ['cd src || rg x ..', 'ask'],
    ["cd 'a b' && rg x && npm test", 'allow'],
    ['rg x ../repo', 'allow'],
    ['rg x ../repo && cd a; rg x ../repo', 'ask'],
    ['pushd src && rg x', 'ask'],
    ['command cd / && rg x', 'ask'],
  ])('%s', (text, verdict) => {
    expect(verdictOf(text)).toBe(verdict);
  });

  test('where nobody knows the directory, no path is inside', () => {
    expect(judgeCommand('rg x', 'bash', ALL, { cwd: 'src', roots: ['/'] }).verdict).toBe('ask');
    expect(judgeCommand('rg x /etc', 'bash', ALL, { cwd: '/', roots: ['/'] }).verdict).toBe('allow');
    expect(judgeCommand('rg x', 'bash', ALL, { cwd: '/srv/repo', roots: [] }).verdict).toBe('ask');
  });
});

test('rules are held to their examples', () => {
  const rules = rulesOf([
    { ...NO_PUSH, match: ['git push', 'git pull', 'for x in y; do git push; done'], notMatch: ['git status', 'sudo git push'] },
    { ...NPM_TEST, match: ['cd x && npm test'], notMatch: ['npm test x'] },
  ]);
  expect(checkRuleExamples(rules)).toEqual([
    { rule: 'git.no-push', example: 'git pull', expected: 'match' },
    {
      rule: 'git.no-push',
      example: 'for x in y; do git push; done',
      expected: 'match',
      unclear: expect.stringContaining('shell language') as string,
    },
    { rule: 'git.no-push', example: 'sudo git push', expected: 'not_match' },
  ]);
});

describe('whatever the script is', () => {
  const piece = fc.constantFrom(
    'npm test',
    'rg -n x src',
    'git push',
    'git -C a push',
    'terraform apply',
    'echo x',
    'sudo git push',
    "bash -c 'npm test'",
    'xargs git',
    'cd src',
    'cd /',
    'frobnicate git',
    'timeout 5 npm test',
    'sh',
    'npx x',
    '$x',
    '(',
    "'",
  );
  const joint = fc.constantFrom(' && ', ' || ', '; ', ' | ', '\n');
  const script = fc
    .array(fc.tuple(piece, joint), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map(([text, operator], at) => (at === parts.length - 1 ? text : text + operator)).join(''));

  test('one more command never makes it more allowed', () => {
    fc.assert(
      fc.property(script, piece, joint, (text, more, operator) => {
        expect(RANK[verdictOf(text + operator + more)]).toBeGreaterThanOrEqual(
          RANK[verdictOf(text)] - (judge(text + operator + more).split.ok ? 0 : 2),
        );
        expect(RANK[verdictOf(text + operator + more)]).toBeGreaterThanOrEqual(Math.min(1, RANK[verdictOf(text)]));
      }),
      { numRuns: 1_500 },
    );
  });

  test('a wrapper never turns an ask or a forbid into an allow', () => {
    const wrapper = fc.constantFrom(
      'timeout 5',
      'nice',
      'env',
      'env A=1',
      'sudo',
      'xargs',
      'command',
      'stdbuf -oL',
      'nohup',
      'mywrap',
    );
    fc.assert(
      fc.property(piece, wrapper, (text, around) => {
        if (verdictOf(text) !== 'allow')
          expect([around, text, verdictOf(`${around} ${text}`)]).not.toEqual([around, text, 'allow']);
      }),
      { numRuns: 1_000 },
    );
  });

  test('quoting any word of what is forbidden leaves it forbidden', () => {
    const quote = fc.constantFrom<(word: string) => string>(
      (word) => word,
      (word) => `'${word}'`,
      (word) => `"${word}"`,
      (word) => [...word].map((letter) => `\\${letter}`).join(''),
      (word) => `${word.slice(0, 1)}''${word.slice(1)}`,
      (word) => `${word.slice(0, 1)}\\\n${word.slice(1)}`,
    );
    fc.assert(
      fc.property(
        fc.constantFrom(
          'git push',
          'sudo -u x git push',
          'env A=1 git -C a push',
          'xargs -n 1 git push x',
          'nice -n 5 /usr/bin/git push',
        ),
        fc.array(quote, { minLength: 9, maxLength: 9 }),
        (text, quotes) => {
          const quoted = text
            .split(' ')
            .map((word, at) => (quotes[at] ?? String)(word))
            .join(' ');
          expect([quoted, verdictOf(quoted)]).toEqual([quoted, 'forbid']);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('the order of the rules changes nothing', () => {
    fc.assert(
      fc.property(script, fc.shuffledSubarray([...ALL.rules], { minLength: 5, maxLength: 5 }), (text, shuffled) => {
        expect(judge(text, rulesOf(shuffled))).toEqual(judge(text));
      }),
      { numRuns: 500 },
    );
  });

  test('words and their rendering get the same verdict', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'git',
            'push',
            'npm',
            'test',
            'rg',
            '-n',
            'a b',
            'sudo',
            'env',
            'A=1',
            'bash',
            '-c',
            'git push',
            '{}',
            '--',
            'xargs',
          ),
          { minLength: 1, maxLength: 6 },
        ),
        (argv) => {
          const text = judge(renderArgv(argv));
          if (text.split.ok) expect({ ...text, split: null }).toEqual({ ...judgeArgv(argv, ALL, FACTS), split: null });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('no text and no words make it throw, nor take long', () => {
    const text = fc.oneof(
      script,
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...' \t\n\'"\\;&|-gitpush{}=+') }),
    );
    fc.assert(
      fc.property(text, (given) => {
        expect(RANK[verdictOf(given)]).toBeDefined();
      }),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (argv) => {
        expect(RANK[judgeArgv(argv, ALL, FACTS).verdict]).toBeDefined();
      }),
      { numRuns: 3_000 },
    );
    for (const hostile of [
      'sudo --x '.repeat(7_000),
      'npx '.repeat(16_000),
      "bash -c '".repeat(7_000),
      'find -exec '.repeat(5_900),
      'a; '.repeat(21_000),
      `mywrap ${"'a b' ".repeat(10_000)}`,
      'git -c a=b '.repeat(5_900),
      'parallel --z '.repeat(5_000),
      'docker run --z '.repeat(4_300),
      `tool ${'-x '.repeat(20_000)}`,
    ]) {
      const from = performance.now();
      expect([hostile.slice(0, 20), verdictOf(hostile)]).toEqual([hostile.slice(0, 20), 'ask']);
      expect([hostile.slice(0, 20), performance.now() - from < 2_000]).toEqual([hostile.slice(0, 20), true]);
    }
    for (const code of [`run${' '.repeat(16_000)}`, `"${'|"'.repeat(8_000)}`, `qw(${'"\\'.repeat(8_000)}`]) {
      const from = performance.now();
      for (const program of ['python3', 'perl', 'awk', 'sed'])
        expect(judgeArgv([program, ...Array.from({ length: 16 }, () => code)], ALL, FACTS).verdict).toBe('ask');
      expect([code.slice(0, 20), performance.now() - from < 2_000]).toEqual([code.slice(0, 20), true]);
    }
  });
});
