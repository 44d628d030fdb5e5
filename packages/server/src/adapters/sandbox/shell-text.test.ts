import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOOP, words } from './shell-text.ts';

/** What a program gets for each word of a line. */
function received(list: readonly string[]): string[] {
  const line = `printf '%s\\0' ${words(list)}`;
  const { stdout } = spawnSync('/bin/sh', ['-c', LOOP.replace('<&3', '')], { input: `${line}\n` });
  return stdout.toString().split('\0').slice(0, -1);
}

test('whatever a word holds, it arrives as it was', () => {
  expect(received(['a b', "it's", '$HOME', '`id`', '"', '\\', 'x\ny\n', '', '*', ';exit 1', "'\n'"])).toEqual([
    'a b',
    "it's",
    '$HOME',
    '`id`',
    '"',
    '\\',
    'x\ny\n',
    '',
    '*',
    ';exit 1',
    "'\n'",
  ]);
  const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (list) => {
      expect(received(list)).toEqual(list);
    }),
    { numRuns: 60 },
  );
});
