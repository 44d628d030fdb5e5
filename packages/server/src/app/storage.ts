/** The database of this process: the embedded one, or the one that was named; migrated and opened. */
import type { Log } from '../ports/log.ts';
import { type Embedded, startEmbedded } from '../store/embedded/index.ts';
import { migrate } from '../store/migrations/migrate.ts';
import { openStore, type Store } from '../store/postgres/index.ts';

export interface Storage {
  readonly store: Store;
  readonly kind: 'embedded' | 'external';
  /** One line for people. */
  readonly description: string;
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

/** @throws Fault store.*, request.conflict when another process uses this directory */
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

async function external(url: string, log: Log): Promise<Storage> {
  await migrate(url);
  const store = await openStore({ connection: url, log });
  return { store, kind: 'external', description: 'external PostgreSQL', trouble: () => undefined, close: () => store.close() };
}

async function opened(embedded: Embedded, log: Log): Promise<Storage> {
  await migrate(embedded.connection);
  const store = await openStore({ connection: embedded.connection, log, diagnose: embedded.diagnose });
  const { version, data } = embedded.describe();
  return {
    store,
    kind: 'embedded',
    description: `embedded PostgreSQL ${version} in ${data}`,
    trouble: () => (embedded.trouble() === undefined ? undefined : String(embedded.trouble())),
    close: async () => {
      await store.close();
      await embedded.stop();
    },
  };
}
