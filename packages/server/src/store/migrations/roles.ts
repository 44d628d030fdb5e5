/** The roles, made where this login may make them. They belong to the whole server, so other databases may have made them first. */
import type pg from 'pg';
import { ROLES } from '../postgres/connection.ts';
import { codeOf } from '../postgres/faults.ts';
import type { Migration } from './migration.ts';

const TAKEN = new Set(['42710', '23505']);

/** @returns whether all roles exist and this login is a member of each */
export async function ensureRoles(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    'select rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
  );
  if (rows[0]?.may === true) for (const role of ROLES) await ensureRole(client, role);
  return await memberOfAll(client);
}

async function ensureRole(client: pg.ClientBase, role: string): Promise<void> {
  const { rows } = await client.query<{ member: boolean }>(
    `select pg_has_role(session_user, oid, 'MEMBER') as member from pg_roles where rolname = $1`,
    [role],
  );
  if (rows.length === 0) await attempt(client, `create role ${role} nologin`);
  if (rows[0]?.member !== true) await attempt(client, `grant ${role} to session_user`);
}

/** Two nodes may do the same at once: the loser's statement is undone alone, and the role is there all the same. */
async function attempt(client: pg.ClientBase, sql: string): Promise<void> {
  await client.query('savepoint role');
  try {
    await client.query(sql);
    await client.query('release savepoint role');
  } catch (thrown) {
    await client.query('rollback to savepoint role');
    if (!TAKEN.has(codeOf(thrown) ?? '') && !/tuple concurrently updated/.test(String(thrown))) throw thrown;
  }
}

async function memberOfAll(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_roles where rolname = any($1) and pg_has_role(session_user, oid, 'MEMBER')`,
    [ROLES],
  );
  return rows[0]?.n === ROLES.length;
}

/** Gives each role what the migrations name. Repeating it changes nothing. */
export async function applyGrants(client: pg.ClientBase, migrations: readonly Migration[]): Promise<void> {
  const { rows } = await client.query<{ schema: string }>('select current_schema() as schema');
  const schema = `"${(rows[0]?.schema ?? 'public').replaceAll('"', '""')}"`;
  for (const role of ROLES) await client.query(`grant usage on schema ${schema} to ${role}`);
  for (const { grants } of migrations) {
    for (const [role, privileges] of Object.entries(grants)) {
      for (const privilege of privileges) await client.query(`grant ${privilege} to ${role}`);
    }
  }
}
