import { expect, test } from 'vitest';
import { isMountedAlike, mountTable } from './mount-table.ts';

const row = (id: string, at: string, options = 'rw'): [string, { at: string; line: string }] => [
  id,
  { at, line: `${id} ${at} ${options}` },
];
const then = new Map([row('1', '/'), row('2', '/srv'), row('3', '/srv/a/inner')]);

test.each<[string, boolean, Map<string, { at: string; line: string }>]>([
  ['nothing else', true, new Map(then)],
  ['something elsewhere', true, new Map([...then, row('4', '/mnt')])],
  ['something on the way', false, new Map([...then, row('4', '/srv')])],
  ['something on it', false, new Map([...then, row('4', '/srv/a')])],
  ['something below', false, new Map([...then, row('4', '/srv/a/b')])],
  ['one less', false, new Map([row('1', '/'), row('2', '/srv')])],
  ['the same, read-only', false, new Map([row('1', '/'), row('2', '/srv', 'ro'), row('3', '/srv/a/inner')])],
])('with %s mounted, a path is seen alike: %s', (_, alike, now) => {
  expect(isMountedAlike(then, now, ['/srv/a'])).toBe(alike);
});

test('the table of this process has its root', () => {
  const table = mountTable();
  expect([...table.values()].some(({ at }) => at === '/')).toBe(true);
  expect(isMountedAlike(table, mountTable(), ['/'])).toBe(true);
});
