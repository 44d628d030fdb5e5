import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Stage } from '../testing/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
  mkdirSync(stage.path('sub'));
  writeFileSync(stage.path('sub/inner.txt'), 'inner\n');
});
afterAll(() => stage.close());

const report = async (text: string, stdin?: string) => {
  const { end, stdout, stderr, started } = await stage.shell(text, stdin === undefined ? {} : { stdin });
  const receipt = end['receipt'] as { pipe: number[]; shell: boolean };
  return { exit: end['exit'], stdout, stderr, pipe: receipt.pipe, shell: started[0]?.['shell'] };
};

test.each<[string, number, string, readonly number[]]>([
  ['echo a', 0, 'a\n', [0]],
  ['true && echo yes', 0, 'yes\n', [0]],
  ['false && echo yes', 1, '', [1]],
  ['false || echo no', 0, 'no\n', [0]],
  ['true || echo no', 0, '', [0]],
  ['false && echo a || echo b', 0, 'b\n', [0]],
  ['true || echo a && echo b', 0, 'b\n', [0]],
  ['false ; echo a', 0, 'a\n', [0]],
  ['echo a\necho b', 0, 'a\nb\n', [0]],
  ['printf "b\\na\\n" | sort', 0, 'a\nb\n', [0, 0]],
  ['false | true', 0, '', [1, 0]],
  ['true | false', 1, '', [0, 1]],
  ['echo one | cat | cat', 0, 'one\n', [0, 0, 0]],
  ['cat sub/inner.txt | tr i o', 0, 'onner\n', [0, 0]],
  ['cd sub && cat inner.txt', 0, 'inner\n', [0]],
  ['cd sub && cd .. && ls', 0, 'sub\n', [0]],
  ['cd nowhere || echo stayed', 0, 'stayed\n', [0]],
  ['cd sub | true; ls', 0, 'sub\n', [0]],
  ['ls nowhere 2>/dev/null', 2, '', [2]],
  ['ls nowhere 2>/dev/null || echo gone', 0, 'gone\n', [0]],
  ['echo hidden >/dev/null', 0, '', [0]],
  ['no-such-program; echo on', 0, 'on\n', [0]],
  ['no-such-program', 127, '', [127]],
])('without a shell, `%s` does what bash does', async (text, exit, stdout, pipe) => {
  expect(await report(text)).toMatchObject({ exit, stdout, pipe, shell: false });
});

test('2>&1 joins the streams, in the order in which it is written', async () => {
  expect(await report('ls nowhere 2>&1 >/dev/null')).toMatchObject({
    exit: 2,
    stdout: expect.stringContaining('nowhere') as string,
    stderr: '',
  });
  expect(await report('ls nowhere >/dev/null 2>&1')).toMatchObject({ exit: 2, stdout: '', stderr: '' });
  expect(await report('ls nowhere 2>&1 | wc -l')).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^\s*1\n$/) as string });
  expect(await report('echo up >&2')).toMatchObject({ stdout: '', stderr: 'up\n' });
});

test('standard input goes to the first command that reads, and to no other', async () => {
  expect(await report('cat && cat', 'once\n')).toMatchObject({ exit: 0, stdout: 'once\n' });
  expect(await report('sort | uniq', 'b\na\nb\n')).toMatchObject({ stdout: 'a\nb\n' });
  expect(await report('cat </dev/null', 'unread')).toMatchObject({ exit: 0, stdout: '' });
});

test('a writer whose reader has what it wants ends, as by a closed pipe', async () => {
  expect(await report('yes | head -n 3')).toMatchObject({ exit: 0, stdout: 'y\ny\ny\n', pipe: [141, 0] });
});

test('a program with something to do goes on although its reader ended', async () => {
  expect(await report('touch made.txt | true; ls made.txt')).toMatchObject({ exit: 0, stdout: 'made.txt\n' });
});

test.each(['echo $HOME', 'export A=1; echo on', 'for i in 1 2; do echo $i; done', 'echo a > made-by-shell.txt', 'cd -P sub'])(
  '`%s` needs a shell and gets one that reads no files of its own',
  async (text) => {
    expect(await report(text)).toMatchObject({ exit: 0, shell: true });
  },
);

test('the programs that ran are in the receipt, with their paths and exit codes', async () => {
  const { end } = await stage.shell('true && no-such-program | cat');
  expect(end['receipt']).toMatchObject({
    exit: 0,
    pipe: [127, 0],
    shell: false,
    commands: expect.arrayContaining([
      { argv: ['true'], program: '/usr/bin/true', status: 0 },
      { argv: ['no-such-program'], program: null, status: 127 },
      { argv: ['cat'], program: '/usr/bin/cat', status: 0 },
    ]) as unknown,
  });
});
