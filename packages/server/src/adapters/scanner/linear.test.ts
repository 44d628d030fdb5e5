import { expect, test } from 'vitest';
import { allDetectors, makeScanner } from '@countersign/kernel/redact';
import { linearMatcher } from './linear.ts';
import { sha256 } from './sha256.ts';

const key = new Uint8Array(32);
const usual = makeScanner({ detectors: allDetectors(), sha256, key });
const linear = makeScanner({ detectors: allDetectors(linearMatcher), sha256, key });
const profile = { place: 'data', regions: [], kinds: ['secret'], redact: [] } as const;

test('matching in linear time finds the same in every example of every rule', () => {
  const texts = usual.rules.flatMap(({ positive, negative }) => [...positive, ...negative]);
  const different = texts.filter(
    (text) => JSON.stringify(usual.hits(text, profile)) !== JSON.stringify(linear.hits(text, profile)),
  );
  expect(texts.length).toBeGreaterThan(1_000);
  expect(different).toEqual([]);
});
