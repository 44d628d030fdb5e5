import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { silentLog } from '../../../../../tests/support/ledger.ts';
import { NODE_TTL_MS, RoadKeeper } from './index.ts';
import { ask, end, entriesOf, inMinutes, line, ofType, openRig, type Rig, rowOf } from './testing/rig.ts';

let db: FreshDatabase;
let here: Rig;
let lost: Rig;
let now = 0;
let keeper: RoadKeeper;

const keeperOf = (rig: Rig) =>
  new RoadKeeper({ store: rig.store, road: rig.road, author: rig.author, node: rig.node, log: silentLog, spans: () => now });

beforeAll(async () => {
  db = await freshDatabase();
  here = await openRig(db.connection);
  lost = await openRig(db.connection);
  keeper = keeperOf(here);
});
afterAll(async () => {
  await here.close();
  await lost.close();
  await db.drop();
});

const open = async (rig: Rig, scope: string, expiresAt?: string) => {
  const lines = [line(scope, 1_000), line(scope, 3, { unit: 'concurrency' })];
  const item = ask({ lines, want: { microUsd: 100, concurrency: 1 }, ...(expiresAt === undefined ? {} : { expiresAt }) });
  await rig.road.decide(item);
  return item.reserve?.key ?? '';
};

const outcomes = async (key: string) =>
  ofType(await entriesOf(here.store), 'outcome').flatMap(({ outcome, action, principal }) =>
    outcome.decision === key ? [{ status: outcome.status, action, principal }] : [],
  );

const silence = (rig: Rig) =>
  here.store.query(
    `insert into node_beat (node, beat) values ($1, clock_timestamp() - interval '1 minute')
     on conflict (node) do update set beat = excluded.beat`,
    [rig.node],
  );

test('an act past its time is charged in full, once, with an outcome that says who and what', async () => {
  const key = await open(here, 'team:late', inMinutes(-1));
  const young = await open(here, 'team:young');
  expect(await keeper.round()).toBe(1);
  expect(await keeper.round()).toBe(0);
  expect(await rowOf(here.store, 'team:late')).toMatchObject({ reserved: 0 });
  expect(await outcomes(key)).toEqual([{ status: 'unknown', action: 'model.call', principal: 'agent:payments-fixer' }]);
  expect(await outcomes(young)).toEqual([]);
  await here.road.settle(end(key, { microUsd: 1 }));
  const told = ofType(await entriesOf(here.store), 'charge.correction').filter(({ detail }) => detail.decision === key);
  expect(told.map(({ detail }) => detail.microUsd)).toEqual([-99]);
});

test('acts of a dead node are ended by a living one, those of the living are left alone, and the dead may speak up later', async () => {
  const key = await open(lost, 'team:lost');
  const own = await open(here, 'team:own');
  await silence(lost);
  // After an outage everybody looks dead: this node has not been heard long enough itself.
  now += NODE_TTL_MS - 1;
  expect(await keeper.round()).toBe(0);
  expect(await outcomes(key)).toEqual([]);
  await keeper.round();
  now += NODE_TTL_MS / 2;
  await keeper.round();
  now += NODE_TTL_MS / 2;
  await silence(lost);
  await keeper.round();
  expect(await outcomes(key)).toEqual([{ status: 'unknown', action: 'model.call', principal: 'agent:payments-fixer' }]);
  expect(await outcomes(own)).toEqual([]);
  expect(await rowOf(here.store, 'team:lost')).toMatchObject({ reserved: 0 });
  expect(ofType(await entriesOf(here.store), 'node.recovered').map(({ detail }) => detail)).toEqual([
    { recovered: lost.node, unknown: 1 },
  ]);
  await lost.road.settle(end(key, 'none'));
  const [row] = await here.store.query<{ charged: number }>(`select charged from budget where line like 'microUsd%team:lost'`);
  expect(row?.charged).toBe(0);
});

test('a node that ends cleanly leaves nothing to recover', async () => {
  const rig = await openRig(db.connection);
  const own = keeperOf(rig);
  await own.start();
  const key = await open(rig, 'team:clean');
  await rig.road.settle(end(key, 'full'));
  await own.stop();
  expect(await here.store.query('select node from node_beat where node = $1', [rig.node])).toEqual([]);
  await rig.close();
});
