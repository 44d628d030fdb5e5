import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isProtected, isWithin, placeOf } from './path.ts';

const ROOT = '/checkout/repo';

describe('where a path leads', () => {
  test.each([
    ['a.md', ROOT, { kind: 'inside', path: 'a.md' }],
    ['./src//a.md', ROOT, { kind: 'inside', path: 'src/a.md' }],
    ['a.md', '/checkout/repo/src', { kind: 'inside', path: 'src/a.md' }],
    ['/checkout/repo/src/a.md', '/', { kind: 'inside', path: 'src/a.md' }],
    ['.', ROOT, { kind: 'inside', path: '' }],
    ['src/../../repo/a.md', ROOT, { kind: 'inside', path: 'a.md' }],
    ['../other/a.md', ROOT, { kind: 'outside' }],
    ['/checkout/repository/a.md', ROOT, { kind: 'outside' }],
    ['/etc/passwd', ROOT, { kind: 'outside' }],
    ['../../../../../../etc/passwd', ROOT, { kind: 'outside' }],
    ['~/x', ROOT, { kind: 'odd' }],
    ['', ROOT, { kind: 'odd' }],
    ['a\\b', ROOT, { kind: 'odd' }],
    ['a\nb', ROOT, { kind: 'odd' }],
    ['a', 'relative', { kind: 'odd' }],
  ] as const)('%j from %s', (text, cwd, place) => {
    expect(placeOf(ROOT, cwd, text)).toEqual(place);
  });

  test('what is inside never climbs', () => {
    const part = fc.constantFrom('..', '.', 'a', 'repo', '', 'work');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), fc.boolean(), (parts, absolute) => {
        const place = placeOf(ROOT, `${ROOT}/a`, `${absolute ? '/' : ''}${parts.join('/')}`);
        if (place.kind === 'inside') expect(place.path.split('/')).not.toContain('..');
      }),
    );
  });
});

test.each([
  ['.git/config', true],
  ['sub/.GIT/hooks/x', true],
  ['.claude/settings.json', true],
  ['.mcp.json', true],
  ['.mcp.j\u017fon', true],
  ['.g\u200cit/hooks/x', true],
  ['.git\ufeff/config', true],
  ['src/git/a.ts', false],
  ['.github/workflows/ci.yml', false],
])('%s is protected: %s', (path, answer) => {
  expect(isProtected(path)).toBe(answer);
});

test.each([
  [['**'], 'a/b.ts', true],
  [['src'], 'src/a/b.ts', true],
  [['src'], 'srcs/a.ts', false],
  [['src/**'], 'src/a/b.ts', true],
  [['src/**/x.ts'], 'src/a/b/x.ts', true],
  [['src/**/x.ts'], 'src/x.ts', true],
  [['src/*.ts'], 'src/a.ts', true],
  [['src/*.ts'], 'src/a/b.ts', false],
  [['*.md', 'docs'], 'docs/x/y', true],
  [['a?c'], 'abc', true],
  [['a?c'], 'ac', false],
  [[], 'a', false],
])('%j has %s: %s', (globs, path, answer) => {
  expect(isWithin(globs, path)).toBe(answer);
});

test('no glob takes long', () => {
  const started = performance.now();
  isWithin([`${'**/'.repeat(60)}x`, 'a*'.repeat(60)], `${'a/'.repeat(500)}${'a'.repeat(200)}`);
  expect(performance.now() - started).toBeLessThan(500);
});
