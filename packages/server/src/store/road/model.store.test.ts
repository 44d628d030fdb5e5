/** Random histories on two nodes and a real database, many things at once: rows, acts and answers must agree after every burst. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { newId } from '../../adapters/system/clock.ts';
import type { Amounts, SettleItem } from '../../ports/road-store.ts';
import { PostgresApprovals, sweepApprovals } from '../approval/index.ts';
import { PostgresIdentity } from '../identity/index.ts';
import { ask, end, entriesOf, inMinutes, line, ofType, openRig, ORG, type Rig } from './testing/rig.ts';

let db: FreshDatabase;
let rigs: readonly Rig[];

beforeAll(async () => {
  db = await freshDatabase();
  rigs = [await openRig(db.connection), await openRig(db.connection)];
});
afterAll(async () => {
  for (const rig of rigs) await rig.close();
  await db.drop();
});

const on = (node: number): Rig => rigs[node % rigs.length] as Rig;
const node = fc.nat(1);
const key = fc.nat(30);
const op = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('decide' as const), node, key, task: fc.nat(2), min: fc.nat(40), more: fc.nat(90) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), node, key, spent: fc.nat(160) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('full' as const), node, key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('none' as const), node, key }) },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

interface Act {
  readonly scopes: readonly string[];
  readonly granted: Amounts;
  end?: number;
}

const MONEY = 300;
const PLACES = 4;

class History {
  readonly #run = newId('run');
  readonly acts = new Map<string, Act>();

  name(scope: string): string {
    return `${scope}:${this.#run}`;
  }

  async step(one: Op): Promise<void> {
    const name = `${this.#run}_${one.key}`;
    if (one.kind === 'decide') return await this.#decide(name, one);
    const act = this.acts.get(name);
    if (act === undefined) return;
    const spent: SettleItem['charge'] = one.kind === 'settle' ? { microUsd: one.spent } : one.kind;
    await on(one.node).road.settle(end(name, spent));
  }

  async #decide(name: string, { node: at, task, min, more }: Extract<Op, { kind: 'decide' }>): Promise<void> {
    const scopes = [this.name(`task${task}`), this.name('team')];
    const lines = scopes.flatMap((scope) => [line(scope, MONEY), line(scope, PLACES, { unit: 'concurrency' })]);
    const item = ask({
      key: name,
      lines,
      min: { microUsd: min, concurrency: 1 },
      want: { microUsd: min + more, concurrency: 1 },
    });
    const { reserve } = await on(at).road.decide(item);
    if (reserve?.ok !== true) return;
    const before = this.acts.get(name);
    // I5: a key has one answer for ever.
    if (before !== undefined) expect(reserve.granted).toEqual(before.granted);
    else this.acts.set(name, { scopes, granted: reserve.granted });
  }

  async check(): Promise<void> {
    const { store } = on(0);
    const rows = await store.query<{ line: string; most: number; reserved: number; charged: number }>(
      `select line, most, reserved, charged from budget where line like '%' || $1`,
      [this.#run],
    );
    const acts = await store.query<{ key: string; state: number }>('select key, state from open_act where key like $1', [
      `${this.#run}%`,
    ]);
    const entries = await entriesOf(store);
    const over = new Map(ofType(entries, 'charge.correction').map(({ detail }) => [detail.reservation, detail.microUsd]));
    expect(acts.map(({ key: one }) => one).sort()).toEqual([...this.acts.keys()].sort());
    for (const { line: name, most, reserved, charged } of rows) {
      const [unit = ''] = name.split('/');
      const holding = acts.filter(
        (act) => act.state === 0 && this.acts.get(act.key)?.scopes.some((scope) => name.endsWith(`/${scope}`)),
      );
      const held = holding.reduce((sum, act) => sum + (this.acts.get(act.key)?.granted[unit as 'microUsd'] ?? 0), 0);
      const excess = [...over].reduce(
        (sum, [act, more]) =>
          sum + (this.acts.get(act ?? '')?.scopes.some((scope) => name.endsWith(`/${scope}`)) === true ? more : 0),
        0,
      );
      expect([name, reserved]).toEqual([name, held]);
      if (unit === 'concurrency') expect([name, charged, reserved <= most]).toEqual([name, 0, true]);
      // I1
      else expect([name, charged + reserved - excess <= most]).toEqual([name, true]);
    }
    const total = (scope: string, field: 'reserved' | 'charged') =>
      rows
        .filter((row) => row.line.startsWith('microUsd/') && row.line.includes(`/${scope}`))
        .reduce((sum, row) => sum + row[field], 0);
    // I2: what the team holds and spent is what its tasks hold and spent.
    expect([total('team', 'reserved'), total('team', 'charged')]).toEqual([total('task', 'reserved'), total('task', 'charged')]);
    // I3: one end for each act that ended.
    const ended = ofType(entries, 'outcome')
      .map(({ outcome }) => outcome.decision)
      .filter((one) => one.startsWith(this.#run));
    expect(ended.sort()).toEqual(
      acts
        .filter(({ state }) => state !== 0)
        .map(({ key: one }) => one)
        .sort(),
    );
  }
}

test('histories of two nodes keep the invariants after every burst', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(op, { minLength: 1, maxLength: 12 }), { maxLength: 6 }), async (bursts) => {
      const history = new History();
      for (const burst of bursts) {
        await Promise.all(burst.map((one) => history.step(one)));
        await history.check();
      }
    }),
    { numRuns: Number(process.env.COUNTERSIGN_ROAD_RUNS ?? 12) },
  );
});

test('all kinds of transactions at once wait for each other, and never in a circle', { timeout: 60_000 }, async () => {
  const before = await deadlocks();
  const lines = ['x', 'y', 'z'].map((scope) => line(`circle:${scope}`, 1_000_000));
  const shuffled = (at: number) => [...lines.slice(at % 3), ...lines.slice(0, at % 3)];
  const hex = (n: number) => n.toString(16).padStart(64, '0');
  const work = Array.from({ length: Number(process.env.COUNTERSIGN_ROAD_CIRCLES ?? 90) }, async (_, at) => {
    const rig = on(at);
    const approvals = new PostgresApprovals(rig);
    const identity = new PostgresIdentity(rig);
    const kinds = [
      async () => {
        const item = ask({ lines: shuffled(at), want: { microUsd: 5 } });
        await rig.road.decide(item);
        await on(at + 1).road.settle(end(item.reserve?.key ?? '', at % 2 === 0 ? 'full' : 'none'));
      },
      async () => {
        const { id } = await approvals.open({
          id: newId('apr'),
          org: ORG,
          decision: newId('dec'),
          requestDigest: hex(at),
          shownDigest: hex(1),
          revision: hex(2),
          requester: 'agent',
          onBehalfOf: 'usr_ana',
          mandate: null,
          task: null,
          action: 'model.call',
          actionClass: 'draft',
          gates: [{ gate: 'g', approvers: 'team:p', min: 1, policies: [] }],
          shown: {},
          expiresAt: inMinutes(5),
        });
        const verdict = {
          org: ORG,
          approval: id,
          approver: 'usr_b',
          groups: ['team:p'],
          answer: 'approve',
          reason: '',
          shownDigest: hex(1),
        } as const;
        await Promise.all([approvals.decide(verdict), new PostgresApprovals(on(at + 1)).decide(verdict)]);
        await Promise.all(
          [0, 1].map((n) => on(n).road.decide(ask({ lines: shuffled(at + n), want: { microUsd: 1 }, approvals: [id] }))),
        );
      },
      async () => {
        const target = { kind: 'agent', id: `a${at % 4}` } as const;
        await identity.setKill(ORG, { target, reason: 'r', setBy: 'usr_a', setAt: inMinutes(0) });
        await identity.clearKill(ORG, target, 'usr_a', 'r');
        await sweepApprovals(rig);
      },
    ];
    await kinds[at % kinds.length]?.();
  });
  expect((await Promise.allSettled(work)).filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(await deadlocks()).toBe(before);
});

/** Backends report with a delay, so each of them is made to report first. */
async function deadlocks(): Promise<number> {
  for (const { store } of rigs) {
    for (const pool of ['hot', 'general', 'jobs'] as const) {
      const all = Array.from({ length: store.pools[pool].totalCount }, () =>
        store.query('select pg_stat_force_next_flush(), pg_sleep(0.05)', [], pool),
      );
      await Promise.all(all);
    }
  }
  const [row] = await on(0).store.query<{ deadlocks: number }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return row?.deadlocks ?? -1;
}
