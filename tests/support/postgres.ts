/**
 * One Postgres for a whole test run, with a migrated template that every test copies. `DATABASE_URL` names a server to use instead of an
 * embedded one; `COUNTERSIGN_PG=system|embedded` chooses the binaries of the embedded one.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbedded, withClient } from '../../packages/server/src/store/embedded/index.ts';
import { migrate } from '../../packages/server/src/store/migrations/migrate.ts';
import { type Connection, withDatabase } from '../../packages/server/src/store/postgres/index.ts';

export interface TestServer {
  /** Owns what it makes; migrates and opens stores. */
  readonly owner: Connection;
  /** May do anything: for planting faults. */
  readonly superuser: Connection;
  readonly template: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: TestServer;
  }
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Started {
  readonly owner: Connection;
  readonly superuser: Connection;
  stop(): Promise<void>;
}

async function startServer(): Promise<Started> {
  const url = process.env['DATABASE_URL'];
  if (url !== undefined)
    return { owner: { connectionString: url }, superuser: { connectionString: url }, stop: async () => undefined };
  const dir = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  // The account that runs Postgres when the tests run as root must get through.
  await chmod(dir, 0o755);
  const embedded = await startEmbedded({
    dir,
    log: silent,
    prefer: process.env['COUNTERSIGN_PG'] === 'embedded' ? 'package' : 'system',
  });
  return {
    owner: embedded.connection,
    superuser: embedded.superuser,
    async stop() {
      await embedded.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const template = `countersign_template_${process.pid}_${Date.now().toString(36)}`;
  await withClient(server.owner, (client) => client.query(`create database ${template}`));
  await migrate(withDatabase(server.owner, template));
  project.provide('postgres', { owner: server.owner, superuser: server.superuser, template });
  return async () => {
    await withClient(server.superuser, (client) => client.query(`drop database if exists ${template} with (force)`));
    await server.stop();
  };
}
