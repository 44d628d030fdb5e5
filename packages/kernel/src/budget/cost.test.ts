import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costOf, estimateTokens, NO_TOKENS, outputFor, totalTokens } from './index.ts';

const prices = { input: 150_000, cacheRead: 15_000, cacheWrite5m: 187_500, cacheWrite1h: 300_000, output: 600_000 };
const steps = [
  { ...prices, aboveInputTokens: 200_000, input: 300_000, output: 900_000 },
  { ...prices, aboveInputTokens: 1_000, input: 200_000 },
];
const count = fc.integer({ min: 0, max: 2_000_000 });
const tokens = fc.record({ input: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count, output: count });

describe('the cost of a call', () => {
  test.each([
    ['one token of 0.15 micro-USD costs a whole one', { ...NO_TOKENS, input: 1 }, [], 1],
    ['nothing costs nothing', NO_TOKENS, [], 0],
    ['a million tokens cost their price', { ...NO_TOKENS, input: 1_000_000 }, [], 150_000],
    ['kinds are added before rounding', { input: 1, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1, output: 1 }, [], 2],
    ['at the step the old price holds', { ...NO_TOKENS, input: 1_000 }, steps, 150],
    ['above it the new one, for all tokens', { ...NO_TOKENS, input: 1_001 }, steps, 201],
    ['cached input counts towards the step', { ...NO_TOKENS, input: 1, cacheRead: 200_000, output: 1_000_000 }, steps, 903_001],
    ['output does not', { ...NO_TOKENS, output: 1_000_000 }, steps, 600_000],
    [
      'amounts near the largest are exact',
      { ...NO_TOKENS, output: Number.MAX_SAFE_INTEGER },
      [{ ...prices, aboveInputTokens: 0 }],
      5_404_319_552_844_595,
    ],
    [
      'and held there',
      { ...NO_TOKENS, input: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER },
      [],
      Number.MAX_SAFE_INTEGER,
    ],
  ])('%s', (_, vector, priceSteps, cost) => {
    const dear = cost === Number.MAX_SAFE_INTEGER ? { ...prices, input: 2_000_000 } : prices;
    expect(costOf(vector, dear, priceSteps)).toBe(cost);
  });

  test('is never below the true quotient and less than 1 above it', () => {
    fc.assert(
      fc.property(tokens, (vector) => {
        const exact = (Object.keys(prices) as (keyof typeof prices)[]).reduce(
          (sum, kind) => sum + BigInt(vector[kind]) * BigInt(prices[kind]),
          0n,
        );
        const scaled = BigInt(costOf(vector, prices)) * 1_000_000n;
        expect(scaled >= exact && scaled < exact + 1_000_000n).toBe(true);
      }),
    );
  });

  test('a cost is exact on both sides of what plain numbers hold', () => {
    const near = fc.integer({ min: 0, max: 2 ** 27 });
    fc.assert(
      fc.property(near, near, near, near, (input, price, output, outputPrice) => {
        const weight = BigInt(input) * BigInt(price) + BigInt(output) * BigInt(outputPrice);
        const cost = costOf({ ...NO_TOKENS, input, output }, { ...NO_TOKENS, input: price, output: outputPrice });
        expect(BigInt(cost)).toBe((weight + 999_999n) / 1_000_000n);
      }),
    );
  });

  test('output that a grant can pay costs no more than the grant, and one token more would', () => {
    fc.assert(
      fc.property(tokens, fc.integer({ min: 0, max: 5_000_000 }), (vector, grant) => {
        const output = outputFor(grant, vector, prices, steps);
        const inputAlone = costOf({ ...vector, output: 0 }, prices, steps);
        if (inputAlone > grant) {
          expect(output).toBe(0);
          return;
        }
        expect(costOf({ ...vector, output }, prices, steps)).toBeLessThanOrEqual(grant);
        expect(costOf({ ...vector, output: output + 1 }, prices, steps)).toBeGreaterThan(grant);
      }),
    );
  });

  test('free output is not bounded by money', () => {
    expect(outputFor(0, NO_TOKENS, { ...prices, output: 0 })).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('%s tokens are refused', (input) => {
    expect(() => costOf({ ...NO_TOKENS, input }, prices)).toThrow(RangeError);
    expect(() => totalTokens({ ...NO_TOKENS, input })).toThrow(RangeError);
  });
});

test.each([
  [0, 0],
  [1, 1],
  [4, 2],
  [400, 115],
  [401, 116],
  [Number.MAX_SAFE_INTEGER, 2_589_569_785_738_035],
])('%s bytes are estimated at %s tokens', (bytes, estimate) => {
  expect(estimateTokens(bytes)).toBe(estimate);
});
