import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DetectOptions } from '../detector.ts';
import { LANGUAGES } from '../hidden/testing/languages.ts';
import { broken, flood, hitsOf, slowest } from '../hidden/testing/stream.ts';
import { personalDetector } from './index.ts';
import { CONTEXTS, FALSE_ALARMS, PHONES } from './testing/samples.ts';

const PROSE: DetectOptions = { place: 'prose', regions: [] };
const rulesIn = (text: string, options = PROSE): string[] => hitsOf(personalDetector, text, options).map(({ rule }) => rule);
const valuesIn = (text: string, options = PROSE): string[] =>
  hitsOf(personalDetector, text, options).map(({ start, end }) => text.slice(start, end));

/** Rules that fire in some place. */
const anywhere = (text: string): string[] =>
  (['prose', 'code', 'data', 'definition'] as const).flatMap((place) => rulesIn(text, { place, regions: [] }));

describe('every rule finds its positive examples somewhere and its negative ones nowhere', () => {
  test.each(personalDetector.rules.map(({ id, positive, negative }) => [id, positive.length > 0, negative.length > 0]))(
    '%s has both',
    (_, ...both) => expect(both).toEqual([true, true]),
  );
  for (const { id, positive, negative } of personalDetector.rules) {
    test.each([...positive])(`${id}: %j`, (text) => expect(anywhere(text)).toContain(id));
    test.each([...negative])(`${id}, not: %j`, (text) => expect(anywhere(text)).not.toContain(id));
  }
});

describe('national ids need their region or a word that names them', () => {
  const ids = personalDetector.rules.filter(({ id }) => /^(?!us|ip)[a-z]{2}-/.test(id));
  test.each(ids.map(({ id, positive, negative }) => [id, positive[0] ?? '', negative[0] ?? ''] as const))(
    '%s',
    (id, named, bare) => {
      const region = id.slice(0, 2).toUpperCase();
      expect(rulesIn(bare, { place: 'prose', regions: [region] })).toEqual([id]);
      expect(rulesIn(bare, { place: 'code', regions: [region] })).toEqual([]);
      expect(rulesIn(named, { place: 'code', regions: [] })).toEqual([id]);
    },
  );
});

test('in code only cards, accounts and named ids count', () => {
  const code = { place: 'code', regions: [] } as const;
  expect(rulesIn('a@example.com 203.0.113.7 +1 202 555 0143 00:1A:2B:3C:4D:5E 219-09-9998', code)).toEqual([]);
  expect(rulesIn("card: '4111111111111111', iban: 'DE89370400440532013000', ssn = '219-09-9998'", code)).toEqual([
    'payment-card',
    'iban',
    'us-ssn',
  ]);
});

describe('values are found whole in all kinds of text', () => {
  const values = [
    '4111 1111 1111 1111',
    'ada@mail.example',
    '203.0.113.7',
    '2001:db8::8a2e:370:7334',
    '+44 20 7946 0958',
    '00:1A:2B:3C:4D:5E',
    'GB82WEST12345698765432',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  ];
  test.each(CONTEXTS)('%s', (context) => {
    for (const value of values) expect(valuesIn(context.replace('%', value))).toContain(value);
  });
});

describe('telephone numbers in their usual formats', () => {
  test.each(PHONES)('%s', (value) => expect(valuesIn(`You reach us at ${value}.`)).toEqual([value]));
  test('most of them without a word that says so', () => {
    const found = PHONES.filter((value) => valuesIn(`Acme, ${value}, Main St`).includes(value));
    expect(found.length / PHONES.length).toBeGreaterThanOrEqual(0.9);
  });
});

test.each([...FALSE_ALARMS, ...LANGUAGES])('nothing personal: %s', (text) => expect(rulesIn(text)).toEqual([]));

test.each([
  ['x ada@example.com', 2],
  ['x ada@mail.de', 3],
  ['ssn 219-09-9998', 3],
  ['is 219-09-9998', 2],
])('confidence in %s is %i', (text, confidence) => expect(hitsOf(personalDetector, text, PROSE)).toMatchObject([{ confidence }]));

const PIECES = [
  '4111 1111 1111 1111',
  '4111',
  '1111',
  ' ',
  ' ',
  '-',
  '.',
  '(',
  ')',
  '+',
  '/',
  ':',
  '::',
  '@',
  'a',
  'word ',
  '\n',
  '12',
  '3',
  '555',
  '0142',
  '00',
  'ada@mail.example',
  '203.0.113.7',
  'fe80::1',
  'DE89 3704 0044 0532 0130 00',
  'DE89',
  '0532',
  '+44 20 7946 0958',
  '07700 900123',
  'tel ',
  'ssn ',
  '219-09-9998',
  'BSN 111222333',
  '12345678Z',
  '00:1A:2B:3C:4D:5E',
  '001a.2b3c.4d5e',
  'v',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2',
  ', ',
  'é',
  '\u00a0',
  '%eth0',
  '+1',
];
const mixture = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((parts) => parts.join(''));
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);
const PLACES: DetectOptions[] = [
  PROSE,
  { place: 'code', regions: [] },
  { place: 'data', regions: ['GB', 'NL', 'ES', 'IT', 'PL', 'BR', 'IN', 'CA', 'AU', 'SE', 'DE', 'US'] },
];

test.each(PLACES)('a stream finds what the whole text has, at every cut: $place', (options) => {
  fc.assert(
    fc.property(mixture, (text) => {
      expect(broken(personalDetector, text, options)).toBeUndefined();
    }),
    { numRuns: RUNS },
  );
});

test('any text is read without a fault, and what is found stands in it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        mixture,
        fc.string({ unit: 'binary' }),
        fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
      ),
      (text) => {
        for (const { start, end } of hitsOf(personalDetector, text, PROSE)) {
          expect(start >= 0 && start < end && end <= text.length).toBe(true);
        }
      },
    ),
    { numRuns: RUNS * 4 },
  );
});

const PROBES = [
  '4',
  '41',
  '4111 ',
  '4111-',
  '4111 1111 1111 1112 ',
  '4111111111111112 ',
  '1.',
  '1.2.3.4 ',
  '1.2.3.4.',
  '12 ',
  '(12) ',
  '+1 ',
  '+49 30 9 ',
  '00',
  '0123 ',
  '01234 567890 ',
  'a@',
  '@',
  'a.a@a.',
  'a@b.co',
  'aaaaaaaa',
  'é@',
  ':',
  'a:',
  '1:',
  '::',
  'ab:',
  'fe80:',
  '00:1A:',
  'DE89 ',
  'DE893704',
  'GB82WEST12345698765431 ',
  '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 ',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5 ',
  'RSSMRA85T10A562T ',
  '12345678A ',
  'a1',
  '123456789 ',
  '12345678901 ',
  'tel 123456789 ',
  '219-09-9998 ',
  '12-',
  '(',
];
test.each(PLACES)(
  'no flood of 100 KB takes long: $place',
  (options) => {
    expect(slowest(personalDetector, PROBES.map(flood), options)).toMatchObject({
      ms: expect.toSatisfy((ms: number) => ms < 150),
    });
  },
  120_000,
);
