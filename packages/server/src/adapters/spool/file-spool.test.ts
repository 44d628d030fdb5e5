import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntryDraft } from '@countersign/kernel/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Log } from '../../ports/log.ts';
import { openSpool } from './file-spool.ts';

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const entry = (n: number): EntryDraft => ({
  v: 1,
  org: 'acme',
  id: `01932f6e-0000-7000-8000-${String(n).padStart(12, '0')}`,
  ts: '2026-01-01T00:00:00.000Z',
  type: 'approval.expired',
  approval: 'apr_1',
});

let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'spool-')), 'denials.ndjson');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }));

test('what was spooled is there after a restart, in order, without what was dropped', () => {
  const spool = openSpool(path, quiet);
  for (let n = 0; n < 5; n++) spool.put(entry(n));
  spool.drop(2);
  spool.put(entry(5));
  expect(openSpool(path, quiet).peek(10)).toEqual([2, 3, 4, 5].map(entry));
});

test('a line that a crash cut off is left out and the rest is kept', () => {
  openSpool(path, quiet).put(entry(1));
  appendFileSync(path, '{"v":1,"or');
  expect(openSpool(path, quiet).peek(10)).toEqual([entry(1)]);
});

test('a full spool counts what it could not take', () => {
  const spool = openSpool(path, quiet);
  for (let n = 0; n < 10_003; n++) spool.put(entry(n));
  expect([spool.size, spool.takeLost(), spool.takeLost()]).toEqual([10_000, 3, 0]);
});
