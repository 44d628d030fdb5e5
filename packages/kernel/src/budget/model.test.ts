/** The invariants of budgets over random histories of the pure model: chains of shared rows, every end, changed limits, turned windows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Amounts, booking, type ChainRow, charge, correct, freshRow, release, reserve, spentOf } from './index.ts';

const UNITS = ['microUsd', 'requests', 'concurrency'] as const;
type Unit = (typeof UNITS)[number];

interface Held {
  readonly rows: readonly string[];
  readonly granted: Amounts;
  state: 'open' | 'charged' | 'released';
}

interface World {
  readonly rows: Map<string, ChainRow>;
  readonly held: Map<string, Held>;
  /** What usage entries say was spent, and what corrections say, by row. */
  readonly spent: Map<string, number>;
  day: number;
  corrected: Set<string>;
  lowered: Set<string>;
}

/** task -> team -> organisation, in money, requests and places; requests by the day. */
function chainOf(world: World, task: number): string[] {
  const team = task % 2;
  return UNITS.flatMap((unit) => {
    const turn = unit === 'requests' ? `/${world.day}` : '';
    return [`task:${task}`, `team:${team}`, 'org'].map((scope) => `${scope}/${unit}${turn}`);
  });
}

const limitOf = (row: string): number =>
  (row.includes('microUsd') ? 400 : row.includes('requests') ? 12 : 3) * (row.startsWith('org') ? 2 : 1);
const unitOf = (row: string): Unit => row.split('/')[1] as Unit;

function rowOf(world: World, row: string): ChainRow {
  const found = world.rows.get(row) ?? { unit: unitOf(row), ...freshRow(limitOf(row)) };
  world.rows.set(row, found);
  return found;
}

const op = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      key: fc.nat(40),
      task: fc.nat(3),
      min: fc.nat(60),
      more: fc.nat(200),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('charge' as const), key: fc.nat(40), spent: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('full' as const), key: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), key: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('limit' as const), task: fc.nat(3), limit: fc.nat(600) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

function tryReserve(world: World, { key, task, min, more }: Extract<Op, { kind: 'reserve' }>): void {
  const id = `r${key}`;
  if (world.held.has(id)) return;
  const names = chainOf(world, task);
  const rows = names.map((name) => rowOf(world, name));
  const result = reserve(
    rows,
    { microUsd: min, requests: 1, concurrency: 1 },
    { microUsd: min + more, requests: 1, concurrency: 1 },
  );
  if (!result.ok) {
    // I9: a denial changes nothing and names the row that binds.
    expect(result.line === null ? undefined : rows[result.line]?.unit).toBe(result.unit);
    return;
  }
  for (const [at, name] of names.entries()) world.rows.set(name, result.rows[at] as ChainRow);
  expect(result.granted.microUsd ?? 0).toBeGreaterThanOrEqual(min);
  world.held.set(id, { rows: names, granted: result.granted, state: 'open' });
}

function end(world: World, key: number, spent: Amounts | 'full' | 'none'): void {
  const held = world.held.get(`r${key}`);
  // I3, I5: an end is counted once; repeating it changes nothing.
  if (held === undefined || held.state !== 'open') return;
  held.state = spent === 'none' ? 'released' : 'charged';
  for (const name of held.rows) {
    const row = rowOf(world, name);
    const amount = held.granted[row.unit] ?? 0;
    if (spent === 'none') {
      world.rows.set(name, release(row, amount));
      continue;
    }
    const booked = booking(row.unit, amount, spentOf(held.granted, spent, row.unit));
    if (booked.over > 0) world.corrected.add(name);
    world.rows.set(name, charge(row, booked));
    world.spent.set(name, (world.spent.get(name) ?? 0) + booked.charged + booked.over);
  }
}

function apply(world: World, step: Op): void {
  if (step.kind === 'reserve') return tryReserve(world, step);
  if (step.kind === 'charge') return end(world, step.key, { microUsd: step.spent, requests: 1 });
  if (step.kind === 'full') return end(world, step.key, 'full');
  if (step.kind === 'release') return end(world, step.key, 'none');
  if (step.kind === 'turn') {
    world.day += 1;
    return;
  }
  const name = `task:${step.task}/microUsd`;
  const row = rowOf(world, name);
  if (step.limit < row.limit) world.lowered.add(name);
  world.rows.set(name, { ...row, limit: step.limit });
}

function check(world: World): void {
  const open = new Map<string, number>();
  for (const held of world.held.values()) {
    if (held.state !== 'open') continue;
    for (const name of held.rows) open.set(name, (open.get(name) ?? 0) + (held.granted[unitOf(name)] ?? 0));
  }
  for (const [name, row] of world.rows) {
    expect(row.reserved, `I7: holds of ${name}`).toBe(open.get(name) ?? 0);
    expect(row.charged, `I10: spending of ${name}`).toBe(world.spent.get(name) ?? 0);
    expect(Math.min(row.reserved, row.charged), `I8: ${name}`).toBeGreaterThanOrEqual(0);
    const excused = world.corrected.has(name) || world.lowered.has(name);
    if (!excused) expect(row.reserved + row.charged, `I1: ${name}`).toBeLessThanOrEqual(row.limit);
  }
  // I2: what the organisation spent is what its teams spent, and theirs is what their tasks spent.
  const total = (prefix: string) =>
    [...world.rows].reduce(
      (sum, [name, row]) => (name.startsWith(prefix) && unitOf(name) === 'microUsd' ? sum + row.charged + row.reserved : sum),
      0,
    );
  expect(total('org')).toBe(total('team:'));
  expect(total('team:')).toBe(total('task:'));
}

test('invariants I1 to I10 hold after every step of every history', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 120 }), (steps) => {
      const world: World = {
        rows: new Map(),
        held: new Map(),
        spent: new Map(),
        day: 0,
        corrected: new Set(),
        lowered: new Set(),
      };
      for (const step of steps) {
        apply(world, step);
        check(world);
      }
    }),
    { numRuns: Number(process.env.COUNTERSIGN_MODEL_RUNS ?? 300) },
  );
});

test('a grant is the largest that fits: one unit more would not', () => {
  const row = fc.record({ limit: fc.nat(500), used: fc.nat(500), held: fc.nat(500) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.nat(300), fc.nat(300), (parts, min, more) => {
      const rows = parts.map(
        (part): ChainRow => ({ unit: 'microUsd', limit: part.limit, reserved: part.held, charged: part.used }),
      );
      const result = reserve(rows, { microUsd: min }, { microUsd: min + more });
      const fits = (amount: number) => rows.every((one) => one.charged + one.reserved + amount <= one.limit);
      if (min + more === 0) {
        expect(result.ok).toBe(true);
        return;
      }
      if (!result.ok) {
        expect(fits(Math.max(min, 1))).toBe(false);
        return;
      }
      const granted = result.granted.microUsd ?? 0;
      expect(fits(granted)).toBe(true);
      expect(granted === min + more || !fits(granted + 1)).toBe(true);
    }),
  );
});

test('correcting by a difference and back is the same as not correcting', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), (charged, difference) => {
      const row = { limit: 100, reserved: 0, charged };
      expect(correct(correct(row, difference), -difference)).toEqual(row);
    }),
  );
});
