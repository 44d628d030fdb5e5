import { expect, test } from 'vitest';
import fc from 'fast-check';
import { isTarget, mayLieWithin, originTarget, pathWithin } from './path.ts';

test.each<[string, string]>([
  ['', 'form'],
  ['*', 'form'],
  ['http://x/', 'form'],
  ['a/b', 'form'],
  ['/a b', 'character'],
  ['/a#b', 'character'],
  ['/a\\b', 'character'],
  ['/ä', 'character'],
  ['/a\u0000', 'character'],
  ['/a\tb', 'character'],
  [`/${'a'.repeat(9_000)}`, 'too-long'],
])('%j is no target: %s', (text, problem) => {
  expect(originTarget(text)).toBe(problem);
});

test.each<[string, string]>([
  ['/a/../b', 'dots'],
  ['/..', 'dots'],
  ['/.', 'dots'],
  ['/a/./b', 'dots'],
  ['/a/..;/b', 'dots'],
  ['/a/.;x=1/b', 'dots'],
  ['/a/%2e%2e/b', 'escape'],
  ['/a/%2E./b', 'escape'],
  ['/a%2fb', 'escape'],
  ['/a%5Cb', 'escape'],
  ['/a%00', 'escape'],
  ['/a%0d%0aHost:x', 'escape'],
  ['/a%252e', 'escape'],
  ['/a%zz', 'escape'],
  ['/a%', 'escape'],
  ['/a%3b', 'escape'],
  ['/a/..%3b/b', 'escape'],
  ['/a%3f', 'escape'],
  ['/a%23', 'escape'],
  ['/a%09', 'escape'],
  ['/a%1F', 'escape'],
  ['/a%7f', 'escape'],
  ['/a/%c0%ae%c0%ae/b', 'escape'],
  ['/a/%E0%80%AE/b', 'escape'],
  ['/a/%f0%80%80%ae/b', 'escape'],
  ['/a%ef%bc%8fb', 'escape'],
  ['/a/..%20/b', 'dots'],
  ['/a/%20../b', 'dots'],
  ['//a', 'slashes'],
  ['/a//b', 'slashes'],
  ['/a|b', 'character'],
])('the path of %j can be read in two ways: %s', (text, problem) => {
  expect(originTarget(text)).toMatchObject({ ambiguous: problem });
});

test.each<[string, string, string]>([
  ['/', '/', ''],
  ['/a/b?c=../d&e=%2f', '/a/b', '?c=../d&e=%2f'],
  ['/a.b/..c/...', '/a.b/..c/...', ''],
  ['/caf%C3%A9/~x', '/caf%C3%A9/~x', ''],
  ['/@scope%40x/-/y.tgz', '/@scope%40x/-/y.tgz', ''],
  ['/?', '/', '?'],
])('%j has one reading', (text, path, query) => {
  expect(originTarget(text)).toEqual({ path, query, ambiguous: undefined });
});

test('npm writes scoped names with an escaped slash: only rules with paths refuse that', () => {
  expect(originTarget('/@types%2fnode')).toMatchObject({ path: '/@types%2fnode', ambiguous: 'escape' });
});

test.each<[string, string, boolean]>([
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/ab', '/a', false],
  ['/a', '/a/', false],
  ['/a/b', '/a/', true],
  ['/b', '/', true],
])('%j lies within %j: %s', (path, prefix, within) => {
  expect(pathWithin(path, prefix)).toBe(within);
});

test.each<[string, string, boolean]>([
  ['/admin', '/admin', true],
  ['/%61dmin', '/admin', true],
  ['/ADMIN/x', '/admin', true],
  ['/admin;x=1', '/admin', true],
  ['/;a=b/admin', '/admin', true],
  ['/admin%20', '/admin', true],
  ['/admin.', '/admin', true],
  ['/admin::$DATA', '/admin', true],
  ['/caf%c3%a9', '/caf%C3%A9', true],
  ['/administrator', '/admin', false],
  ['/x/admin', '/admin', false],
  ['/simple', '/simple/', false],
])('%j may be read within %j: %s', (path, prefix, may) => {
  expect(mayLieWithin(path, prefix)).toBe(may);
});

test('what has one reading is the same to the URL standard', () => {
  const letter = fc.constantFrom(...'/.;%25ecfEFC0aAbz~-_:@!$\'()*+,=&?#\\ |"[]{}^`\u0000ä');
  fc.assert(
    fc.property(fc.string({ unit: letter, maxLength: 24 }), (rest) => {
      const target = originTarget(`/${rest}`);
      if (!isTarget(target) || target.ambiguous !== undefined) return;
      expect(new URL(`http://x.test/${rest}`).pathname).toBe(target.path);
    }),
    { numRuns: 5_000 },
  );
});
