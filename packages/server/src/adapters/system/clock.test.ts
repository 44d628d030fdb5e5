import { expect, test } from 'vitest';
import { newEntryId, newId, uuid7Hex } from './clock.ts';

test('ids of one process are unique and in order, also when the clock stands still or steps back', () => {
  const now = Date.now() + 60_000;
  const ids = [
    ...Array.from({ length: 10_000 }, () => uuid7Hex(now)),
    ...Array.from({ length: 100 }, () => uuid7Hex(now - 30_000)),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});

test('an entry id is a UUIDv7', () => {
  expect(newEntryId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('an id carries its prefix', () => {
  expect(newId('dec')).toMatch(/^dec_[0-9a-f]{32}$/);
});
