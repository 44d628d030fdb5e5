/** The database as the rest of the store sees it: three pools, transactions, and every error as a fault. */
import type pg from 'pg';
import type { Log } from '../../ports/log.ts';
import { checkServer, hasRoles } from './checks.ts';
import { APP_ROLE, type Connection, connectionOf, withRole } from './connection.ts';
import { storeFault } from './faults.ts';
import { openPool, POOL_TERMS, type PoolName, type Pools, type PoolTerms } from './pools.ts';
import { runTx, type Tx, type TxOptions, type Values } from './tx.ts';
import type { Statement } from './statement.ts';

export interface StoreOptions {
  readonly connection: Connection | string;
  readonly log: Log;
  readonly pools?: Partial<Readonly<Record<PoolName, Partial<PoolTerms>>>>;
  /** What the supervisor of an embedded database knows better than a lost connection says. */
  readonly diagnose?: (thrown: unknown) => unknown;
}

export interface Store {
  readonly pools: Pools;
  /** Whether the pools work under the `app` role: the database itself then refuses changes of ledger rows. */
  readonly guarded: boolean;
  /** A transaction on the general pool, or on the one named. READ COMMITTED. */
  tx<T>(work: (tx: Tx) => Promise<T>, options?: TxOptions<T> & { readonly pool?: PoolName }): Promise<T>;
  /** One statement outside any transaction. */
  query<R extends pg.QueryResultRow>(statement: Statement | string, values?: Values, pool?: PoolName): Promise<R[]>;
  close(): Promise<void>;
}

/**
 * Opens the pools and checks the server. Migrations run before, on a connection of their own.
 * @throws Fault store.unavailable, store.busy, store.slow, store.unsafe
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const base = connectionOf(options.connection);
  const faultOf = (thrown: unknown): unknown => storeFault(options.diagnose?.(thrown) ?? thrown);
  const guarded = await examine(base, options.log).catch((thrown: unknown) => {
    throw faultOf(thrown);
  });
  if (!guarded) options.log.warn('store.unguarded', { role: APP_ROLE });
  const connection = guarded ? withRole(base, APP_ROLE) : base;
  const open = (name: PoolName): pg.Pool =>
    openPool(name, connection, { ...POOL_TERMS[name], ...options.pools?.[name] }, options.log);
  const pools: Pools = { hot: open('hot'), general: open('general'), jobs: open('jobs') };

  return {
    pools,
    guarded,
    async tx(work, txOptions = {}) {
      try {
        return await runTx(pools[txOptions.pool ?? 'general'], work, txOptions);
      } catch (thrown) {
        throw faultOf(thrown);
      }
    },
    async query(statement, values = [], pool = 'general') {
      try {
        return await runTx(pools[pool], (tx) => tx.query(statement, values), { single: true });
      } catch (thrown) {
        throw faultOf(thrown);
      }
    },
    async close() {
      await Promise.all([pools.hot.end(), pools.general.end(), pools.jobs.end()]);
    },
  };
}

async function examine(connection: Connection, log: Log): Promise<boolean> {
  const pool = openPool('general', connection, { ...POOL_TERMS.general, connections: 1 }, log);
  try {
    const client = await pool.connect();
    try {
      await checkServer(client);
      return await hasRoles(client);
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
}
