/** What a fresh cluster lacks: our database, the login that owns it, and the roles that the pools work under. */
import { APP_ROLE, type Connection, ERASER_ROLE, READER_ROLE } from '../postgres/connection.ts';
import { codeOf } from '../postgres/faults.ts';
import { withClient } from './identity.ts';

/** Owns database and tables, and is no superuser: it runs migrations, and the pools give its rights up. */
export const OWNER_LOGIN = 'countersign_owner';
export const DATABASE = 'countersign';

const TAKEN = new Set(['42710', '42P04']);

/** Repeatable: whatever a crash left out is made at the next start. `password` is hexadecimal. */
export async function ensureDatabase(superuser: Connection, password: string): Promise<void> {
  await withClient(superuser, async (client) => {
    const { rows } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rows.length > 0) return;
    const roles = [APP_ROLE, ERASER_ROLE, READER_ROLE];
    const statements = [
      `create role ${OWNER_LOGIN} login createdb password '${password}'`,
      ...roles.map((role) => `create role ${role} nologin`),
      `grant ${roles.join(', ')} to ${OWNER_LOGIN}`,
      // Last: its existence says that the rest is done.
      `create database ${DATABASE} owner ${OWNER_LOGIN}`,
    ];
    for (const statement of statements) {
      await client.query(statement).catch((thrown: unknown) => {
        if (!TAKEN.has(codeOf(thrown) ?? '')) throw thrown;
      });
    }
  });
}
