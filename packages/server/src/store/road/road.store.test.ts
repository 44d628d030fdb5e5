import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { decisionDraft, outcomeDraft } from '../../../../../tests/support/ledger.ts';
import { newId } from '../../adapters/system/clock.ts';
import { ask, end, entriesOf, HOUR, line, ofType, openRig, ORG, type Rig, rowOf } from './testing/rig.ts';

let db: FreshDatabase;
let rig: Rig;
let other: Rig;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  other = await openRig(db.connection);
});
afterAll(async () => {
  await rig.close();
  await other.close();
  await db.drop();
});

describe('a decision with a reservation', () => {
  test('holds the whole chain, and its entry is durable when it resolves', async () => {
    const lines = [
      line('org.a', 1_000),
      line('team:a', 400),
      line('org.a', 5, { unit: 'requests', window: 'hour', starts: HOUR }),
    ];
    const item = ask({ lines, min: { microUsd: 10, requests: 1 }, want: { microUsd: 700, requests: 1 } });
    const result = await rig.road.decide(item);
    expect(result).toEqual({
      reserve: { ok: true, granted: { microUsd: 400, requests: 1 } },
      approvalsHeld: true,
      marksHeld: true,
      seqs: [expect.any(Number)],
    });
    expect(await rowOf(rig.store, 'team:a')).toEqual({ reserved: 400, charged: 0 });
    const found = await rig.store.query('select seq from audit_entry where org = $1 and seq = $2', [ORG, result.seqs[0]]);
    expect(found).toHaveLength(1);
    expect([
      rig.road.left(line('team:a', 400)),
      rig.road.left(line('team:a', 500)),
      rig.road.left(line('team:unseen', 7)),
    ]).toEqual([0, 100, 7]);
    await rig.road.settle(end(item.reserve?.key ?? '', { microUsd: 123, requests: 1 }));
    expect(await rowOf(rig.store, 'team:a')).toEqual({ reserved: 0, charged: 123 });
    expect(rig.road.left(line('team:a', 400))).toBe(277);
  });

  test('that does not fit changes no row, names the binding line, and records what it became', async () => {
    const lines = [line('org.b', 1_000), line('team:b', 9)];
    let told: unknown;
    const key = newId('dec');
    const record = (result: unknown) => {
      told = result;
      return { entries: [decisionDraft(ORG, key)], payloads: [] };
    };
    const result = await rig.road.decide(ask({ key, lines, want: { microUsd: 10 }, record }));
    expect(result.reserve).toEqual({ ok: false, line: lines[1], left: 9, reason: 'exceeded' });
    expect(told).toEqual({ reserve: result.reserve, approvalsHeld: true, marksHeld: true });
    expect([await rowOf(rig.store, 'org.b'), await rowOf(rig.store, 'team:b')]).toEqual([
      { reserved: 0, charged: 0 },
      { reserved: 0, charged: 0 },
    ]);
    expect(await rig.store.query('select 1 from open_act where key = $1', [key])).toEqual([]);
  });

  test('of money that no line covers is denied', async () => {
    const result = await rig.road.decide(ask({ lines: [], want: { microUsd: 1 } }));
    expect(result.reserve).toMatchObject({ ok: false, reason: 'missing', left: 0, line: { unit: 'microUsd' } });
  });

  test('is one decision, however often its key comes: at once, later, on another node, after its end', async () => {
    const item = ask({ lines: [line('team:c', 100)], want: { microUsd: 60 } });
    const key = item.reserve?.key ?? '';
    const granted = { ok: true, granted: { microUsd: 60 } };
    const results = await Promise.all([rig.road.decide(item), rig.road.decide(item), other.road.decide(item)]);
    expect(results.map(({ reserve }) => reserve)).toEqual([granted, granted, granted]);
    expect((await rig.road.decide(item)).reserve).toEqual(granted);
    expect((await other.road.decide(item)).reserve).toEqual(granted);
    expect(await rowOf(rig.store, 'team:c')).toEqual({ reserved: 60, charged: 0 });
    await other.road.settle(end(key, { microUsd: 10 }));
    expect((await other.road.decide(item)).reserve).toEqual(granted);
    expect(await rowOf(rig.store, 'team:c')).toEqual({ reserved: 0, charged: 10 });
    const named = ofType(await entriesOf(rig.store), 'decision').filter(({ decision }) => decision.id === key);
    expect(named).toHaveLength(1);
  });

  test('takes a limit that was lowered below use as a denial, and one that was raised as room', async () => {
    const want = { microUsd: 50 };
    expect((await rig.road.decide(ask({ lines: [line('team:d', 100)], want }))).reserve).toMatchObject({ ok: true });
    expect((await rig.road.decide(ask({ lines: [line('team:d', 20)], want }))).reserve).toMatchObject({ ok: false, left: 0 });
    expect((await rig.road.decide(ask({ lines: [line('team:d', 130)], want }))).reserve).toMatchObject({ ok: true });
    expect(await rowOf(rig.store, 'team:d')).toEqual({ reserved: 100, charged: 0 });
  });

  test('is refused alone when its record throws or is no entry: its neighbours go through', async () => {
    const lines = [line('team:e', 100)];
    const want = { microUsd: 10 };
    const bad = { entries: [{ ...decisionDraft(ORG), ticket: 'not an id' }], payloads: [] };
    const results = await Promise.allSettled([
      rig.road.decide(ask({ lines, want })),
      rig.road.decide(
        ask({
          lines,
          want,
          record: () => {
            throw new RangeError('no');
          },
        }),
      ),
      rig.road.decide(ask({ lines, want, record: () => bad })),
      rig.road.decide(ask({ lines, want })),
      rig.road.decide(ask({ lines: [line('team:\u0000', 1)], want })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled', 'rejected']);
    expect(await rowOf(rig.store, 'team:e')).toEqual({ reserved: 20, charged: 0 });
  });

  test('makes its rows anew when somebody removed them', async () => {
    const lines = [line('team:f', 100)];
    await rig.road.decide(ask({ lines, want: { microUsd: 1 } }));
    await rig.store.query(`delete from budget where line like '%/team:f'`);
    expect((await rig.road.decide(ask({ lines, want: { microUsd: 5 } }))).reserve).toMatchObject({ ok: true });
    expect(await rowOf(rig.store, 'team:f')).toEqual({ reserved: 5, charged: 0 });
  });
});

describe('a settlement', () => {
  const open = async (scope: string) => {
    const item = ask({
      lines: [line(scope, 1_000), line(scope, 2, { unit: 'concurrency' })],
      want: { microUsd: 100, concurrency: 1 },
    });
    await rig.road.decide(item);
    return item.reserve?.key ?? '';
  };
  const rows = async (scope: string) =>
    (
      await rig.store.query<{ reserved: number; charged: number }>(
        `select reserved, charged from budget where line like '%/' || $1 order by line desc`,
        [scope],
      )
    ).map(({ reserved, charged }) => [reserved, charged]);

  test.each([
    ['charges what was spent and frees the rest', 's.1', { microUsd: 40 }, 40, []],
    ['charges in full what nobody knows', 's.2', 'full', 100, []],
    ['releases all where nothing was sent', 's.3', 'none', 0, []],
    ['books the excess and tells it', 's.4', { microUsd: 130 }, 130, [{ microUsd: 30, code: 'overrun' }]],
    ['charges a unit in full that is not named', 's.5', {}, 100, []],
  ] as const)('%s; a place is always given back', async (_, scope, charge, charged, corrections) => {
    const key = await open(scope);
    await rig.road.settle(end(key, charge));
    expect(await rows(scope)).toEqual([
      [0, charged],
      [0, 0],
    ]);
    const told = ofType(await entriesOf(rig.store), 'charge.correction').filter(({ detail }) => detail.reservation === key);
    expect(told.map(({ detail: { microUsd, code } }) => ({ microUsd, code }))).toEqual(corrections);
  });

  test('counts once: at once, again, and from another node', async () => {
    const key = await open('s.6');
    await Promise.all([
      rig.road.settle(end(key, { microUsd: 7 })),
      rig.road.settle(end(key, { microUsd: 7 })),
      other.road.settle(end(key, { microUsd: 7 })),
    ]);
    await other.road.settle(end(key, 'full'));
    await rig.road.settle(end(key, 'none'));
    expect(await rows('s.6')).toEqual([
      [0, 7],
      [0, 0],
    ]);
    expect(ofType(await entriesOf(rig.store), 'outcome').filter(({ outcome }) => outcome.decision === key)).toHaveLength(1);
  });

  test('that comes after the end was presumed puts the charge right', async () => {
    const key = await open('s.7');
    await other.road.end(end(key, 'full'), true);
    await other.road.end(end(key, 'full'), true);
    expect(await rows('s.7')).toEqual([
      [0, 100],
      [0, 0],
    ]);
    await rig.road.settle(end(key, { microUsd: 30 }));
    await rig.road.settle(end(key, { microUsd: 30 }));
    expect(await rows('s.7')).toEqual([
      [0, 30],
      [0, 0],
    ]);
    const [told] = ofType(await entriesOf(rig.store), 'charge.correction').filter(({ detail }) => detail.reservation === key);
    expect(told?.detail).toMatchObject({ decision: key, microUsd: -70, code: 'late' });
  });

  test('without a reservation records its entries', async () => {
    const decision = newId('dec');
    await rig.road.settle({ org: ORG, charge: 'none', entries: [outcomeDraft(ORG, decision)], payloads: [] });
    expect(ofType(await entriesOf(rig.store), 'outcome').some(({ outcome }) => outcome.decision === decision)).toBe(true);
  });

  test('with an amount that is none is refused and changes nothing', async () => {
    const key = await open('s.8');
    await expect(rig.road.settle(end(key, { microUsd: -1 }))).rejects.toThrow(RangeError);
    expect(await rows('s.8')).toEqual([
      [100, 0],
      [1, 0],
    ]);
  });
});

describe('thresholds', () => {
  test('are told once a window each, with a message, however many nodes cross them', async () => {
    const alarmed = line('team:alarm', 100, { alarms: [0.5, 0.8, 1], window: 'hour', starts: HOUR });
    for (let i = 0; i < 14; i++) {
      const { road } = i % 2 === 0 ? rig : other;
      const item = ask({ lines: [alarmed], min: { microUsd: 1 }, want: { microUsd: 8 } });
      const { reserve } = await road.decide(item);
      if (reserve?.ok === true) await road.settle(end(item.reserve?.key ?? '', 'full'));
    }
    const told = ofType(await entriesOf(rig.store), 'budget.threshold').filter(({ detail }) => detail.budget === 'team:alarm');
    expect(told.map(({ detail: { percent, spentMicroUsd } }) => [percent, spentMicroUsd])).toEqual([
      [50, 56],
      [80, 80],
      [100, 96],
    ]);
    const messages = await rig.store.query<{ id: string }>(
      `select id from outbox where kind = 'budget.threshold' and body like '%team:alarm%' order by id`,
    );
    expect(messages.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
  });
});
