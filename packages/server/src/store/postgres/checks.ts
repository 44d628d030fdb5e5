/** What a server must be before anything is trusted to it. Read back at every start, in both modes. */
import type pg from 'pg';
import { APP_ROLE } from './connection.ts';
import { unsafeStore } from './faults.ts';

/** First server version whose SQL is used: 15. */
const VERSION_LEAST = 150_000;

/** @throws Fault store.unsafe when an acknowledged commit could be lost, or the server is too old */
export async function checkServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
     where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version_num', 'server_encoding')`,
  );
  const settings = new Map(rows.map((row) => [row.name, row.setting]));
  const version = Number(settings.get('server_version_num'));
  if (!(version >= VERSION_LEAST)) throw unsafeStore(`the server has version ${version}; 15 or newer is needed`);
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    const value = settings.get(name);
    if (value === undefined || value === 'off' || value === 'local')
      throw unsafeStore(`\`${name}\` is ${value ?? 'not readable'}: acknowledged records could be lost`);
  }
  if (settings.get('server_encoding') !== 'UTF8') throw unsafeStore('the database is not encoded in UTF8');
}

/** Whether this login can work under our roles. Without them the ledger's tables rest on the database's own administration. */
export async function hasRoles(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ member: boolean }>(
    `select pg_has_role(session_user, oid, 'MEMBER') as member from pg_roles where rolname = $1`,
    [APP_ROLE],
  );
  return rows[0]?.member === true;
}
