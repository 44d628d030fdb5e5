import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { allDetectors } from './detectors.ts';
import { RUN_MAX } from './runs.ts';
import { makeScanner } from './scanner.ts';
import { SECRET_RULES } from './secret/index.ts';
import { shapeOf } from './secret/shape.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const scanner = makeScanner({ detectors: allDetectors(), sha256, key: new Uint8Array(32) });
const profile = { place: 'data', regions: [], kinds: ['secret'], redact: ['secret'] } as const;

const LENGTH = 100_000;
const filled = (piece: string) => piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH);
/** Keyword after keyword, keyword then a run, a run then the keyword, quotes, and almost a value, over and over. */
const families = (keyword: string): string[] => [
  ...[' ', '_', '="', ': ', '\n', ''].map((separator) => filled(keyword + separator)),
  ...['a', 'A1', ' ', '"', '=', 'eyJ', '%41', '\\u0041', '://a:'].map((run) => (keyword + filled(run)).slice(0, LENGTH)),
  filled('A1b').slice(keyword.length) + keyword,
  filled(`${keyword}_${'x7Q2'.repeat(8)}" `),
];

const timed = (text: string): number => {
  const before = performance.now();
  scanner.redact(text, profile);
  return performance.now() - before;
};

test('100 KB that are made to be slow are not', () => {
  // Every rule's first keyword, one family each in turn, so that all families and all rules are tried; `npm run bench:scan` tries them all.
  const keywords = [...new Set(SECRET_RULES.map(({ keywords: [first = ''] }) => first))];
  const slow: string[] = [];
  for (const [at, keyword] of keywords.entries()) {
    const all = families(keyword);
    const text = all[at % all.length] ?? '';
    // A busy machine may make one attempt slow, hardly three.
    if (timed(text) > 250 && timed(text) > 250 && timed(text) > 250)
      slow.push(`${keyword}: ${JSON.stringify(text.slice(0, 60))}`);
  }
  expect(slow).toEqual([]);
});

test('no pattern reaches further than a stream may hold back', () => {
  const reaches = SECRET_RULES.map(({ id, pattern }) => ({ id, reach: shapeOf(pattern).reach }));
  expect(reaches.filter(({ reach }) => reach > RUN_MAX)).toEqual([]);
});
