/** Three pools, so that a slow report can't starve an append, and every wait has an end. */
import type { Log } from '../../ports/log.ts';
import pg from 'pg';
import type { Connection } from './connection.ts';
import { columnTypes } from './types.ts';

export type PoolName = 'hot' | 'general' | 'jobs';

export interface PoolTerms {
  readonly connections: number;
  /** Longest wait for a free or new connection, ms. */
  readonly waitMs: number;
  readonly statementMs: number;
  readonly lockMs: number;
}

/** Hot work is batched, so few connections are enough; its callers hold a request open, so its deadlines are short. */
export const POOL_TERMS: Readonly<Record<PoolName, PoolTerms>> = {
  hot: { connections: 4, waitMs: 3_000, statementMs: 5_000, lockMs: 3_000 },
  general: { connections: 8, waitMs: 5_000, statementMs: 15_000, lockMs: 5_000 },
  jobs: { connections: 4, waitMs: 10_000, statementMs: 60_000, lockMs: 5_000 },
};

/** An open transaction that does nothing stops pruning of hot rows for everybody. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** Our own clock ends a statement this much after the server should have: a server that is stuck can't be trusted to. */
const CLIENT_GRACE_MS = 1_500;

/**
 * Hot statements name every row by its whole key, and are planned once a connection, often while their tables are empty. A plan that scans an
 * empty table stays cached while the table grows, and then costs more with every row; so only look-ups by index are offered to the planner.
 */
const LOOK_UPS_ONLY = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_bitmapscan=off',
  'jit=off',
];

const optionsOf = (name: PoolName, { options }: Connection): { options?: string } => {
  const own = name === 'hot' ? LOOK_UPS_ONLY.map((setting) => `-c ${setting}`) : [];
  const all = [...(options === undefined ? [] : [options]), ...own];
  return all.length === 0 ? {} : { options: all.join(' ') };
};

export type Pools = Readonly<Record<PoolName, pg.Pool>>;

export function openPool(name: PoolName, connection: Connection, terms: PoolTerms, log: Log): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    ...optionsOf(name, connection),
    types: columnTypes,
    max: terms.connections,
    connectionTimeoutMillis: terms.waitMs,
    statement_timeout: terms.statementMs,
    lock_timeout: terms.lockMs,
    query_timeout: terms.statementMs + CLIENT_GRACE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // Statements that need not wait for each other's answers go out together: a busy process is slow to come back for each.
    pipeline: name === 'hot',
    application_name: `countersign ${name}`,
  });
  // Without listeners a restart of the database would end this process: idle clients report on the pool, clients in use on themselves.
  pool.on('error', (error) => log.warn('store.connection-lost', { pool: name, error: error.message }));
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
