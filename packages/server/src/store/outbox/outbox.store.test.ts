import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { openIdempotency } from '../identity/index.ts';
import { openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { insertOutbox, type Outbox, openOutbox } from './index.ts';

let db: FreshDatabase;
let rig: Rig;
let outbox: Outbox;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  outbox = openOutbox(rig.store);
});
afterAll(async () => {
  await rig.close();
  await db.drop();
});

describe('the outbox', () => {
  const put = (id: string) =>
    rig.store.tx((tx) => insertOutbox(tx, [{ org: ORG, id, kind: 'kill.set', body: { text: 'a\u0000b\ud800', id } }]));

  test('gives each message to one claimer, again after a failure, and never after its end', async () => {
    for (const id of ['m1', 'm2', 'm3', 'm1']) await put(id);
    const claims = (await Promise.all([outbox.claimOutbox(2), outbox.claimOutbox(2), outbox.claimOutbox(2)])).flat();
    expect(claims.map(({ id, attempts, body }) => [id, attempts, body['id']]).sort()).toEqual([
      ['m1', 0, 'm1'],
      ['m2', 0, 'm2'],
      ['m3', 0, 'm3'],
    ]);
    await outbox.markDelivered(ORG, 'm1');
    await outbox.markFailed(ORG, 'm2', 0, 'refused\u0000');
    await outbox.markFailed(ORG, 'm3', null, 'gone');
    expect((await outbox.claimOutbox(10)).map(({ id, attempts }) => [id, attempts])).toEqual([['m2', 1]]);
    expect(await outbox.claimOutbox(10)).toEqual([]);
    expect(await outbox.prune(0)).toBe(2);
  });

  test('holds nothing of a transaction that failed', async () => {
    const failing = rig.store.tx(async (tx) => {
      await insertOutbox(tx, [{ org: ORG, id: 'never', kind: 'kill.set', body: {} }]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await outbox.claimOutbox(10)).filter(({ id }) => id === 'never')).toEqual([]);
  });
});

describe('a keyed request', () => {
  const slot = { org: ORG, caller: 'usr_1', key: 'k1' };
  const answer = { status: 201, headers: { etag: '"1"' }, body: '{"text":"\u0000ü"}' };

  test('is run once, and answered the same afterwards', async () => {
    const keys = openIdempotency(rig.store);
    const states = await Promise.all(Array.from({ length: 8 }, () => keys.begin(slot, 'f1')));
    expect(states.map(({ state }) => state).sort()).toEqual(['new', ...Array.from({ length: 7 }, () => 'running')]);
    expect(await keys.begin(slot, 'f2')).toEqual({ state: 'mismatch' });
    expect(await keys.begin({ ...slot, caller: 'usr_2' }, 'f2')).toEqual({ state: 'new' });
    await keys.finish(slot, answer);
    await keys.finish(slot, { ...answer, status: 500 });
    await keys.abandon(slot);
    expect(await keys.begin(slot, 'f1')).toEqual({ state: 'done', answer });
  });

  test('that came to nothing, or whose owner died, may run again', async () => {
    const keys = openIdempotency(rig.store);
    const other = { ...slot, key: 'k2' };
    await keys.begin(other, 'f1');
    await keys.abandon(other);
    expect(await keys.begin(other, 'f9')).toEqual({ state: 'new' });
    await rig.store.query(`update idempotency set at = clock_timestamp() - interval '6 minutes' where key = 'k2'`);
    expect(await keys.begin(other, 'f9')).toEqual({ state: 'new' });
    await rig.store.query(`update idempotency set at = clock_timestamp() - interval '25 hours' where key = 'k1'`);
    expect(await keys.begin(slot, 'f3')).toEqual({ state: 'new' });
    await rig.store.query(`update idempotency set at = clock_timestamp() - interval '25 hours'`);
    expect(await keys.prune()).toBe(3);
  });
});
