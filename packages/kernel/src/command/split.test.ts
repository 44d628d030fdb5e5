import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CODES } from './code.ts';
import { renderArgv, renderText } from './render.ts';
import { split } from './split.ts';
import type { Dialect } from './types.ts';

const words = (text: string, dialect: Dialect = 'bash') => {
  const found = split(text, dialect);
  return found.ok ? found.commands.map(({ argv }) => argv) : found.code;
};

describe('what is understood is exactly what bash reads', () => {
  test.each<[text: string, commands: string[][]]>([
    ['git status', [['git', 'status']]],
    ['  git\t status \n', [['git', 'status']]],
    ['git \'a b\' "c d" e\\ f', [['git', 'a b', 'c d', 'e f']]],
    ['r\\m \'r\'m "r"m', [['rm', 'rm', 'rm']]],
    ['a\\\nb c\\\n d', [['ab', 'c', 'd']]],
    ['echo "a\\"b\\\\c\\$d\\`e\\f\\\ng"', [['echo', 'a"b\\c$d`e\\fg']]],
    ["echo 'a\\b' ''", [['echo', 'a\\b', '']]],
    ['a && b || c; d | e\nf', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    ['a &&\n\n b |\n c', [['a'], ['b'], ['c']]],
    ['\n\na\n\nb\n', [['a'], ['b']]],
    ['a;', [['a']]],
    ["a # b; $(c) ' \\\nd #", [['a'], ['d']]],
    ['#x\na;#y\nb &&#z\n c', [['a'], ['b'], ['c']]],
    ['a 2>&1 #b', [['a']]],
    ['[ -f x ] && [ a = b ]; [', [['[', '-f', 'x', ']'], ['[', 'a', '=', 'b', ']'], ['[']]],
    ['a ] [', [['a', ']', '[']]],
    ['grep "^(a|b$)$" "a$|b$ c$" d$ $', [['grep', '^(a|b$)$', 'a$|b$ c$', 'd$', '$']]],
    ['a 2>&1 >/dev/null </dev/null | b 1>&2', [['a'], ['b']]],
    ['a > /dev/null 2>> /dev/null', [['a']]],
    ['a\rb c\r', [['a\rb', 'c\r']]],
    ['a\u00a0b \u3000', [['a\u00a0b', '\u3000']]],
    ['"if" x', [['if', 'x']]],
    ['\\time x', [['time', 'x']]],
    [
      'echo if {} a{b}c @{u} HEAD~1 HEAD^ a!b x#y ! }',
      [['echo', 'if', '{}', 'a{b}c', '@{u}', 'HEAD~1', 'HEAD^', 'a!b', 'x#y', '!', '}']],
    ],
    ['echo "{a,b}" {a\\}', [['echo', '{a,b}', '{a}']]],
    ['echo \\~ "~" \\# \\$x \\* \\?', [['echo', '~', '~', '#', '$x', '*', '?']]],
    ['echo A=1 =x', [['echo', 'A=1', '=x']]],
    ['echo 😀 \\😀 "\\😀" é', [['echo', '😀', '😀', '\\😀', 'é']]],
    ['a; -x; +y', [['a'], ['-x'], ['+y']]],
    ['echo a=b:c --x=y', [['echo', 'a=b:c', '--x=y']]],
  ])('%j', (text, commands) => {
    expect(words(text)).toEqual(commands);
  });

  test('operators, redirects and places are told', () => {
    expect(split('a b >/dev/null && "c"  ; d', 'bash')).toEqual({
      ok: true,
      dialect: 'bash',
      commands: [
        { argv: ['a', 'b'], op: '&&', redirects: ['>/dev/null'], span: [0, 14] },
        { argv: ['c'], op: ';', redirects: [], span: [18, 21] },
        { argv: ['d'], op: 'end', redirects: [], span: [25, 26] },
      ],
    });
  });
});

describe('everything else asks, with a code that stays', () => {
  test.each<[code: string, texts: string[]]>([
    ['shell.empty', ['', ' ', '\n', ';a', 'a &&', 'a ||', 'a |', '&& a', 'a && ; b', 'a\n| b', 'a ; ; b', "'' a", '\\\n']],
    [
      'shell.expansion',
      [
        'a $x',
        'a "$x"',
        'a `b`',
        'a "`b`"',
        'a *',
        'a ?',
        'a [b]',
        'a ~',
        'a=~ b',
        'a x=~/y',
        'a x:~',
        'a {b,c}',
        'a {1..2}',
        'a {"b",c}',
        "$'a'",
        '$"a"',
        '[ -f x]',
        'a $\\\nb',
        '"$\'"',
      ],
    ],
    ['shell.group', ['(a)', 'a (b)', 'f() { a; }', 'a )']],
    ['shell.comment', ['a \\\n#b', 'a \\\n \\\n#']],
    [
      'shell.redirect',
      [
        'a > f',
        'a >f',
        'a < f',
        'a <<E',
        'a <<<b',
        '> /dev/null a',
        '2>&1 a',
        'a 2>&1x',
        'a 3>&1',
        'a >&3',
        'a >| f',
        'a b>/dev/null',
        'a >/dev/nullx',
        'a "2">/dev/null',
        'a >/dev/null"x"',
        'a <(b)',
        'a {x}>/dev/null',
        'a 2>\\\n&1',
      ],
    ],
    ['shell.background', ['a &', 'a & b', 'a &> f', 'a 2>&1 &']],
    ['shell.operator', ['a ;; b', 'a ;& b', 'a |& b']],
    [
      'shell.keyword',
      [
        'if a',
        'i\\\nf a',
        'for x',
        '! a',
        '{ a',
        '} a',
        'time a',
        'a; done',
        'a | while',
        'function a',
        'coproc a',
        'a &&\nthen b',
      ],
    ],
    ['shell.assignment', ['A=1', 'A=1 b', 'A+=1 b', 'a; B=2 c', '"A"=1 b', '_=x y', 'A\\\n=1 b']],
    ['shell.option-like', ['-x', ' -x', '+x a', '"-x"']],
    ['shell.job', ['%1', 'a; %a', '"%1"']],
    ['shell.quote', ["a 'b", 'a "b', 'a "b\\"', "'"]],
    ['shell.backslash', ['a \\', 'a b\\']],
    [
      'shell.stateful',
      [
        'alias a=b',
        'a; shopt -s x',
        'set -f',
        'trap a b',
        'hash -p a b',
        'enable -n x',
        'builtin x',
        'unalias a',
        'command alias a=b',
        '"set" -x',
      ],
    ],
    ['shell.control-char', ['a\0', 'a\x01b', "a '\x1b'", 'a \\\x07', 'a\x7f', 'a \x80', 'a \ud800', 'a "\udc00"', 'a\v', 'a\f']],
    ['shell.hidden-char', ['a\u200bb', "a '\u202e'", 'a \ufeff', 'a \\\u2066', 'a \u{e0041}', 'a\u00adb']],
    ['shell.size', ['a '.repeat(40_000), `a ${'é'.repeat(40_000)}`]],
  ])('%s', (code, texts) => {
    expect(texts.map((text) => [text.slice(0, 20), words(text)])).toEqual(texts.map((text) => [text.slice(0, 20), code]));
  });

  test('each code has a sentence that says what to write instead', () => {
    for (const [code, text] of Object.entries(CODES))
      expect([code, text]).toEqual([code, expect.stringMatching(/\. \S.*\.$|itself\.$|allows it\.$/s)]);
  });

  test('a shell that is not known, or not bash, gets only what all of them read alike', () => {
    const contested = [
      '=git x',
      'a ^b',
      'a b#c',
      'a b~',
      'a {}',
      'noglob a',
      'command a',
      '- a',
      'repeat 2 a',
      'a\rb',
      'a \u00a0',
      'é=1 b',
      '[ -f x ]',
      'a "b$"',
      'a #b',
    ];
    for (const dialect of ['zsh', 'none'] as const)
      expect(contested.map((text) => split(text, dialect).ok)).toEqual(contested.map(() => false));
    expect(words("git commit -m 'a ^ # ~ {}'", 'zsh')).toEqual([['git', 'commit', '-m', 'a ^ # ~ {}']]);
  });
});

describe('whatever the text is', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...' \t\n\'"\\;&|<>{}()#~=ab$`*12-'), maxLength: 40 }),
  );

  test('it never throws, and says where', () => {
    fc.assert(
      fc.property(text, fc.constantFrom<Dialect>('bash', 'sh', 'zsh', 'none'), (given, dialect) => {
        const found = split(given, dialect);
        if (found.ok) {
          expect(found.commands.length).toBeGreaterThan(0);
          for (const { span } of found.commands) expect(span[0] >= 0 && span[0] < span[1] && span[1] <= given.length).toBe(true);
        } else expect([found.at >= 0 && found.at <= given.length, Object.hasOwn(CODES, found.code)]).toEqual([true, true]);
      }),
      { numRuns: 5_000 },
    );
  });

  test('words rendered for an approver split into themselves', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (rest) => {
        const argv = ['git', ...rest];
        const found = split(renderArgv(argv), 'bash');
        if (found.ok) expect(found.commands.map((command) => command.argv)).toEqual([argv]);
        // What cannot be seen is shown as an escape, which no shell is to read.
        else expect(renderArgv(argv)).toContain("$'");
      }),
      { numRuns: 3_000 },
    );
  });

  test('what is stricter for an unknown shell is never read otherwise by it', () => {
    fc.assert(
      fc.property(text, (given) => {
        const [strict, bash] = [split(given, 'none'), split(given, 'bash')];
        if (strict.ok) expect(bash).toEqual({ ...strict, dialect: 'bash' });
      }),
      { numRuns: 5_000 },
    );
  });
});

test('what cannot be seen is shown', () => {
  expect(renderArgv(['git', '', 'a b', "it's", 'a\tb', '\u202ex', '\ud800', 'if', 'é', '$x', "'\n", 'a\u00a0b'])).toBe(
    "git '' 'a b' 'it'\\''s' $'a\\tb' $'\\u{202e}x' $'\\u{d800}' 'if' 'é' '$x' $'\\'\\n' $'a\\u{a0}b'",
  );
  expect(renderText('git\r\n\tstatus\u200b\x1b[2J')).toBe('git\\r\n\\tstatus\\u{200b}\\u{1b}[2J');
});
