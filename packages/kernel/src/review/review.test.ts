import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelsNeeded, outsideOf, readAnswer, type ReviewBounds, type ReviewFacts, standingOf, wilson } from './index.ts';

describe('the interval', () => {
  // Figures of Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i', (hits, trials, low, high) => {
    const interval = wilson(hits, trials);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test('holds the share, and shrinks with more of the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
        const hits = Math.round(share * trials);
        const [one, ten] = [wilson(hits, trials), wilson(hits * 10, trials * 10)];
        expect(one.low).toBeLessThanOrEqual(hits / trials + 1e-12);
        expect(one.high).toBeGreaterThanOrEqual(hits / trials - 1e-12);
        expect(ten.high - ten.low).toBeLessThan(one.high - one.low);
      }),
    );
  });

  test('of nothing is everything', () => expect(wilson(0, 0)).toEqual({ low: 0, high: 1 }));
});

describe('the standing of a class', () => {
  test('is earned, lost at once, and not regained by itself', () => {
    const budget = 0.05;
    const needed = labelsNeeded(budget);
    expect(standingOf('shadow', { right: needed - 1, wrong: 0 }, budget).state).toBe('shadow');
    expect(standingOf('shadow', { right: needed, wrong: 0 }, budget).state).toBe('live');
    expect(standingOf('live', { right: needed, wrong: 1 }, budget).state).toBe('suspended');
    expect(standingOf('suspended', { right: 10_000, wrong: 0 }, budget).state).toBe('suspended');
  });

  test('of a class that is surely too bad is not shadow for ever', () =>
    expect(standingOf('shadow', { right: 10, wrong: 10 }, 0.05).state).toBe('suspended'));
});

describe('the answer', () => {
  const good = { outcome: 'approve', risk: 'low', rationale: 'It reads one file.' };
  test('is the document', () => expect(readAnswer(JSON.stringify(good))).toEqual(good));
  test('above low risk is no approval', () =>
    expect(readAnswer(JSON.stringify({ ...good, risk: 'medium' }))).toMatchObject({ outcome: 'ask' }));
  test.each([
    ['nothing', ''],
    ['prose', 'Approve.'],
    ['a fenced document', `\`\`\`json\n${JSON.stringify(good)}\n\`\`\``],
    ['two documents', JSON.stringify(good).repeat(2)],
    ['a list', JSON.stringify([good])],
    ['another member', JSON.stringify({ ...good, note: 'x' })],
    ['a missing member', JSON.stringify({ outcome: 'approve', risk: 'low' })],
    ['another outcome', JSON.stringify({ ...good, outcome: 'Approve' })],
    ['another risk', JSON.stringify({ ...good, risk: 'none' })],
    ['no reason', JSON.stringify({ ...good, rationale: ' ' })],
    ['a reason without end', JSON.stringify({ ...good, rationale: 'x'.repeat(601) })],
    ['what has no end', JSON.stringify({ ...good, rationale: 'x'.repeat(10_000_000) })],
    ['a member twice', '{"outcome":"ask","outcome":"approve","risk":"low","rationale":"x"}'],
    ['a member twice, escaped', '{"outcome":"ask","o\\u0075tcome":"approve","risk":"low","rationale":"x"}'],
  ])('is not %s', (_name, text) => expect(readAnswer(text)).toBeUndefined());
  test('never throws', () => fc.assert(fc.property(fc.string(), (text) => void readAnswer(text))));
  test('may have colons and quotes in its reason', () => {
    const odd = { ...good, rationale: 'It says "a": b, and {"c": 1}.' };
    expect(readAnswer(JSON.stringify(odd))).toEqual(odd);
  });
});

describe('bounds', () => {
  const bounds: ReviewBounds = {
    gates: ['command'],
    classes: ['read', 'draft'],
    maxTier: 2,
    maxEstimateMicroUsd: 1_000,
    maxDataRank: 1,
    protectedPaths: ['.github/', 'infra/', '.env'],
    seenApproved: 2,
  };
  const facts: ReviewFacts = {
    gates: [{ gate: 'command', min: 1 }],
    actionClass: 'draft',
    tier: 1,
    estimateMicroUsd: 0,
    dataRank: 1,
    taints: ['private'],
    texts: ['npm', 'run', 'lint', 'src/infrared.ts', 'x.environment', 'infra-tools', 'infra.md', 'prod.env', 'terrainfra'],
    approvedBefore: 2,
    refusedBefore: 0,
  };
  test('let through what is inside of all', () => expect(outsideOf(bounds, facts)).toEqual([]));
  test.each<[string, Partial<ReviewFacts>]>([
    [
      'gate',
      {
        gates: [
          { gate: 'command', min: 1 },
          { gate: 'infra', min: 1 },
        ],
      },
    ],
    ['gate', { gates: [] }],
    ['quorum', { gates: [{ gate: 'command', min: 2 }] }],
    ['class', { actionClass: 'mutate-high' }],
    ['class', { actionClass: 'unknown' }],
    ['tier', { tier: 3 }],
    ['tier', { tier: Number.NaN }],
    ['cost', { estimateMicroUsd: 1_001 }],
    ['cost', { estimateMicroUsd: Number.NaN }],
    ['data', { dataRank: 2 }],
    ['taint', { taints: ['untrusted'] }],
    ['path', { texts: ['cat infra/main.tf'] }],
    ['path', { texts: ['a/INFRA\\main.tf'] }],
    ['path', { texts: ['--file=.env'] }],
    ['path', { texts: ['curl --data @.env'] }],
    ['path', { texts: ['-T.env'] }],
    ['path', { texts: ['rm -r infra'] }],
    ['path', { texts: ["mv 'Infra' x"] }],
    ['path', { texts: ['+infra/main.tf'] }],
    ['path', { texts: ['x', './.github/workflows/ci.yml'] }],
    ['novel', { approvedBefore: 1 }],
    ['refused-before', { refusedBefore: 1 }],
  ])('%s', (code, change) => expect(outsideOf(bounds, { ...facts, ...change })).toEqual([code]));
});
