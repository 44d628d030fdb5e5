import { createHash } from 'node:crypto';
import oracle from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberText } from './canonical.ts';
import { canonicalize, JSON_DEPTH_MAX, parseCanonical, utf8Decode, utf8Encode } from './index.ts';
import { bitsOf, numberSequence } from './testing/numbers.ts';

const notCanonical = expect.objectContaining({ name: 'Fault', code: 'json.not-canonical' });

describe('numbers', () => {
  const published: Readonly<Record<number, string>> = {
    1_000: 'be18b62b6f69cdab',
    10_000: 'b9f7a8e75ef22a83',
    100_000: '22776e6d4b49fa29',
    1_000_000: '49415fee2c56c778',
  };
  const most = Number(process.env['LEDGER_NUMBERS'] ?? 10_000);

  test.each(Object.entries(published).filter(([count]) => Number(count) <= most))(
    'the first %s of the published sequence print as published',
    (count, digest) => {
      const lines = createHash('sha256');
      for (const value of numberSequence(Number(count))) lines.update(`${bitsOf(value).toString(16)},${numberText(value)}\n`);
      expect(lines.digest('hex').slice(0, 16)).toBe(digest);
    },
  );

  test('minus zero prints as zero; what is not finite, and whole numbers that are not exact, are refused', () => {
    expect(canonicalize([-0, 2 ** 53 - 1, -(2 ** 53 - 1), 1e-7, 0.1])).toBe('[0,9007199254740991,-9007199254740991,1e-7,0.1]');
    for (const value of [Number.NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 1e21])
      expect(() => canonicalize(value)).toThrow(notCanonical);
  });
});

const text = fc.string({ unit: 'binary', maxLength: 12 });
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    text,
    fc.maxSafeInteger(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((n) => (Number.isInteger(n) && !Number.isSafeInteger(n) ? n / 2 ** 1023 : n)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'toJSON', 'constructor', '10', '9', '')), tie('value'), {
      maxKeys: 6,
    }),
  ),
})).value;

describe('canonical JSON', () => {
  const numRuns = Number(process.env['LEDGER_VALUES'] ?? 10_000);

  test(`${numRuns} generated values print as an independent implementation prints them, and read back as they were`, () => {
    fc.assert(
      fc.property(json, (value) => {
        const printed = canonicalize(value);
        expect(printed).toBe(oracle(value));
        const bytes = utf8Encode(printed);
        expect(Buffer.compare(bytes, Buffer.from(printed, 'utf8'))).toBe(0);
        expect(canonicalize(parseCanonical(bytes))).toBe(printed);
      }),
      { numRuns },
    );
  });

  test('members are sorted by UTF-16 code units, also `__proto__`', () => {
    const record = JSON.parse('{"\\ud83d\\ude00":1,"\\uff5e":2,"a":3,"B":4,"__proto__":5,"":6,"10":7,"9":8}') as unknown;
    expect(canonicalize(record)).toBe('{"":6,"10":7,"9":8,"B":4,"__proto__":5,"a":3,"\u{1f600}":1,"\uff5e":2}');
  });

  const holes = [1, 2, 3];
  delete holes[1];
  const named = Object.assign([1], { name: 'x' });
  const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false });
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const refused: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    ['an undefined element', [undefined]],
    ['a hole', holes],
    ['a named member of an array', named],
    ['a hidden member', hidden],
    ['a symbol member', { [Symbol('x')]: 1 }],
    ['a function', () => 1],
    ['a method', { toJSON: () => 1 }],
    ['a symbol', Symbol('x')],
    ['a BigInt', 1n],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a Date', new Date(0)],
    ['a typed array', new Uint8Array(1)],
    ['an instance', new (class Thing {})()],
    ['a subclass of Array', new (class More extends Array {})()],
    ['a boxed string', new String('x')],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udc00x': 1 }],
    ['a cycle', cycle],
  ];
  test.each(refused)('%s is refused, never dropped', (_, value) => {
    expect(() => canonicalize(value)).toThrow(notCanonical);
    expect(() => canonicalize({ deep: [value] })).toThrow(notCanonical);
  });

  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  test('nesting is allowed up to its limit', () => {
    expect(canonicalize(JSON.parse(nested(JSON_DEPTH_MAX)))).toBe(nested(JSON_DEPTH_MAX));
    expect(() => canonicalize(JSON.parse(nested(JSON_DEPTH_MAX + 1)))).toThrow(notCanonical);
    expect(() => parseCanonical(utf8Encode(nested(100_000)))).toThrow(notCanonical);
  });

  test.each([
    ['a space', '{"a": 1}'],
    ['another order', '{"b":1,"a":2}'],
    ['a duplicate member', '{"a":1,"a":1}'],
    ['1.0', '[1.0]'],
    ['1E2', '[1E2]'],
    ['-0', '[-0]'],
    ['a needless escape', '["\\u0061"]'],
    ['an escaped slash', '["\\/"]'],
    ['an upper-case escape', '["\\u001F"]'],
    ['a byte order mark', '\ufeff[]'],
    ['a newline at the end', '[]\n'],
    ['a number that is not exact', '[9007199254740993]'],
    ['two values', '[][]'],
    ['nothing', ''],
    ['an escaped lone surrogate', '["\\ud800"]'],
  ])('bytes with %s are not accepted', (_, given) => {
    expect(() => parseCanonical(Buffer.from(given, 'utf8'))).toThrow(notCanonical);
  });

  test('whatever bytes come, they are read canonically or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.json().map((given) => utf8Encode(given.replaceAll(/[\ud800-\udfff]/g, ''))),
        ),
        (bytes) => {
          try {
            expect(Buffer.compare(utf8Encode(canonicalize(parseCanonical(bytes))), bytes)).toBe(0);
          } catch (thrown) {
            expect(thrown).toEqual(notCanonical);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('UTF-8', () => {
  const platform = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  test('bytes are read as the platform reads them, or refused by both', () => {
    const lead = fc.constantFrom(
      0xc0,
      0xc1,
      0xc2,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
      0x80,
      0x9f,
      0xa0,
      0xbf,
      0x8f,
      0x90,
      0x41,
      0xbb,
    );
    const bytes = fc.oneof(
      fc.array(lead, { maxLength: 8 }).map((list) => Uint8Array.from(list)),
      text.map((given) => utf8Encode(given.replaceAll(/\p{Surrogate}/gu, ''))),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        let expected: string | null = null;
        try {
          expected = platform.decode(given);
        } catch {
          expect(() => utf8Decode(given)).toThrow(expect.objectContaining({ code: 'ledger.format' }));
        }
        if (expected !== null) expect(utf8Decode(given)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  test('long text and every plane go there and back', () => {
    const given = `${'x'.repeat(20_000)}é€\u{10ffff}\ufeff\0`;
    expect(utf8Decode(utf8Encode(given))).toBe(given);
    for (const half of ['\ud800', '\udc00', 'a\ud83d', '\ud83dx'])
      expect(() => utf8Encode(half)).toThrow(expect.objectContaining({ code: 'ledger.format' }));
  });
});
