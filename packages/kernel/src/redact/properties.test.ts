import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allDetectors, mentionsSecrets } from './detectors.ts';
import { find } from './find.ts';
import { restore } from './placeholder.ts';
import type { Profile } from './profile.ts';
import { makeScanner } from './scanner.ts';
import { formatSample, seeded } from './secret/format.ts';
import { secretDetector, SECRET_RULES } from './secret/index.ts';
import type { SecretRule } from './secret/rule.ts';

const RUNS = Number(process.env['SCAN_RUNS'] ?? 100);
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const scanner = makeScanner({ detectors: allDetectors(), sha256, key: new Uint8Array(32).fill(9) });
const PROFILE: Profile = { place: 'data', regions: [], kinds: ['secret'], redact: ['secret'] };
const ALL: Profile = {
  place: 'prose',
  regions: ['US', 'GB', 'NL', 'ES', 'DE'],
  kinds: ['secret', 'personal', 'hidden'],
  redact: ['secret', 'personal', 'hidden'],
};
const quick = makeScanner({ detectors: allDetectors(), sha256, key: new Uint8Array(32).fill(9), mentions: mentionsSecrets() });

const examples = scanner.rules.flatMap(({ positive, negative }) => [...positive, ...negative]);
const CANARY = formatSample('ghp_{n:36}', 'canary');
const BREAKS = [
  '',
  ' ',
  '\n',
  '"',
  "'",
  '=',
  ': ',
  ', ',
  '\\n',
  '\\"',
  '%20',
  '&#34;',
  '-----',
  '[REDACTED:',
  '😀',
  '\ud83d',
  '\0',
  'é',
  'token: ',
  'https://a:',
  '@',
  '://',
  'eyJ',
];

/** Pieces of what rules look for, of what encodes, and of nothing in particular, next to one another. */
const soup = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...BREAKS) },
      { weight: 2, arbitrary: fc.constantFrom(...examples) },
      { weight: 1, arbitrary: fc.constantFrom(...examples).chain((text) => fc.nat(text.length).map((at) => text.slice(0, at))) },
      { weight: 1, arbitrary: fc.constantFrom(...examples).map((text) => Buffer.from(text).toString('base64')) },
      { weight: 1, arbitrary: fc.constantFrom(...examples).map((text) => encodeURIComponent(text)) },
      { weight: 2, arbitrary: fc.string({ maxLength: 20 }) },
      { weight: 1, arbitrary: fc.lorem({ maxCount: 8 }) },
    ),
    { maxLength: 9 },
  )
  .map((pieces) => pieces.join(''));

function streamed(text: string, cuts: readonly number[], stream = scanner.stream(PROFILE)): string {
  let [out, at] = ['', 0];
  for (const cut of [...cuts, text.length]) {
    out += stream.push(text.slice(at, cut));
    at = cut;
  }
  return out + stream.end();
}

