import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../../../../tests/support/ledger.ts';
import { migrate } from '../migrations/migrate.ts';
import { openStore } from '../postgres/index.ts';
import { type Embedded, startEmbedded, withClient } from './index.ts';

const prefer = process.env['COUNTERSIGN_PG'] === 'embedded' ? 'package' : 'system';
let dir = '';
let running: Embedded | undefined;

async function start(at = dir): Promise<Embedded> {
  running = await startEmbedded({ dir: at, log: silentLog, prefer });
  return running;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-embedded-'));
  await chmod(dir, 0o755);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(dir, { recursive: true, force: true });
});

const one = async (sql: string): Promise<unknown> => {
  if (running === undefined) throw new Error('not running');
  const { rows } = await withClient(running.superuser, (client) => client.query(sql));
  return Object.values(rows[0] ?? {})[0];
};

test('a first start makes a whole cluster, a second one finds its data; nothing listens on TCP', async () => {
  const first = await start();
  expect(await one('show listen_addresses')).toBe('');
  expect(await one('show data_checksums')).toBe('on');
  expect(
    await one(`select datcollate || '/' || pg_encoding_to_char(encoding) from pg_database where datname = 'countersign'`),
  ).toBe('C/UTF8');
  await withClient(first.connection, (client) => client.query('create table kept (n int); insert into kept values (7)'));
  expect(existsSync(first.connection.host ?? '')).toBe(true);
  await first.stop();
  expect(existsSync(first.connection.host ?? '')).toBe(false);
  const again = await start();
  expect((await withClient(again.connection, (client) => client.query('select n from kept'))).rows).toEqual([{ n: 7 }]);
  expect(again.describe().systemIdentifier).toBe(first.describe().systemIdentifier);
});

test('the login of the pools is no superuser, and a stranger without the password gets nothing', async () => {
  const { connection } = await start();
  const { rows } = await withClient(connection, (client) =>
    client.query('select rolsuper as s from pg_roles where rolname = current_user'),
  );
  expect(rows).toEqual([{ s: false }]);
  await expect(withClient({ ...connection, password: 'guess' }, (client) => client.query('select 1'))).rejects.toMatchObject({
    code: '28P01',
  });
  await migrate(connection);
  const store = await openStore({ connection, log: silentLog });
  expect(store.guarded).toBe(true);
  await store.close();
});

test('a second start on a directory in use refuses with a sentence, and harms nobody', async () => {
  await start();
  await expect(startEmbedded({ dir, log: silentLog, prefer })).rejects.toMatchObject({
    code: 'request.conflict',
    publicText: expect.stringContaining(`process ${process.pid}`),
  });
  expect(await one('select 1')).toBe(1);
});

test('two starts at once: one runs, the other refuses', async () => {
  const results = await Promise.allSettled([
    startEmbedded({ dir, log: silentLog, prefer }),
    startEmbedded({ dir, log: silentLog, prefer }),
  ]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  for (const result of results) if (result.status === 'fulfilled') running = result.value;
});

test('a server that is killed comes back by itself', async () => {
  const { describe, superuser } = await start();
  const pid = Number((await readFile(join(describe().data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  const answer = () =>
    withClient(superuser, (client) => client.query('select 1 as one')).then(
      ({ rows }) => rows[0]?.one,
      () => undefined,
    );
  await expect.poll(answer, { timeout: 60_000, interval: 20 }).toBe(1);
});

test('a cluster of a major that is not installed is refused with the way out, and left alone', async () => {
  await (await start()).stop();
  const data = running?.describe().data ?? '';
  await writeFile(join(data, 'PG_VERSION'), '14\n');
  await expect(startEmbedded({ dir, log: silentLog })).rejects.toMatchObject({
    code: 'store.unsafe',
    message: expect.stringMatching(/PostgreSQL 14.*pg_dumpall/),
  });
  expect(await readFile(join(data, 'PG_VERSION'), 'utf8')).toBe('14\n');
  running = undefined;
});

test('a directory that is no cluster is left alone; a half-made one is made anew', async () => {
  await mkdir(join(dir, 'postgres'));
  await writeFile(join(dir, 'postgres/precious'), 'x');
  await expect(startEmbedded({ dir, log: silentLog })).rejects.toMatchObject({ code: 'store.unsafe' });
  expect(existsSync(join(dir, 'postgres/precious'))).toBe(true);
  await rm(join(dir, 'postgres'), { recursive: true });
  await mkdir(join(dir, 'postgres.new'));
  await writeFile(join(dir, 'postgres.new/PG_VERSION'), '15\n');
  await start();
  expect(await one('select 1')).toBe(1);
});

test('a cluster that was replaced by another is refused', async () => {
  await (await start()).stop();
  await writeFile(join(dir, 'postgres.identity'), '42\n');
  await expect(startEmbedded({ dir, log: silentLog })).rejects.toMatchObject({
    code: 'store.unsafe',
    message: expect.stringContaining('replaced'),
  });
  running = undefined;
});

test('a deep path is no problem: the socket lies elsewhere', async () => {
  const deep = join(dir, ...Array.from({ length: 6 }, (_, i) => `a-rather-long-folder-name-${i}`));
  const { describe } = await start(deep);
  expect(describe().socket.length).toBeLessThan(80);
  expect(await one('select 1')).toBe(1);
});

test('below a closed folder: reached by its owner, moved where the account of Postgres could not reach it', async () => {
  const closed = join(dir, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const first = await start(join(closed, 'state'));
  const { data, account } = first.describe();
  if (account === null) {
    expect(data).toBe(join(closed, 'state/postgres'));
    return;
  }
  const home = (await readFile(join(closed, 'state/postgres.location'), 'utf8')).trim();
  expect(data).toBe(join(home, 'postgres'));
  await first.stop();
  expect((await start(join(closed, 'state'))).describe().data).toBe(data);
  await running?.stop();
  running = undefined;
  await rm(home, { recursive: true });
});
