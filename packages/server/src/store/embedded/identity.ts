/** Who answers on the socket: the cluster of this directory and no other. */
import { readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Connection } from '../postgres/connection.ts';
import { unsafeStore } from '../postgres/faults.ts';
import type { Place } from './place.ts';

const IDENTITY_FILE = 'postgres.identity';

export interface Answer {
  readonly systemIdentifier: string;
  readonly version: string;
}

/** Runs one piece of work on a connection of its own. */
export async function withClient<T>(connection: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Connects, asks, compares with what was recorded at the first start.
 * @throws Fault store.unsafe when another server answers; the error of `pg` while none does
 */
export async function identify(connection: Connection, place: Place): Promise<Answer> {
  const found = await withClient(connection, async (client) => {
    const { rows } = await client.query<{ data: string; system: string; version: string }>(
      `select current_setting('data_directory') as data, system_identifier::text as system, current_setting('server_version') as version
       from pg_control_system()`,
    );
    return rows[0];
  });
  if (found === undefined) throw new Error('the server gave no answer');
  const expected = await realpath(place.data);
  if ((await realpath(found.data).catch(() => found.data)) !== expected)
    throw unsafeStore(`another Postgres answers on our socket: it serves ${found.data}, not ${expected}`);
  await compare(place, found.system);
  return { systemIdentifier: found.system, version: found.version };
}

async function compare(place: Place, system: string): Promise<void> {
  const file = join(place.dir, IDENTITY_FILE);
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known === undefined) await writeFile(file, `${system}\n`, { mode: 0o644 });
  else if (known.trim() !== system)
    throw unsafeStore(
      `the cluster in ${place.data} has system identifier ${system}, but ${file} records ${known.trim()}: it was replaced`,
    );
}