describe('for any text', () => {
  test('of every kind, and where plain words are passed quickly, a stream gives what the whole gives', () => {
    const words = fc.lorem({ maxCount: 12 });
    const text = fc.array(fc.oneof(soup, words, fc.constantFrom('\n', '\n\n', ' ', '. ', "'", ' -', '('.repeat(2))), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(text, fc.nat(), (parts, seed) => {
        const all = parts.join('');
        const whole = scanner.redact(all, ALL).text;
        const random = seeded(String(seed));
        for (let round = 0; round < 12; round++) {
          const cuts = Array.from({ length: 1 + random(40) }, () => random(all.length + 1)).sort((a, b) => a - b);
          expect(streamed(all, cuts, quick.stream(ALL))).toBe(whole);
          expect(quick.redact(all, ALL).text).toBe(whole);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('a stream gives what the whole gives, wherever it is split', () => {
    fc.assert(
      fc.property(soup, fc.nat(), (text, seed) => {
        const whole = scanner.redact(text, PROFILE).text;
        const random = seeded(String(seed));
        const step = Math.max(1, Math.floor(text.length / 60));
        for (let at = random(step); at <= text.length; at += step) expect(streamed(text, [at])).toBe(whole);
        const cuts = Array.from({ length: 1 + random(30) }, () => random(text.length + 1)).sort((a, b) => a - b);
        expect(streamed(text, cuts)).toBe(whole);
      }),
      { numRuns: RUNS },
    );
  });

  test('redaction is idempotent, and what was taken out can be put back', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const once = scanner.redact(text, PROFILE);
        const twice = scanner.redact(once.text, PROFILE).text;
        // A value right beside another one may be taken for a part of it at first; then it goes too, and nothing else changes.
        if (twice !== once.text)
          expect([twice.includes('][REDACTED'), scanner.redact(twice, PROFILE).text]).toEqual([true, twice]);
        // Not what stood in for several values, nor what is dropped as it comes, nor what looked like a placeholder before.
        const isWhole = (once.text.match(/\[REDACTED:[^\]]*\]/g) ?? []).every((placeholder) => once.values.has(placeholder));
        const isDropped = once.unscannable !== undefined || once.findings.some(({ rule }) => rule === 'long-token');
        if (isWhole && !isDropped && !text.includes('[REDACTED')) expect(restore(once.text, once.values)).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });

  test('a canary never gets through, and nothing throws', () => {
    fc.assert(
      fc.property(soup, soup, fc.constantFrom(' ', '\n', '"', ', '), (before, after, space) => {
        const text = `${before}${space}${CANARY}${space}${after}`;
        expect(scanner.redact(text, PROFILE).text).not.toContain(CANARY);
        expect(JSON.stringify(scanner.scan(text, PROFILE))).not.toContain(CANARY);
      }),
      { numRuns: RUNS },
    );
  });

  test('arbitrary bytes are text like any other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const text = String.fromCharCode(...bytes);
        const { findings, unscannable } = scanner.scan(text, PROFILE);
        expect([unscannable, findings.every(({ start, end }) => start >= 0 && start < end && end <= text.length)]).toEqual([
          undefined,
          true,
        ]);
        expect(scanner.redact(text, PROFILE).text.length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: RUNS },
    );
  });

  test('JSON in fragments stays the JSON it was, but for what was taken out', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(soup, fc.double({ noNaN: true }), fc.constant(null)), { maxKeys: 4 }),
        fc.nat(),
        (value, seed) => {
          const text = JSON.stringify(value);
          const whole = scanner.jsonStream(PROFILE);
          const out = whole.push(text) + whole.end();
          const random = seeded(String(seed));
          const stream = scanner.jsonStream(PROFILE);
          const cut = random(text.length + 1);
          expect(stream.push(text.slice(0, cut)) + stream.push(text.slice(cut)) + stream.end()).toBe(out);
          if (whole.unscannable === undefined && whole.findings.length === 0)
            expect(out.replaceAll('[REDACTED?:', '[REDACTED:')).toBe(text.replaceAll('[REDACTED?:', '[REDACTED:'));
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('what is open lies near the end', () => {
    const [detector] = allDetectors();
    fc.assert(
      fc.property(soup, (text) => {
        const open = detector?.open(text, { place: 'data', regions: [] }) ?? -1;
        expect([open <= text.length, open >= Math.max(0, text.length - 4_096)]).toEqual([true, true]);
      }),
      { numRuns: RUNS },
    );
  });
});

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const anyCase = (keyword: string) => escaped(keyword).replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

/** Places at which a rule's pattern matches, looked for over the whole text, without a prefilter. */
function everywhere(rule: SecretRule, text: string): number[] {
  const keyword = `(?:${rule.keywords.map(anyCase).join('|')})`;
  const pattern = new RegExp(rule.anchor === 'end' ? `(?<=${keyword})${rule.pattern}` : rule.pattern, `g${rule.flags}`);
  const ends: number[] = [];
  for (let at = 0; at <= text.length; ) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) break;
    ends.push(found.index + found[0].length);
    at = found.index + 1;
  }
  return ends;
}

describe('the prefilter', () => {
  test('keywords are part of every match: without it nothing more is found', () => {
    const texts = examples.join('\n\n');
    const detectors = [
      secretDetector(
        SECRET_RULES.map((rule) => ({
          ...rule,
          left: '',
          right: '',
          follows: '',
          entropy: 0,
          harmless: false,
          names: false,
          yields: false,
          check: () => true,
        })),
      ),
    ];
    const hits = find(texts, { place: 'data', regions: [], detectors }).filter(({ path }) => path === undefined);
    const missed: string[] = [];
    for (const rule of SECRET_RULES) {
      const ends = new Set(hits.filter((hit) => hit.rule === rule.id).map(({ end }) => end));
      for (const end of everywhere(rule, texts))
        if (!ends.has(end)) missed.push(`${rule.id}: ${JSON.stringify(texts.slice(end - 60, end))}`);
    }
    expect(missed).toEqual([]);
  });

  test('rules without a keyword, or with one that is too short, are refused', () => {
    const [rule] = SECRET_RULES;
    if (rule === undefined) throw new Error('there are no rules');
    expect(() => secretDetector([{ ...rule, keywords: [] }])).toThrow('has no keyword');
    expect(() => secretDetector([{ ...rule, keywords: ['ab'] }])).toThrow('too short');
    expect(() => secretDetector([{ ...rule, keywords: ['a b c'] }])).toThrow('a stream could split');
    expect(() => secretDetector([rule, rule])).toThrow('there twice');
  });

  test.each([
    ['(a{1,3}){2}', 'varies in length'],
    ['[a-z]{1,9}[a-f]{2,8}', 'the same characters'],
    ['ab*', 'may not use'],
    ['a+', 'may not use'],
    ['(?=a)b', 'looks around'],
    ['(?<n>a)', 'looks around'],
    ['\\bkey', 'uses'],
    ['(a', 'without an end'],
    ['a)', 'not opened'],
  ])('a pattern like %s is refused', (pattern, why) => {
    const [rule] = SECRET_RULES;
    expect(() => secretDetector(rule === undefined ? [] : [{ ...rule, pattern }])).toThrow(why);
  });
});
