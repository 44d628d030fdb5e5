/**
 * Transactions with a typed retry rule. Serialization failures and deadlocks rerun the whole function. A connection that is lost after
 * COMMIT was sent leaves the outcome unknown: the write's own resolver looks it up by key, and only what is known to be absent runs again.
 */
import type pg from 'pg';
import { CommitUnknown, isConnectionLost, isRerunnable, isStalePlan, storeFault } from './faults.ts';
import type { Statement } from './statement.ts';

export type Ending = 'committed' | 'rolled-back' | 'unknown';

/** Values as `pg` takes them. */
export type Values = readonly unknown[];

export interface Tx {
  /** In the order of the calls. On the hot pool a statement may follow another before that is answered; elsewhere one at a time. */
  query<R extends pg.QueryResultRow>(statement: Statement | string, values?: Values): Promise<R[]>;
  /** Rows that an INSERT, UPDATE or DELETE touched. */
  run(statement: Statement | string, values?: Values): Promise<number>;
  /** Called once, synchronously, when the fate of this attempt is known (or known to be unknown). Must not throw. */
  onEnd(hook: (ending: Ending) => void): void;
}

export interface TxOptions<T> {
  /** Looks an unknown commit up by its unique key: `{ found }` when it took effect, undefined when it certainly did not. */
  readonly resolve?: () => Promise<{ readonly found: T } | undefined>;
  /** The work is one single statement: no BEGIN and COMMIT around it, one round trip. */
  readonly single?: boolean;
  /**
   * The first statements go out together with BEGIN, unanswered. On the hot pool only, and only for statements that change nothing
   * outside of a transaction of ours: reads, and writes that carry `IN_TX`.
   */
  readonly together?: boolean;
}

/** Each transaction says that it is open, for as long as it is; outside of one the setting is gone with its own statement. */
const BEGIN = "begin; set local countersign.tx = 'on'";

/** A transaction that must run again for a reason the database does not know of. */
export class RunAgain extends Error {}

const ATTEMPTS_MAX = 5;
const JITTER_MS = 20;
/** How long a restarting database is waited for before the outcome is reported as unknown. */
const RESOLVE_MS = 5_000;
const RESOLVE_STEP_MS = 50;

/** For work that only reads: a lost commit is no loss. */
export const READS_ONLY = { resolve: async () => undefined } as const;

class OpenTx implements Tx {
  readonly #client: pg.PoolClient;
  readonly #hooks: ((ending: Ending) => void)[] = [];

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query<R extends pg.QueryResultRow>(statement: Statement | string, values: Values = []): Promise<R[]> {
    return (await this.#send<R>(statement, values)).rows;
  }

  async run(statement: Statement | string, values: Values = []): Promise<number> {
    return (await this.#send(statement, values)).rowCount ?? 0;
  }

  #send<R extends pg.QueryResultRow>(statement: Statement | string, values: Values): Promise<pg.QueryResult<R>> {
    if (typeof statement === 'string') return this.#client.query<R>(statement, values as unknown[]);
    return this.#client.query<R>({ name: statement.name, text: statement.text, values: values as unknown[] });
  }

  onEnd(hook: (ending: Ending) => void): void {
    this.#hooks.push(hook);
  }

  end(ending: Ending): void {
    for (const hook of this.#hooks.splice(0)) hook(ending);
  }
}

interface Attempt<T> {
  readonly ending: Ending;
  readonly value?: T;
  readonly thrown?: unknown;
}

/** Ends a failed attempt. A connection whose ROLLBACK fails is closed, which rolls back as well. */
async function abandon(client: pg.PoolClient, thrown: unknown, single: boolean): Promise<void> {
  if (isConnectionLost(thrown) || isStalePlan(thrown)) return client.release(true);
  if (single) return client.release();
  try {
    await client.query('rollback');
    client.release();
  } catch {
    client.release(true);
  }
}

async function attemptSingle<T>(client: pg.PoolClient, tx: OpenTx, work: (tx: Tx) => Promise<T>): Promise<Attempt<T>> {
  try {
    const value = await work(tx);
    client.release();
    return { ending: 'committed', value };
  } catch (thrown) {
    await abandon(client, thrown, true);
    return { ending: isConnectionLost(thrown) ? 'unknown' : 'rolled-back', thrown };
  }
}

interface Whole<T> {
  readonly work: (tx: Tx) => Promise<T>;
  readonly together: boolean;
}

async function attemptWhole<T>(client: pg.PoolClient, tx: OpenTx, { work, together }: Whole<T>): Promise<Attempt<T>> {
  let sent = false;
  try {
    const begun = client.query(BEGIN);
    // Its failure is told below: it is what those after it failed of.
    if (together) begun.catch(() => undefined);
    else await begun;
    const [opened, done] = await Promise.allSettled([begun, work(tx)]);
    if (opened.status === 'rejected') throw opened.reason;
    if (done.status === 'rejected') throw done.reason;
    const { value } = done;
    sent = true;
    const { command } = await client.query('commit');
    client.release(command !== 'COMMIT');
    if (command === 'COMMIT') return { ending: 'committed', value };
    // A failed transaction answers its COMMIT with ROLLBACK; any other answer is none.
    return {
      ending: command === 'ROLLBACK' ? 'rolled-back' : 'unknown',
      thrown: new Error(`the commit was answered with ${command}`),
    };
  } catch (thrown) {
    await abandon(client, thrown, false);
    return { ending: sent && isConnectionLost(thrown) ? 'unknown' : 'rolled-back', thrown };
  }
}

const mayRunAgain = (thrown: unknown): boolean => isRerunnable(thrown) || isStalePlan(thrown) || thrown instanceof RunAgain;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function resolveUnknown<T>(cause: unknown, resolve: TxOptions<T>['resolve']): Promise<{ readonly found: T } | undefined> {
  if (resolve === undefined) throw new CommitUnknown(cause);
  const end = performance.now() + RESOLVE_MS;
  for (;;) {
    try {
      return await resolve();
    } catch {
      if (performance.now() > end) throw new CommitUnknown(cause);
    }
    await pause(RESOLVE_STEP_MS);
  }
}

/** @throws Fault store.* (`CommitUnknown` when nobody can tell), or what `work` threw */
export async function runTx<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>, options: TxOptions<T> = {}): Promise<T> {
  for (let count = 1; ; count++) {
    const client = await pool.connect().catch((thrown: unknown) => {
      throw storeFault(thrown);
    });
    const tx = new OpenTx(client);
    const attempt =
      options.single === true
        ? await attemptSingle(client, tx, work)
        : await attemptWhole(client, tx, { work, together: options.together === true });
    tx.end(attempt.ending);
    if (attempt.ending === 'committed') return attempt.value as T;
    if (attempt.ending === 'unknown') {
      const known = await resolveUnknown(attempt.thrown, options.resolve);
      if (known !== undefined) return known.found;
    } else if (!mayRunAgain(attempt.thrown)) {
      throw storeFault(attempt.thrown);
    }
    if (count >= ATTEMPTS_MAX) throw storeFault(attempt.thrown);
    await pause(Math.random() * JITTER_MS * count);
  }
}
