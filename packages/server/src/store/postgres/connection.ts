/** Where the database is. The same shape for the embedded one and for a URL. */
import type pg from 'pg';

export type Connection = Readonly<
  Pick<pg.ClientConfig, 'connectionString' | 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl' | 'options'>
>;

/** The role that the doors work under: no UPDATE, DELETE or TRUNCATE on ledger tables. */
export const APP_ROLE = 'countersign_app';
/** May delete payloads and data keys, and nothing else. */
export const ERASER_ROLE = 'countersign_eraser';
/** Reads everything but keys: reports, exports. */
export const READER_ROLE = 'countersign_reader';
/** Roles without login. Tables belong to the login that migrates: `countersign_owner` where we made the cluster. */
export const ROLES = [APP_ROLE, ERASER_ROLE, READER_ROLE] as const;
export type RoleName = (typeof ROLES)[number];

export const connectionOf = (connection: Connection | string): Connection =>
  typeof connection === 'string' ? { connectionString: connection } : connection;

/** The same connection, working under a role from its first statement on. The login must be a member of the role. */
export function withRole(connection: Connection, role: RoleName): Connection {
  const options = connection.options === undefined ? '' : `${connection.options} `;
  return { ...connection, options: `${options}-c role=${role}` };
}

/** The same server, another database. */
export function withDatabase(connection: Connection, database: string): Connection {
  if (connection.connectionString === undefined) return { ...connection, database };
  const url = new URL(connection.connectionString);
  url.pathname = `/${encodeURIComponent(database)}`;
  return { ...connection, connectionString: url.href };
}
