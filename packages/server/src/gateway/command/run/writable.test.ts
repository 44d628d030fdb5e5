import { expect, test } from 'vitest';
import { writableOf } from './writable.ts';

test.each([
  [['**'], undefined],
  [['*'], undefined],
  [['./'], undefined],
  [['src', '**'], undefined],
  [['src/**'], ['src/']],
  [['src/*'], ['src/']],
  [['src/**/**'], ['src/']],
  [
    ['src/ledger', 'README.md'],
    ['README.md', 'src/ledger'],
  ],
  // What no mount could hold can be read only.
  [['src/*.ts'], []],
  [['**/test'], []],
  [['src/?/**', 'docs/**'], ['docs/']],
  [['../other/**'], []],
  [['src//./a/**'], ['src/a/']],
])('%j', (paths, writable) => {
  expect(writableOf(paths, [])).toEqual(writable);
});

test('what a build makes stays writable', () => {
  expect(writableOf(['src/**'], ['node_modules', 'dist'])).toEqual(['dist/', 'node_modules/', 'src/']);
  expect(writableOf(['**'], ['dist'])).toBeUndefined();
});
