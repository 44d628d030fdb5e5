import { describe, expect, test } from 'vitest';
import { cli, newPlace } from '../testing/run.ts';

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function splitOf(...parts: (string | Uint8Array)[]) {
  const { code, out, err } = await cli(['command', 'split'], { cwd: newPlace(), input: chunks(...parts) });
  return {
    code,
    answers: out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
    err,
  };
}

describe('command split', () => {
  test('one answer for each line, in order', async () => {
    expect(await splitOf('"git status && ls"\n"a $x"\n', '"echo \\u00e9"')).toEqual({
      code: 0,
      answers: [
        { commands: [['git', 'status'], ['ls']] },
        { ask: 'shell.expansion', text: expect.stringContaining('literal') as string },
        { commands: [['echo', 'é']] },
      ],
      err: '',
    });
  });

  test('lines come in any pieces, also in the middle of a character', async () => {
    const bytes = Buffer.from('"echo é😀"\r\n"ls"\n');
    expect((await splitOf(...[...bytes].map((byte) => Uint8Array.of(byte)))).answers).toEqual([
      { commands: [['echo', 'é😀']] },
      { commands: [['ls']] },
    ]);
  });

  test('a line that is no JSON string asks, and the run ends with 1', async () => {
    const bad = ['nope', '', '5', '["ls"]', '"a', '{"text":"ls"}', 'null', '"a\tb"'];
    const { code, answers, err } = await splitOf(`${bad.join('\n')}\n"ls"\n`, Uint8Array.of(0x22, 0xff, 0x22, 0x0a));
    expect(answers).toEqual([
      ...bad.map((_, at) => ({ ask: 'shell.input', text: `Line ${at + 1} is not a JSON string.` })),
      { commands: [['ls']] },
      { ask: 'shell.input', text: 'Line 10 is not a JSON string.' },
    ]);
    expect([code, err]).toEqual([1, '9 of 10 lines are not JSON strings\n']);
  });

  test('half a surrogate pair, and lines that are too long, ask', async () => {
    const { code, answers } = await splitOf('"a \\ud800"\n', `"${'a'.repeat(70_000)}"\n"`, 'b'.repeat(3_000_000), '"\n"ls"\n');
    expect([code, answers.map(({ ask, commands }) => ask ?? commands)]).toEqual([
      0,
      ['shell.control-char', 'shell.size', 'shell.size', [['ls']]],
    ]);
  });

  test('nothing in, nothing out', async () => {
    expect(await splitOf()).toEqual({ code: 0, answers: [], err: '' });
  });

  test('a dialect that nobody knows is an error of use', async () => {
    expect(await cli(['command', 'split', '--dialect', 'cmd'], { cwd: newPlace() })).toMatchObject({ code: 2, out: '' });
    const { out } = await cli(['command', 'split', '--dialect', 'zsh'], { cwd: newPlace(), input: chunks('"=git x"') });
    expect(JSON.parse(out)).toMatchObject({ ask: 'shell.dialect' });
  });
});
