import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize } from './canonical.ts';
import { flag, integer, list, oneOf, orNull, record, text } from './shape.ts';

const printable = text(/^[\x20-\x7e]*$/, 'printable');
const inner = record({ zeta: printable, alpha: integer(-5) }, { Beta: flag, aa: orNull(printable) });
const shape = record(
  { list: list(inner, 10), v: oneOf<1 | 'x"y' | null>(1, 'x"y', null) },
  { inner, texts: list(printable, 10) },
);

const text$ = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)), maxLength: 12 });
const inner$ = fc.record(
  { zeta: text$, alpha: fc.integer({ min: -5 }), Beta: fc.boolean(), aa: fc.option(text$) },
  { requiredKeys: ['zeta', 'alpha'] },
);
const value$ = fc.record(
  {
    list: fc.array(inner$, { maxLength: 4 }),
    v: fc.constantFrom(1, 'x"y', null),
    inner: inner$,
    texts: fc.array(text$, { maxLength: 4 }),
  },
  { requiredKeys: ['list', 'v'] },
);

test('what a shape prints is the canonical JSON of the value, whatever the order of its members', () => {
  fc.assert(
    fc.property(value$, fc.boolean(), (value, reversed) => {
      const given = reversed ? Object.fromEntries(Object.entries(value).reverse()) : value;
      expect(shape(given, '', '')).toBe(canonicalize(value));
    }),
    { numRuns: 2_000 },
  );
});

const holed = ['a', 'b'];
Reflect.deleteProperty(holed, 0);
const good = { list: [{ zeta: 'z', alpha: -0 }], v: 1 };

test('minus zero prints as zero', () => {
  expect(shape(good, '', '')).toBe('{"list":[{"alpha":0,"zeta":"z"}],"v":1}');
});

test.each([
  ['an unknown member', { ...good, more: 1 }, '`entry` has a member'],
  ['an unknown member below', { ...good, inner: { zeta: '', alpha: 1, x: 1 } }, '`inner` has a member'],
  ['a symbol', { ...good, [Symbol('s')]: 1 }, '`entry` has a member'],
  ['a hidden member', Object.defineProperty({ ...good }, 'hidden', { value: 1 }), '`entry` has a member'],
  ['an undefined member', { ...good, texts: undefined }, '`texts` is not a list'],
  ['a missing member', { v: 1 }, '`list` is missing'],
  ['a missing member below', { ...good, inner: { zeta: '' } }, '`inner.alpha` is missing'],
  ['a hole', { ...good, texts: holed }, '`texts` has holes'],
  ['a named member of a list', { ...good, texts: Object.assign(['a'], { x: 1 }) }, '`texts` has holes'],
  ['a control character', { ...good, texts: ['a\n'] }, '`texts` is not printable'],
  ['a fraction', { ...good, inner: { zeta: '', alpha: 1.5 } }, '`inner.alpha` is not a whole number'],
  ['another value', { ...good, v: 2 }, '`v` is not one of'],
  ['a list for a record', { ...good, inner: [] }, '`inner` is not a record'],
])('%s is refused with its place', (_name, value, words) => {
  expect(() => shape(value, '', '')).toThrow(words);
});

test('further members are printed among the own ones; a member in both is refused', () => {
  const split = record({ a: integer(0), b: orNull(printable), c: integer(0) }, {});
  expect(split({ c: 3, a: 1 }, '', '', { b: null })).toBe('{"a":1,"b":null,"c":3}');
  expect(() => split({ c: 3, a: 1, b: null }, '', '', { b: null })).toThrow('`entry` has a member');
  expect(() => split({ a: 1 }, '', '', { b: null })).toThrow('`c` is missing');
});
