/** With the detectors that ship, not those of the stage. Values are put together here, so that no scanner takes this file for a leak. */
import { createHash, createHmac } from 'node:crypto';
import { allDetectors, FINDING_KINDS, makeScanner } from '@countersign/kernel/redact';
import { personalDetector } from '../../../../kernel/src/redact/personal/index.ts';
import { expect, test } from 'vitest';
import type { Inspect } from './deps.ts';
import { stage, textOf } from './testing/stage.ts';

const scanner = makeScanner({
  // Once, however many lists it stands in.
  detectors: [...allDetectors().filter(({ kind }) => kind !== 'personal'), personalDetector],
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  key: createHmac('sha256', 'test').update('scanner').digest(),
});
const inspect: Inspect = (text) => {
  const scanned = scanner.scan(text, { place: 'prose', regions: [], kinds: FINDING_KINDS, redact: [] });
  if (scanned.unscannable !== undefined) throw new Error(scanned.unscannable);
  return scanned;
};

const CARD = ['4539', '1488', '0343', '6467'];
const KEY = `AKIA${'Q3EGRIDVNL5XUTZM'}`;
const wide = (text: string) => text.replace(/[!-~]/g, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0));

test.each([
  ...['', ' ', '-', '.', '_', ' / ', '\n', '\u200b', ' - '].map((between) => ['card', CARD.join(between)] as const),
  ['card', [...CARD.join('')].join(' ')],
  ['card', wide(CARD.join(''))],
  ['card', CARD.join(' ').replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))],
  ['key', KEY],
  ['key', `${KEY.slice(0, 8)}\u200d${KEY.slice(8)}`],
  ['key', wide(KEY)],
  ['key', Buffer.from(`the key is ${KEY} and no other`).toString('base64')],
] as const)('the %s %j is refused', async (_what, value) => {
  const on = stage({ inspect });
  const text = textOf(await on.call('put', { text: `please keep ${value} for later`, scope: 'agent' }));
  expect(text).toMatch(/^Not remembered: .*\((?:[a-z0-9.-]+(?:, )?)+\)/);
  expect(on.kept).toEqual([]);
});

test.each([
  ['The tests of the payments module need Node 20 and PostgreSQL 15.', 'internal'],
  ['Releases: 2026-11-20 10:00:00, 2026-11-27 10:00:00, ports 5432, 6543, 8080, 9090.', 'internal'],
  ['Commit 3b1fd9e4a1c2d3e4f5061728394a5b6c7d8e9f00 broke the build.', 'internal'],
  ['她说：请用中文回答。', 'internal'],
  ['Jane answers at jane.doe@example.org', 'confidential'],
])('%j is remembered as %s', async (text, dataClass) => {
  const on = stage({ inspect });
  const reply = await on.call('put', { text, scope: 'agent' });
  expect([textOf(reply).slice(0, 14), on.kept[0]?.dataClass]).toEqual([expect.stringContaining('"id":"mem_'), dataClass]);
});
