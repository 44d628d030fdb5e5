import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { withClient } from '../embedded/index.ts';
import { MIGRATIONS, type Migration } from './index.ts';
import { migrate } from './migrate.ts';

let database: FreshDatabase;
beforeEach(async () => {
  database = await freshDatabase({ empty: true });
});
afterEach(() => database.drop());

test('many nodes that start at once migrate once', async () => {
  const reports = await Promise.all(Array.from({ length: 6 }, () => migrate(database.connection)));
  expect(reports.flatMap(({ applied }) => applied)).toEqual(MIGRATIONS.map(({ name }) => name));
});

test('a second run finds nothing to do; a new step is added to the old ones', async () => {
  await migrate(database.connection);
  const next: Migration = {
    name: '9000-next',
    sql: 'create table next_step (id int primary key)',
    grants: { countersign_app: ['select on next_step'] },
  };
  expect((await migrate(database.connection)).applied).toEqual([]);
  expect((await migrate(database.connection, [...MIGRATIONS, next])).applied).toEqual(['9000-next']);
});

test('a step that fails leaves nothing behind, of itself or of its neighbours', async () => {
  const good: Migration = { name: '9000-good', sql: 'create table good (id int)', grants: {} };
  const bad: Migration = { name: '9001-bad', sql: 'create table half (id int); select nonsense', grants: {} };
  await expect(migrate(database.connection, [good, bad])).rejects.toThrow();
  const { rows } = await withClient(database.connection, (client) =>
    client.query(`select to_regclass('good') as good, to_regclass('half') as half`),
  );
  expect(rows).toEqual([{ good: null, half: null }]);
});

test('a changed text of an applied step is refused', async () => {
  await migrate(database.connection);
  const [first, ...rest] = MIGRATIONS;
  if (first === undefined) throw new Error('no migrations');
  await expect(migrate(database.connection, [{ ...first, sql: `${first.sql} ` }, ...rest])).rejects.toMatchObject({
    code: 'store.unsafe',
  });
});

test('a database that is ahead of this release is refused', async () => {
  await migrate(database.connection);
  await expect(migrate(database.connection, MIGRATIONS.slice(0, -1))).rejects.toMatchObject({ code: 'store.unsafe' });
});

test('no trigger, rule, PL/pgSQL function or sequence exists, and every key begins with the organisation', async () => {
  await migrate(database.connection);
  const { rows } = await withClient(database.connection, (client) =>
    client.query<{ what: string; n: number }>(`
      select 'triggers' as what, count(*)::int as n from pg_trigger where not tgisinternal
      union all select 'rules', count(*)::int from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = 'public'::regnamespace
      union all select 'functions', count(*)::int from pg_proc p where p.pronamespace = 'public'::regnamespace
      union all select 'sequences', count(*)::int from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace`),
  );
  expect(rows.filter(({ n }) => n > 0)).toEqual([]);
  const keys = await withClient(database.connection, (client) =>
    client.query<{ name: string; first: string }>(`
      select c.relname as name, a.attname as first from pg_index i join pg_class c on c.oid = i.indrelid
      join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
      where i.indisprimary and c.relnamespace = 'public'::regnamespace order by 1`),
  );
  const ours = [
    'audit_batch',
    'audit_entry',
    'data_key',
    'legal_hold',
    'log_checkpoint',
    'log_head',
    'log_integration',
    'log_tile',
    'payload',
    'payload_erased',
  ];
  expect(keys.rows.filter(({ name }) => ours.includes(name))).toEqual(ours.map((name) => ({ name, first: 'org' })));
});
