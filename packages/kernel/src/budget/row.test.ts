import { describe, expect, test } from 'vitest';
import { booking, type ChainRow, charge, correct, freshRow, reached, release, reserve, spentOf } from './index.ts';

const money = (limit: number, reserved = 0, charged = 0): ChainRow => ({ unit: 'microUsd', limit, reserved, charged });
const calls = (limit: number, reserved = 0): ChainRow => ({ unit: 'requests', limit, reserved, charged: 0 });

describe('a reservation holds the whole chain or nothing', () => {
  const cases: readonly (readonly [string, readonly ChainRow[], Record<string, number>, Record<string, number>, unknown])[] = [
    ['all that is wanted, when it fits', [money(100), money(50)], { microUsd: 10 }, { microUsd: 50 }, { microUsd: 50 }],
    ['as much as fits everywhere', [money(100, 20), money(90, 10, 30)], { microUsd: 10 }, { microUsd: 70 }, { microUsd: 50 }],
    ['exactly the minimum', [money(10)], { microUsd: 10 }, { microUsd: 70 }, { microUsd: 10 }],
    ['a unit without minimum is all or nothing', [money(10)], {}, { microUsd: 10 }, { microUsd: 10 }],
    ['a unit without want is asked at its minimum', [money(10)], { microUsd: 4 }, {}, { microUsd: 4 }],
    [
      'units apart',
      [money(10), calls(1)],
      { microUsd: 1, requests: 1 },
      { microUsd: 99, requests: 1 },
      { microUsd: 10, requests: 1 },
    ],
    ['a unit without a row, but money, has no limit', [money(9)], {}, { microUsd: 1, tokens: 7 }, { microUsd: 1, tokens: 7 }],
    ['nothing asked is nothing granted', [money(0)], {}, {}, {}],
    ['an amount of 0 asks nothing', [], {}, { microUsd: 0 }, {}],
  ];
  test.each(cases)('granted: %s', (_, rows, min, want, granted) => {
    const result = reserve(rows, min, want);
    expect(result).toMatchObject({ ok: true, granted });
  });

  const denials: readonly (readonly [string, readonly ChainRow[], Record<string, number>, Record<string, number>, unknown])[] = [
    [
      'names the row with the least left',
      [money(100), money(5), money(50)],
      { microUsd: 6 },
      { microUsd: 9 },
      { reason: 'exceeded', unit: 'microUsd', line: 1, left: 5 },
    ],
    [
      'names the unit that binds',
      [money(100), calls(3, 3)],
      {},
      { microUsd: 1, requests: 1 },
      { reason: 'exceeded', unit: 'requests', line: 1, left: 0 },
    ],
    [
      'money that no row covers',
      [calls(100)],
      {},
      { microUsd: 1, requests: 1 },
      { reason: 'missing', unit: 'microUsd', line: null, left: 0 },
    ],
    ['no rows at all', [], {}, { microUsd: 1 }, { reason: 'missing', unit: 'microUsd', line: null, left: 0 }],
    [
      'past the limit is left 0, not less',
      [money(10, 0, 15)],
      {},
      { microUsd: 1 },
      { reason: 'exceeded', unit: 'microUsd', line: 0, left: 0 },
    ],
    [
      'a minimum of 0 does not open an empty row',
      [money(10, 10)],
      { microUsd: 0 },
      { microUsd: 5 },
      { reason: 'exceeded', unit: 'microUsd', line: 0, left: 0 },
    ],
  ];
  test.each(denials)('denied: %s', (_, rows, min, want, denial) => {
    const before = structuredClone(rows);
    expect(reserve(rows, min, want)).toEqual({ ok: false, ...(denial as object) });
    expect(rows).toEqual(before);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('an amount of %s is refused', (amount) => {
    expect(() => reserve([money(1)], {}, { microUsd: amount })).toThrow(RangeError);
    expect(() => reserve([money(1)], { microUsd: amount }, { microUsd: 1 })).toThrow(RangeError);
    expect(() => freshRow(amount)).toThrow(RangeError);
  });
});

describe('the end of a reservation', () => {
  test.each([
    ['less than held', 'microUsd', 10, 4, { held: 10, charged: 4, over: 0 }],
    ['more than held is cut there and told', 'microUsd', 10, 14, { held: 10, charged: 10, over: 4 }],
    ['places are never spent', 'concurrency', 1, 1, { held: 1, charged: 0, over: 0 }],
  ] as const)('%s', (_, unit, held, spent, booked) => {
    expect(booking(unit, held, spent)).toEqual(booked);
  });

  test('a charge frees the hold and keeps the excess in sight', () => {
    expect(charge(money(10, 10), booking('microUsd', 10, 14))).toEqual(money(10, 0, 14));
    expect(charge(money(10, 10), booking('microUsd', 10, 4))).toEqual(money(10, 0, 4));
    expect(release(money(10, 10), 10)).toEqual(money(10));
    expect(() => release(money(10, 3), 4)).toThrow(RangeError);
  });

  test('a correction goes both ways, never below 0', () => {
    expect(correct(money(10, 0, 5), -3)).toEqual(money(10, 0, 2));
    expect(correct(money(10, 0, 5), -9)).toEqual(money(10, 0, 0));
    expect(correct(money(10, 0, 5), 9)).toEqual(money(10, 0, 14));
  });

  test('what is not known to be unspent is spent', () => {
    const granted = { microUsd: 10, tokens: 20 };
    expect(spentOf(granted, 'none', 'microUsd')).toBe(0);
    expect(spentOf(granted, 'full', 'microUsd')).toBe(10);
    expect(spentOf(granted, { microUsd: 3 }, 'microUsd')).toBe(3);
    expect(spentOf(granted, { microUsd: 3 }, 'tokens')).toBe(20);
    expect(spentOf(granted, { microUsd: 3 }, 'requests')).toBe(0);
  });
});

test.each([
  ['below the first', money(1_000, 0, 499), 0, []],
  ['at the first', money(1_000, 0, 500), 0, [500]],
  ['told already', money(1_000, 0, 700), 500, []],
  ['two at once', money(1_000, 0, 800), 0, [500, 800]],
  ['a hold is no spending', money(1_000, 900, 0), 0, []],
  ['but it can use up the limit', money(1_000, 400, 600), 500, [1_000]],
  ['past the limit', money(1_000, 0, 1_300), 800, [1_000]],
  ['a limit of 0 is used up', money(0), 0, [500, 800, 1_000]],
] as const)('alarms: %s', (_, row, told, alarms) => {
  expect(reached(row, [1, 0.8, 0.5], told)).toEqual(alarms);
});
