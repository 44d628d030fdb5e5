import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { silentLog } from '../../../../../tests/support/ledger.ts';
import { withClient } from '../embedded/index.ts';
import { IN_TX, openStore, type Store, statement, type Tx } from './index.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  await withClient(database.connection, async (client) => {
    await client.query('create table step (id int primary key)');
    await client.query('grant select, insert on step to countersign_app');
  });
  store = await openStore({ connection: database.connection, log: silentLog });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const LOOK = statement('select id from step order by id');
const ADD = statement('insert into step (id) values ($1)');
const steps = async (): Promise<readonly number[]> =>
  (await store.query<{ id: number }>('select id from step order by id', [], 'hot')).map(({ id }) => id);
const together = (work: (tx: Tx) => Promise<unknown>) => store.tx(work, { pool: 'hot', together: true });

test('statements of one trip take effect in the order in which they were sent', async () => {
  const seen = await store.tx(
    async (tx) => {
      const sent = [tx.run(ADD, [1]), tx.query<{ id: number }>(LOOK), tx.run(ADD, [2]), tx.query<{ id: number }>(LOOK)];
      return await Promise.all(sent);
    },
    { pool: 'hot' },
  );
  expect(seen).toEqual([1, [{ id: 1 }], 1, [{ id: 1 }, { id: 2 }]]);
  expect(await steps()).toEqual([1, 2]);
});

test('a statement that fails takes those sent after it along, and nothing stays', async () => {
  const endings: string[] = [];
  const work = async (tx: Tx) => {
    const sent = await Promise.allSettled([tx.run(ADD, [3]), tx.run(ADD, [1]), tx.run(ADD, [4])]);
    endings.push(...sent.map(({ status }) => status));
    for (const ending of sent) if (ending.status === 'rejected') throw ending.reason;
  };
  await expect(store.tx(work, { pool: 'hot' })).rejects.toThrow(/duplicate key|23505/);
  expect(endings).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(await steps()).toEqual([1, 2]);
});

test('a first statement that goes out with BEGIN is within the transaction', async () => {
  await together(async (tx) => {
    const number = 'select txid_current()::text as id';
    const [first] = await tx.query(number);
    expect(await tx.query(number)).toEqual([first]);
    await tx.run(ADD, [5]);
  });
  expect(await steps()).toEqual([1, 2, 5]);
  const failed = together(async (tx) => {
    await tx.query(LOOK);
    await tx.run(ADD, [6]);
    throw new RangeError('no');
  });
  await expect(failed).rejects.toThrow(RangeError);
  expect(await steps()).toEqual([1, 2, 5]);
});

test('a first statement that fails leaves a connection that serves', async () => {
  await expect(together((tx) => tx.query('select 1 / 0'))).rejects.toThrow(/division by zero|22012/);
  expect(await steps()).toEqual([1, 2, 5]);
});

test('work that sends nothing commits nothing', async () => {
  expect(await together(async () => 'done')).toBe('done');
});

test('a guarded write changes nothing outside of a transaction of ours', async () => {
  const guarded = statement(`insert into step (id) select $1::int where ${IN_TX}`);
  const outside = await store.query(guarded, [7], 'hot');
  expect(outside).toEqual([]);
  expect(await steps()).toEqual([1, 2, 5]);
  await together((tx) => tx.run(guarded, [7]));
  expect(await steps()).toEqual([1, 2, 5, 7]);
  // The same connections, after a transaction of ours has ended on them.
  await Promise.all(Array.from({ length: 8 }, () => store.query(guarded, [8], 'hot')));
  expect(await steps()).toEqual([1, 2, 5, 7]);
});
