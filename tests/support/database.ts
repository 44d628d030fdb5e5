/** A database of one's own for a test: a copy of the migrated template. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { withClient } from '../../packages/server/src/store/embedded/index.ts';
import { type Connection, withDatabase } from '../../packages/server/src/store/postgres/index.ts';

export interface FreshDatabase {
  readonly name: string;
  /** Owner of the tables: what a server would be started with. */
  readonly connection: Connection;
  readonly superuser: Connection;
  drop(): Promise<void>;
}

/** Migrated, or with `empty` as a cluster gives it. */
export async function freshDatabase(options: { readonly empty?: boolean } = {}): Promise<FreshDatabase> {
  const { owner, superuser, template } = inject('postgres');
  const name = `countersign_test_${randomBytes(6).toString('hex')}`;
  const from = options.empty === true ? 'template1' : template;
  await withClient(owner, (client) => client.query(`create database ${name} template ${from}`));
  return {
    name,
    connection: withDatabase(owner, name),
    superuser: withDatabase(superuser, name),
    // Autovacuum may be at work in it, and only a superuser may send that away.
    drop: () =>
      withClient(superuser, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  };
}
