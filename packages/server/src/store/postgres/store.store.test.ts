import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { silentLog } from '../../../../../tests/support/ledger.ts';
import { withClient } from '../embedded/index.ts';
import { openStore, READS_ONLY, RunAgain, type Store, type StoreOptions, statement, type Tx } from './index.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await withClient(database.connection, async (client) => {
    await client.query('create table thing (id int primary key, n bigint not null)');
    await client.query('grant select, insert, update, delete on thing to countersign_app');
    await client.query('insert into thing values (1, 0), (2, 0)');
  });
});
afterAll(() => database.drop());

async function withStore<T>(work: (store: Store) => Promise<T>, options: Partial<StoreOptions> = {}): Promise<T> {
  const store = await openStore({ connection: database.connection, log: silentLog, ...options });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

describe('a store that cannot serve says which way', () => {
  test('nobody listens', async () => {
    await expect(openStore({ connection: 'postgres://x:y@127.0.0.1:1/z', log: silentLog })).rejects.toMatchObject({
      code: 'store.unavailable',
    });
  });

  test('something else listens', async () => {
    const server = createServer((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(openStore({ connection: `postgres://x:y@127.0.0.1:${port}/z`, log: silentLog })).rejects.toThrow();
    server.close();
  });

  test('a wrong password', async () => {
    const { connectionString, ...rest } = database.connection;
    const connection =
      connectionString === undefined
        ? { ...rest, password: 'wrong' }
        : { connectionString: connectionString.replace(/:[^:@/]+@/, ':wrong@') };
    await expect(openStore({ connection, log: silentLog })).rejects.toMatchObject({ code: 'store.unavailable' });
  });

  test('no free connection in the pool', () =>
    withStore(
      async (store) => {
        const busy = store.query('select pg_sleep(2)', [], 'hot');
        await expect(store.query('select 1', [], 'hot')).rejects.toMatchObject({ code: 'store.busy' });
        await busy;
      },
      { pools: { hot: { connections: 1, waitMs: 1_000 } } },
    ));

  test('no free connection on the server', async () => {
    const role = `limited_${database.name}`;
    await withClient(database.superuser, async (client) => {
      await client.query(`create role ${role} login password 'p' connection limit 1`);
    });
    const { connectionString, ...rest } = database.connection;
    const url = connectionString === undefined ? undefined : new URL(connectionString);
    if (url !== undefined) [url.username, url.password] = [role, 'p'];
    const connection = url === undefined ? { ...rest, user: role, password: 'p' } : { connectionString: url.href };
    const store = await openStore({ connection, log: silentLog });
    const held = store.query('select pg_sleep(1)');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(store.query('select 1', [], 'jobs')).rejects.toMatchObject({ code: 'store.busy' });
    await held;
    await store.close();
    await withClient(database.superuser, (client) => client.query(`drop role ${role}`));
  });

  test('a statement that takes too long, and a lock that is not given', () =>
    withStore(
      async (store) => {
        await expect(store.query('select pg_sleep(5)', [], 'hot')).rejects.toMatchObject({ code: 'store.slow' });
        await store.tx(async (tx) => {
          await tx.query('select n from thing where id = 1 for update');
          await expect(store.query('update thing set n = 1 where id = 1', [], 'hot')).rejects.toMatchObject({
            code: 'store.slow',
          });
        });
      },
      { pools: { hot: { statementMs: 300, lockMs: 100 } } },
    ));

  test('a session that the server ends; the pool goes on with another', () =>
    withStore(async (store) => {
      const cut = expect(store.query('select pg_sleep(10) as cut')).rejects.toMatchObject({ code: 'store.unavailable' });
      await withClient(database.superuser, async (client) => {
        for (let count = 0; count === 0; ) {
          const { rows } = await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and state = 'active' and query like '%as cut' and pid <> pg_backend_pid()`);
          count = rows.length;
        }
      });
      await cut;
      expect(await store.query('select 1 as one')).toEqual([{ one: 1 }]);
    }));

  test('idle sessions that the server ends do not end this process', () =>
    withStore(async (store) => {
      await Promise.all([store.query('select 1'), store.query('select 1'), store.query('select 1', [], 'hot')]);
      await withClient(database.superuser, (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'countersign %'`,
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await store.query('select 1 as one')).toEqual([{ one: 1 }]);
    }));

  test.each(['synchronous_commit'])('%s off: commits could be lost, so it is refused', async (name) => {
    await withClient(database.superuser, (client) => client.query(`alter database ${database.name} set ${name} = off`));
    await expect(openStore({ connection: database.connection, log: silentLog })).rejects.toMatchObject({ code: 'store.unsafe' });
    await withClient(database.superuser, (client) => client.query(`alter database ${database.name} reset ${name}`));
  });
});

describe('transactions', () => {
  test('two that deadlock both end well', () =>
    withStore(async (store) => {
      const add = (first: number, second: number) =>
        store.tx(async (tx: Tx) => {
          await tx.run('update thing set n = n + 1 where id = $1', [first]);
          await tx.query('select pg_sleep(0.05)');
          await tx.run('update thing set n = n + 1 where id = $1', [second]);
        });
      await store.query('update thing set n = 0');
      await Promise.all([add(1, 2), add(2, 1)]);
      expect(await store.query('select id, n from thing order by id')).toEqual([
        { id: 1, n: 2 },
        { id: 2, n: 2 },
      ]);
    }));

  test('every attempt is told its end, and only one is committed', () =>
    withStore(async (store) => {
      const endings: string[] = [];
      let count = 0;
      const value = await store.tx(async (tx) => {
        tx.onEnd((ending) => endings.push(ending));
        if (++count < 3) throw new RunAgain('not yet');
        return count;
      });
      expect([value, endings]).toEqual([3, ['rolled-back', 'rolled-back', 'committed']]);
    }));

  test('a failure that was swallowed inside is not taken for a commit', () =>
    withStore(async (store) => {
      const work = store.tx(async (tx) => {
        await tx.query('select 1/0').catch(() => undefined);
        return 'fine';
      });
      await expect(work).rejects.toThrow('ROLLBACK');
    }));

  test('the error of the work comes back, and the connection is free again', () =>
    withStore(
      async (store) => {
        for (let i = 0; i < 3; i++)
          await expect(store.tx(() => Promise.reject(new Error('business')), READS_ONLY)).rejects.toThrow('business');
        expect(await store.query('select 1 as one')).toEqual([{ one: 1 }]);
      },
      { pools: { general: { connections: 1 } } },
    ));

  test('a migration under a prepared statement: it is prepared anew', () =>
    withStore(
      async (store) => {
        const all = statement('select * from thing where id = 1');
        await store.query(all);
        await withClient(database.connection, (client) => client.query('alter table thing add column extra text'));
        expect(Object.keys((await store.query(all))[0] ?? {})).toEqual(['id', 'n', 'extra']);
      },
      { pools: { general: { connections: 1 } } },
    ));

  test('text with a zero byte is refused as a request, not as a failure of the store', () =>
    withStore(async (store) => {
      await expect(store.query('select $1::text', ['a\0b'])).rejects.toMatchObject({ code: 'request.invalid' });
    }));
});
