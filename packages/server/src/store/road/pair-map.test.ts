import { expect, test } from 'vitest';
import { PairMap } from './pair-map.ts';

test('keys of two organisations never meet, and the oldest of the larger one goes first', () => {
  const map = new PairMap<number>();
  map.set('a', 'x', 1);
  map.set('a', 'y', 2);
  map.set('b', 'x', 3);
  map.set('a', 'x', 4);
  expect([map.size, map.get('a', 'x'), map.get('b', 'x'), map.get('b', 'y'), map.get('c', 'x')]).toEqual([
    3,
    4,
    3,
    undefined,
    undefined,
  ]);
  map.dropOldest();
  expect([map.size, map.values()]).toEqual([2, [2, 3]]);
  map.clear();
  map.dropOldest();
  expect([map.size, map.values()]).toEqual([0, []]);
});
