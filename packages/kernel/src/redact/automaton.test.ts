import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeAutomaton, occurs, search } from './automaton.ts';

function naive(keywords: readonly string[], text: string): string[] {
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return keywords
    .flatMap((keyword, id) =>
      Array.from(folded, (_, at) => at)
        .filter((at) => folded.startsWith(keyword, at))
        .map((at) => `${id} ${at + keyword.length}`),
    )
    .sort();
}

test('finds what a naive search finds', () => {
  const letters = fc.constantFrom('a', 'b', 'c', '_', '-');
  const keywords = fc.uniqueArray(fc.string({ unit: letters, minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });
  const texts = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', 'c', '_', '-', 'z', 'é', '中', '\u0161'), maxLength: 60 });
  fc.assert(
    fc.property(keywords, texts, (words, text) => {
      const automaton = makeAutomaton(words);
      const found: string[] = [];
      const depth = search(automaton, text, 0, (keyword, end) => found.push(`${keyword} ${end}`));
      expect(found.sort()).toEqual(naive(words, text));
      expect(occurs(automaton, text)).toBe(found.length > 0);
      const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      const beginnings = Array.from(folded, (_, at) => at)
        .map((at) => folded.slice(at))
        .filter((tail) => words.some((word) => word.startsWith(tail)));
      expect(depth).toBe(Math.max(0, ...beginnings.map(({ length }) => length)));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['', 'nothing'],
  ['Key', 'a capital'],
  ['schlüssel\u0161', 'a character beyond its table'],
])('refuses `%s`: %s', (keyword) => {
  expect(() => makeAutomaton([keyword])).toThrow('A keyword is empty');
});
