import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, newPlace } from '../testing/run.ts';

/** What could not reach a node as it was meant is told before one is asked. */
test.each<[string, readonly string[], string]>([
  ['a profile that is too large', ['--profile', './large.yaml', '--', 'ls'], 'has 300000 bytes; a profile has at most 262144'],
  ['a profile that is no text', ['--profile', './bytes.yaml', '--', 'ls'], 'is no text in UTF-8'],
  ['a profile that is not there', ['--profile', './none.yaml', '--', 'ls'], 'There is no profile file ./none.yaml'],
  ['a word that is no text', ['--', 'rm', 'a', '\ufffd'], 'Word 3 of the command has bytes that are no UTF-8'],
  ['more words than are taken', ['--', 'ls', ...Array<string>(20).fill('x'.repeat(60_000))], 'The command is too long'],
])('%s is refused', async (_, args, text) => {
  const cwd = newPlace();
  writeFileSync(join(cwd, 'large.yaml'), `#${' '.repeat(299_999)}`);
  writeFileSync(join(cwd, 'bytes.yaml'), Buffer.from([0x23, 0xff, 0xfe]));
  const ran = await cli(['exec', ...args], { cwd, env: {} });
  expect([ran.code, ran.err.includes(text)]).toEqual([2, true]);
});
