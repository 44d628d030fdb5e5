import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { Memory } from '../../ports/memory.ts';
import { rank } from './rank.ts';
import { spellings } from './spelling.ts';

const memory = (text: string, tags: readonly string[] = []): Memory => ({
  id: text,
  scope: 'agent',
  owner: 'a',
  agent: 'a',
  subject: 's',
  dataClass: 'internal',
  taints: [],
  bytes: text.length,
  digest: '',
  decision: 'dec_1',
  createdAt: '2026-11-20T10:00:00.000Z',
  expiresAt: '2026-12-20T10:00:00.000Z',
  text,
  tags,
});

const order = async (texts: readonly (string | Memory)[], query: string): Promise<readonly string[]> =>
  (
    await rank(
      texts.map((one) => (typeof one === 'string' ? memory(one) : one)),
      query,
    )
  ).map(({ text }) => text);

describe('order', () => {
  test('tags before whole words, whole words before beginnings, beginnings before parts', async () => {
    const texts = ['unbuildable', 'building a house', 'the build broke', memory('something else', ['build']), 'nothing'];
    expect(await order(texts, 'build')).toEqual(['something else', 'the build broke', 'building a house', 'unbuildable']);
  });

  test('more words before fewer, and newest first of equals', async () => {
    expect(await order(['a node', 'a node build', 'a build'], 'node build')).toEqual(['a node build', 'a node', 'a build']);
  });

  test.each([
    ['CAFÉ', 'cafe\u0301 au lait'],
    ['ＮＯＤＥ', 'node 20'],
    ['東京', '東京都に住んでいます'],
    ['STRASSE', 'strasse'],
    ['हिन्दी', 'वह हिन्दी बोलता है'],
  ])('%s finds %s', async (query, text) => {
    expect(await order([text, 'other'], query)).toEqual([text]);
  });

  test('an empty query gives everything, one of signs alone nothing', async () => {
    expect([await order(['b', 'a'], ' '), await order(['b', 'a'], '***')]).toEqual([['b', 'a'], []]);
  });
});

test.each(['(a+)+$', '.*', '[', '\\', '(?<=a)', '^$', '%', '__proto__', 'constructor'])(
  'the query %s is words and no pattern',
  async (query) => {
    expect(await order(['xyz'], query)).toEqual([]);
  },
);

test('hostile texts and queries take no longer than others', async () => {
  const texts = Array.from({ length: 1_000 }, (_, i) => memory(`${'a'.repeat(600)} ${'1 '.repeat(300)}${i}`));
  const started = performance.now();
  await rank(texts, `${'a'.repeat(99)}! ${'(a+)+'.repeat(19)}`);
  for (const text of ['1 '.repeat(4_096), '1111 '.repeat(1_638), '\u0301'.repeat(4_000), `${'1'.repeat(8_000)}x`])
    spellings(text);
  expect(performance.now() - started).toBeLessThan(5_000);
});

/** Every code unit, halves of pairs among them. */
const anyText = fc.uint16Array({ maxLength: 200 }).map((units) => String.fromCharCode(...units));
const firstWord = (text: string): string | undefined =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .find((word) => word !== '');

test('any text finds itself by its first word, and any query is answered', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyText, async (text, query) => {
      const word = firstWord(text);
      if (word !== undefined && firstWord(word) === word) expect(await order([text], word)).toEqual([text]);
      expect(Array.isArray(await order([text], query))).toBe(true);
      expect(spellings(text)[0]).toBe(text);
    }),
  );
});
