import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Profile } from './profile.ts';
import { restore } from './placeholder.ts';
import { makeScanner, type StreamRedactor } from './scanner.ts';
import { secretDetector, SECRET_RULES } from './secret/index.ts';
import { formatSample, seeded } from './secret/format.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const scanner = makeScanner({ detectors: [secretDetector(SECRET_RULES)], sha256, key: new Uint8Array(32).fill(7) });
const PROFILE: Profile = { place: 'data', regions: [], kinds: ['secret'], redact: ['secret'] };

const GITHUB = formatSample('ghp_{n:36}', 'gh');
const PEM = SECRET_RULES.length > 0 ? (scanner.rules.find(({ id }) => id === 'private-key')?.positive[0] ?? '') : '';

function through(stream: StreamRedactor, chunks: readonly string[]): string {
  let out = '';
  for (const chunk of chunks) out += stream.push(chunk);
  return out + stream.end();
}

const TEXTS: readonly (readonly [string, string])[] = [
  ['a token in prose', `Use ${GITHUB} to push. The token is new; a token here, and the key to it.`],
  ['an assignment', `export const apiKey = "${formatSample('{n:32}', 'a')}"; // secret\n`],
  ['a far value', `datadog api key:\n   "${formatSample('{h:40}', 'dd')}" and more`],
  ['a URL', `postgres://app:${formatSample('{n:20}', 'pg')}@db/app?x=1 done`],
  [
    'something before its keyword',
    `bot ${formatSample('{d:9}:A{w:34}', 'tg')} end; ${formatSample('{n:14}.atlasv1.{W:64}', 'tf')} end`,
  ],
  ['a block', `before\n${PEM}\nafter, and text`],
  ['a block in JSON', JSON.stringify({ key: PEM, next: 'text that follows' })],
  ['a block that does not end', `x ${PEM.slice(0, 260)}\n\n${'Then there is prose again, of the usual kind. '.repeat(8)}`],
  [
    'a marker alone',
    `The line -----BEGIN PRIVATE KEY----- begins a key. ${'Prose goes on for a while here. '.repeat(12)}${GITHUB}`,
  ],
  ['base 64 of a token', `payload ${Buffer.from(`token=${GITHUB} and so on`).toString('base64')} end`],
  ['percent', `https://x.local/?q=${encodeURIComponent(`a=1 k=${GITHUB}`)}&z=1 x`],
  ['escapes', `"line\\u000a${GITHUB.replace('_', '\\u005f')}" x`],
  ['a forged placeholder', `it says [REDACTED:github-pat:1234-abcd] and [REDACTED: and [REDACTED:x:y] and [RED`],
  ['surrogates', `😀 ${GITHUB} 😀😀 token: 😀`],
  ['a long run', `a ${'Q7x'.repeat(1_500)} b password="${formatSample('{n:32}', 'lr')}" c`],
  ['a long run with a marker in it', `a ${'Q7x'.repeat(1_500)}${PEM} b`],
  ['a long run before a value', `a ${'Q7x'.repeat(1_500)}password="${formatSample('{n:32}', 'lr2')}" c`],
];

describe('a stream', () => {
  test.each(TEXTS)('gives what the whole text gives, for every split: %s', (_name, text) => {
    const whole = scanner.redact(text, PROFILE);
    const step = text.length > 2_000 ? 7 : 1;
    const wrong: number[] = [];
    for (let at = 0; at <= text.length; at += step) {
      const stream = scanner.stream(PROFILE);
      if (through(stream, [text.slice(0, at), text.slice(at)]) !== whole.text) wrong.push(at);
      else if (at % 5 === 0) expect(stream.findings).toEqual(whole.findings);
    }
    expect(wrong).toEqual([]);
  });

  test.each(TEXTS)('and unit by unit, and in random pieces: %s', (_name, text) => {
    const whole = scanner.redact(text, PROFILE).text;
    const random = seeded(text);
    if (text.length < 2_000) expect(through(scanner.stream(PROFILE), text.split(''))).toBe(whole);
    for (let round = 0; round < 10; round++) {
      const chunks: string[] = [];
      for (let at = 0; at < text.length; ) {
        const size = 1 + random(round < 5 ? 9 : 90);
        chunks.push(text.slice(at, at + size));
        at += size;
      }
      expect(through(scanner.stream(PROFILE), chunks)).toBe(whole);
    }
  });

  test('prose is hardly held back', () => {
    const words =
      'The token that you need is the key to the whole thing, since a secret that everybody knows is no password at all; the author says so.';
    const text = `${words} `.repeat(40);
    const stream = scanner.stream(PROFILE);
    const held: number[] = [];
    for (let at = 0; at < text.length; at += 5) {
      stream.push(text.slice(at, at + 5));
      held.push(stream.held);
    }
    held.sort((a, b) => a - b);
    expect(held[Math.floor(held.length * 0.95)]).toBeLessThanOrEqual(64);
  });
});

