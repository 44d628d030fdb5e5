import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUDGET_WINDOWS, EPOCH, formatTime, hasTurned, parseTime, windowEnd, windowStart } from './index.ts';

const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const anyMs = fc.oneof(fc.integer({ min: 0, max: LAST }), fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }));

/** The same, by the platform's calendar. */
function expectedStart(window: string, ms: number): string {
  const date = new Date(ms);
  const [y, m, d] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const start = {
    life: 0,
    month: Date.UTC(y, m, 1),
    day: Date.UTC(y, m, d),
    hour: Date.UTC(y, m, d, date.getUTCHours()),
    minute: Date.UTC(y, m, d, date.getUTCHours(), date.getUTCMinutes()),
  }[window] as number;
  return new Date(start).toISOString().replace('.000', '');
}

describe('windows are those of the civil calendar in UTC', () => {
  test.each(BUDGET_WINDOWS)('%s', (window) => {
    fc.assert(
      fc.property(anyMs, (ms) => {
        expect(windowStart(window, ms)).toBe(expectedStart(window, ms));
        expect(windowStart(window, new Date(ms).toISOString())).toBe(expectedStart(window, ms));
        const end = windowEnd(window, Math.min(ms, Date.UTC(9999, 0, 1)));
        if (window === 'life') {
          expect(end).toBeNull();
          return;
        }
        const before = parseTime(end as string) - 1;
        expect(windowStart(window, before)).toBe(windowStart(window, Math.min(ms, Date.UTC(9999, 0, 1))));
        expect(hasTurned(window, windowStart(window, before), before)).toBe(false);
        expect(hasTurned(window, windowStart(window, before), before + 1)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('leap days, turns of centuries and of the year', () => {
    const cases: readonly (readonly [Parameters<typeof windowStart>[0], string, string, string | null])[] = [
      ['month', '2024-02-29T23:59:59.999Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
      ['month', '2100-02-28T12:00:00Z', '2100-02-01T00:00:00Z', '2100-03-01T00:00:00Z'],
      ['month', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
      ['day', '2000-02-29T00:00:00Z', '2000-02-29T00:00:00Z', '2000-03-01T00:00:00Z'],
      ['hour', '2026-06-30T23:30:00.5Z', '2026-06-30T23:00:00Z', '2026-07-01T00:00:00Z'],
      ['minute', '2026-06-30T23:59:59Z', '2026-06-30T23:59:00Z', '2026-07-01T00:00:00Z'],
      ['life', '2026-06-30T23:59:59Z', EPOCH, null],
    ];
    for (const [window, at, start, end] of cases) expect([windowStart(window, at), windowEnd(window, at)]).toEqual([start, end]);
  });

  test('times are read as they are written', () => {
    fc.assert(
      fc.property(anyMs, (ms) => {
        expect(parseTime(new Date(ms).toISOString())).toBe(ms);
        expect(formatTime(ms)).toBe(`${new Date(ms).toISOString().slice(0, 19)}Z`);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01',
    '1969-12-31T23:59:59Z',
    ' 2026-01-01T00:00:00Z',
    '',
  ])('`%s` is no time', (text) => {
    expect(() => parseTime(text)).toThrow(RangeError);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, LAST + 1])('%s is no time', (ms) => {
    expect(() => windowStart('day', ms)).toThrow(RangeError);
  });
});
