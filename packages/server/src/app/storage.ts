/** The database of this process: the embedded one, or the one that was named; migrated and opened. */
import { Fault } from '@countersign/kernel/fault';
import type { Log } from '../ports/log.ts';
import { type Embedded, startEmbedded } from '../store/embedded/index.ts';
import { migrate } from '../store/migrations/migrate.ts';
import { openStore, type Store } from '../store/postgres/index.ts';

export interface Storage {
  readonly store: Store;
  readonly kind: 'embedded' | 'external';
  /** One line for people. */
  readonly description: string;
  /** Of the embedded server: its cluster, and where its socket is. Nobody else's to see. */
  readonly folders: readonly string[];
  /** What the embedded server's own log complains about at this moment: a full disk, a failed checksum. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

export interface StorageOptions {
  /** Where the embedded cluster lies. */
  readonly dir: string;
  readonly databaseUrl?: string;
  readonly log: Log;
}

/** @throws Fault store.*, config.invalid, request.conflict when another process uses this directory */
export async function openStorage({ dir, databaseUrl, log }: StorageOptions): Promise<Storage> {
  if (databaseUrl !== undefined && databaseUrl !== '') return await external(databaseUrl, log);
  const embedded = await startEmbedded({ dir, log });
  try {
    return await opened(embedded, log);
  } catch (thrown) {
    await embedded.stop();
    throw thrown;
  }
}

/** What `pg` reads as an address; it would take any other text for the name of a host. */
const ADDRESS = /^(?:(?:postgres|postgresql|socket):|\/)/;

/** The address may hold a password, so it is never repeated. */
function checkAddress(url: string): void {
  if (!ADDRESS.test(url))
    throw new Fault(
      'config.invalid',
      'The address of the database is not one of PostgreSQL, such as postgres://user:password@host:5432/name.',
    );
}

async function external(url: string, log: Log): Promise<Storage> {
  checkAddress(url);
  await migrate(url);
  const store = await openStore({ connection: url, log });
  return {
    store,
    kind: 'external',
    description: 'external PostgreSQL',
    folders: [],
    trouble: () => undefined,
    close: () => store.close(),
  };
}

async function opened(embedded: Embedded, log: Log): Promise<Storage> {
  await migrate(embedded.connection);
  const store = await openStore({ connection: embedded.connection, log, diagnose: embedded.diagnose });
  const { version, data, socket } = embedded.describe();
  return {
    store,
    kind: 'embedded',
    description: `embedded PostgreSQL ${version} in ${data}`,
    folders: [data, socket],
    trouble: () => (embedded.trouble() === undefined ? undefined : String(embedded.trouble())),
    close: async () => {
      await store.close();
      await embedded.stop();
    },
  };
}
