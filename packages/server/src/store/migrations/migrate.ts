/**
 * Runs what is missing, in one transaction under an advisory lock: many nodes may start at once, one of them migrates, the others
 * find it done. A text that changed after it was applied is refused, and so is a database that is ahead of this release.
 */
import { hash } from 'node:crypto';
import pg from 'pg';
import { type Connection, connectionOf } from '../postgres/connection.ts';
import { storeFault, unsafeStore } from '../postgres/faults.ts';
import { MIGRATIONS } from './index.ts';
import type { Migration } from './migration.ts';
import { applyGrants, ensureRoles } from './roles.ts';

export interface MigrationReport {
  readonly applied: readonly string[];
  readonly roles: boolean;
}

/** Any number, the same on every node and no other program's. */
const LOCK = 7_262_116_301;
/** DDL waits this long for a table, ms: a waiting ALTER blocks every reader behind it. */
const LOCK_TIMEOUT_MS = 2_000;
const LOCK_ATTEMPTS_MAX = 15;

const TABLE = `create table if not exists schema_migration (
  name text primary key, checksum text not null, at timestamptz not null default clock_timestamp(), ms integer not null)`;

/** @throws Fault store.* ; `store.unsafe` when the applied migrations are not this release's */
export async function migrate(
  connection: Connection | string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<MigrationReport> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({
      ...connectionOf(connection),
      connectionTimeoutMillis: 10_000,
      application_name: 'countersign migrate',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await migrateOnce(client, migrations);
    } catch (thrown) {
      const again =
        typeof thrown === 'object' && thrown !== null && 'code' in thrown && ['55P03', '40P01'].includes(String(thrown.code));
      if (!again || attempt >= LOCK_ATTEMPTS_MAX) throw storeFault(thrown);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function migrateOnce(client: pg.Client, migrations: readonly Migration[]): Promise<MigrationReport> {
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
  await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
  const roles = await ensureRoles(client);
  await client.query(TABLE);
  const pending = await pendingOf(client, migrations);
  for (const migration of pending) await apply(client, migration);
  if (roles && (pending.length > 0 || !(await granted(client)))) await applyGrants(client, migrations);
  await client.query('commit');
  return { applied: pending.map(({ name }) => name), roles };
}

const checksumOf = (migration: Migration): string => hash('sha256', migration.sql, 'hex');

async function pendingOf(client: pg.Client, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from schema_migration');
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of rows) {
    const migration = known.get(name);
    if (migration === undefined) throw unsafeStore(`the database has migration ${name}, which this release does not know`);
    if (checksumOf(migration) !== checksum) throw unsafeStore(`migration ${name} was applied with another text`);
  }
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !applied.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const started = performance.now();
  await client.query(migration.sql);
  await client.query('insert into schema_migration (name, checksum, ms) values ($1, $2, $3)', [
    migration.name,
    checksumOf(migration),
    Math.round(performance.now() - started),
  ]);
}

async function granted(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(
    `select has_table_privilege('countersign_app', 'log_head', 'update') as yes`,
  );
  return rows[0]?.yes === true;
}
