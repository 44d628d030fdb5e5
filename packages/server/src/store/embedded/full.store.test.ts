/** A disk that fills up under appends. Needs a small disk, so a root that may mount one; elsewhere the log's own words are tested. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decisionDraft, silentLog } from '../../../../../tests/support/ledger.ts';
import { newEntryId, newId, systemClock } from '../../adapters/system/clock.ts';
import { openLedger } from '../ledger/index.ts';
import { migrate } from '../migrations/migrate.ts';
import { openStore } from '../postgres/index.ts';
import { startEmbedded } from './index.ts';
import { TroubleWatch } from './trouble.ts';

const run = promisify(execFile);
let dir = '';
let mounted = false;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-full-'));
  mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', dir]).then(
    () => true,
    () => false,
  );
  await chmod(dir, 0o755);
});
afterAll(async () => {
  if (mounted) await run('umount', ['-l', dir]);
  await rm(dir, { recursive: true, force: true });
});

const freeBytes = async (): Promise<number> => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

test('a full disk is a clear fault, nothing acknowledged is lost, and the store goes on when there is room', async () => {
  if (!mounted) {
    process.stderr.write('full disk: not root, or mounting is not allowed here; only the reading of the log is tested\n');
    return;
  }
  const embedded = await startEmbedded({ dir, log: silentLog });
  await migrate(embedded.connection);
  const store = await openStore({ connection: embedded.connection, log: silentLog, diagnose: embedded.diagnose });
  const ledger = openLedger({ store, clock: systemClock, newEntryId, node: newId('nod') });
  await ledger.append([decisionDraft('acme')]);
  await writeFile(join(dir, 'filler'), Buffer.alloc((await freeBytes()) - 3_000_000));

  const acknowledged: number[] = [];
  const codes: string[] = [];
  for (let i = 0; i < 400 && codes.length < 3; i++) {
    const drafts = Array.from({ length: 100 }, () => decisionDraft('acme'));
    await ledger.append(drafts).then(
      (seqs) => void acknowledged.push(...seqs),
      (thrown: { code: string }) => void codes.push(thrown.code),
    );
  }
  expect(codes).toContain('store.full');
  expect(codes.filter((code) => !code.startsWith('store.'))).toEqual([]);

  await rm(join(dir, 'filler'));
  for (let done = false; !done; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    done = await ledger.append([decisionDraft('acme')]).then(
      () => true,
      () => false,
    );
  }
  const rows = await store.query<{ seq: number }>(`select seq from audit_entry where org = 'acme' order by seq`);
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i));
  expect(acknowledged.every((seq) => seq < rows.length)).toBe(true);
  await store.close();
  await embedded.stop();
});

test('the log of the server explains a lost connection for a while, and leaves other errors alone', () => {
  const watch = new TroubleWatch();
  const gone = Object.assign(new Error('gone'), { code: 'store.unavailable', details: {} });
  const unknown = Object.assign(new Error('gone'), { code: 'store.unavailable', details: { outcome: 'unknown' } });
  expect(watch.explain(gone)).toBe(gone);
  watch.see('123 PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device');
  expect(watch.explain(gone)).toMatchObject({ code: 'store.full' });
  expect(watch.explain(unknown)).toBe(unknown);
  expect(watch.current()?.kind).toBe('full');
});