describe('redaction', () => {
  test.each(TEXTS)('is idempotent, and leaves no secret: %s', (_name, text) => {
    const once = scanner.redact(text, PROFILE);
    const twice = scanner.redact(once.text, PROFILE);
    expect([twice.text, twice.findings]).toEqual([once.text, []]);
    expect(once.text).not.toContain(GITHUB);
  });

  test('says what was taken out, the same for the same value', () => {
    const { text, findings } = scanner.redact(`${GITHUB} ${GITHUB}`, PROFILE);
    expect(text).toMatch(/^(\[REDACTED:github-pat:[0-9a-f]{4}-[0-9a-f]{4}\]) \1$/);
    expect(JSON.stringify(findings)).not.toContain(GITHUB);
  });

  test('can be taken back by who keeps the map', () => {
    const text = `a ${GITHUB} b`;
    const { text: redacted, values } = scanner.redact(text, PROFILE);
    expect(restore(redacted, values)).toBe(text);
    expect(restore('[REDACTED:github-pat:0000-0000]', values)).toBe('[REDACTED:github-pat:0000-0000]');
  });

  test('nobody can forge a placeholder', () => {
    expect(scanner.redact('[REDACTED:github-pat:1234-abcd]', PROFILE).text).toBe('[REDACTED?:github-pat:1234-abcd]');
  });

  test('an endless block ends the stream', () => {
    const text = `${PEM.slice(0, 40)}\n${`${'Ab3'.repeat(20)}\n`.repeat(1_200)}rest`;
    const { text: redacted, unscannable } = scanner.redact(text, PROFILE);
    expect(redacted).toMatch(/^\[REDACTED:private-key:[0-9a-f-]{9}\]$/);
    expect(unscannable).toBe('block');
    const stream = scanner.stream(PROFILE);
    expect(through(stream, text.match(/[^]{1,1000}/g) ?? [])).toBe(redacted);
  });
});

describe('JSON in fragments', () => {
  const json = JSON.stringify({
    path: 'a\nb',
    token: GITHUB,
    note: `é😀 "quoted" ${GITHUB.replace('_', '_')}`,
    card: 12,
    deep: { url: `https://u:${formatSample('{n:20}', 'j')}@h/x` },
  });
  const hidden = json.replace('ghp_', 'ghp\\u005f').replace('/x', '\\/x');

  test.each([
    ['plain', json],
    ['escaped', hidden],
  ])('stays JSON, and hides what escapes hide: %s', (_name, text) => {
    const whole = through(scanner.jsonStream(PROFILE), [text]);
    const parsed = JSON.parse(whole) as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(['path', 'token', 'note', 'card', 'deep']);
    expect(parsed['path']).toBe('a\nb');
    expect(parsed['token']).toMatch(/^\[REDACTED:github-pat/);
    expect(whole).not.toContain(GITHUB.slice(5));
    for (let at = 0; at <= text.length; at++)
      expect(through(scanner.jsonStream(PROFILE), [text.slice(0, at), text.slice(at)])).toBe(whole);
  });

  test('what has nothing to hide goes out as it came', () => {
    const text = '{"a":"\\u0041\\/\\n\\"x\\"", "b": 1.50e3, "c" :[true,null]}';
    expect(through(scanner.jsonStream(PROFILE), text.split(''))).toBe(text);
  });
});
