import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Log } from '../../ports/log.ts';
import type { Scanner } from '../../ports/scanner.ts';
import { openScanner } from './index.ts';

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const KEY = new Uint8Array(32).fill(3);
const PROFILE = { place: 'data', regions: [], kinds: ['secret'], redact: ['secret'] } as const;
const terms = { profile: PROFILE };
const LONG = 'a quiet line of text\n'.repeat(200);
const TOKEN = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;

describe('the pool', () => {
  let scanner: Scanner;
  beforeEach(() => {
    scanner = openScanner({ key: KEY, log: quiet, script: new URL('./testing/slow-worker.mjs', import.meta.url) });
  });
  afterEach(() => scanner.close());

  test('a text that takes too long is unscannable, and the next one is not', async () => {
    expect(await scanner.redact(`${LONG}hang`, { ...terms, deadlineMs: 200 })).toEqual({
      text: '',
      findings: [],
      values: new Map(),
      unscannable: 'deadline',
    });
    expect(await scanner.redact(`${LONG}fine`, { ...terms, deadlineMs: 5_000 })).toMatchObject({ text: `${LONG}fine done` });
  });

  test('the second attempt is the one in linear time', async () => {
    expect(await scanner.redact(`${LONG}hang once`, { ...terms, deadlineMs: 4_000 })).toMatchObject({
      text: `${LONG}hang once done`,
    });
  });

  test.each(['die', 'throw'])('a worker that fails (%s) makes the text unscannable, and is replaced', async (how) => {
    expect((await scanner.scan(`${LONG}${how}`, { ...terms, deadlineMs: 5_000 })).unscannable).toBe('deadline');
    expect((await scanner.scan(`${LONG}fine`, { ...terms, deadlineMs: 5_000 })).unscannable).toBeUndefined();
  });

  test('many at once all come back, in any order', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${LONG}${i}`);
    const results = await Promise.all(texts.map((text) => scanner.redact(text, { ...terms, deadlineMs: 20_000 })));
    expect(results.map(({ text }) => text)).toEqual(texts.map((text) => `${text} done`));
  });

  test('what was scanned before is remembered, what could not be is not', async () => {
    const first = await scanner.scan(`${LONG}again`, { ...terms, deadlineMs: 5_000 });
    expect(await scanner.scan(`${LONG}again`, { ...terms, deadlineMs: 1 })).toBe(first);
    await scanner.scan(`${LONG}hang once`, { ...terms, deadlineMs: 50 });
    expect((await scanner.scan(`${LONG}hang once`, { ...terms, deadlineMs: 4_000 })).unscannable).toBeUndefined();
  });

  test('closed, it answers and says that nothing was judged', async () => {
    await scanner.close();
    expect((await scanner.scan(LONG, terms)).unscannable).toBe('deadline');
  });
});

describe('the real worker', () => {
  test('finds what the kernel finds, and the loop goes on meanwhile', async () => {
    const scanner = openScanner({ key: KEY, log: quiet, script: new URL('./testing/source-worker.mjs', import.meta.url) });
    try {
      // Starting from source takes seconds; the deadline is for the work.
      const result = await scanner.redact(`${LONG}token: ${TOKEN}\n`, { ...terms, deadlineMs: 100_000 });
      expect(result.text).toMatch(/token: \[REDACTED:github-pat:[0-9a-f]{4}-[0-9a-f]{4}\]\n$/);
      expect(scanner.stream(PROFILE).push(`${TOKEN} and `)).toBe(`${result.text.slice(LONG.length + 7, -1)} and `);
      // Were they scanned here, the loop would turn once for each at most.
      let turns = 0;
      const texts = Array.from({ length: 8 }, (_, i) => `${i} token key secret = "https://a@b" `.repeat(20_000));
      const all = Promise.all(texts.map((one) => scanner.scan(one, { ...terms, deadlineMs: 100_000 })));
      let isOver = false;
      void all.then(() => {
        isOver = true;
      });
      while (!isOver) {
        turns += 1;
        await new Promise((resume) => setImmediate(resume));
      }
      expect((await all).every(({ unscannable }) => unscannable === undefined)).toBe(true);
      expect(turns).toBeGreaterThan(100);
    } finally {
      await scanner.close();
    }
  });

  test('small and silent texts need no worker', async () => {
    const scanner = openScanner({ key: KEY, log: quiet, script: new URL('./testing/slow-worker.mjs', import.meta.url) });
    await scanner.close();
    expect(await scanner.scan('hello there', terms)).toEqual({ findings: [] });
  });
});
