import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calcPrice } from '@pydantic/genai-prices';
import { afterAll, describe, expect, test } from 'vitest';
import { findEntry, shippedCatalogue } from './catalogue.ts';
import { parseCatalogue, refreshCatalogue } from './refresh.ts';

const shipped = shippedCatalogue();
const directory = mkdtempSync(join(tmpdir(), 'catalogue-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('the shipped catalogue', () => {
  test('is valid, and every figure is a whole number of micro-dollars', () => {
    expect(parseCatalogue(JSON.stringify(shipped))).toEqual(shipped);
  });

  test.each(shipped.entries.filter(({ provider }) => provider === 'openai' || provider === 'anthropic'))(
    '$model costs what its source says',
    ({ provider, model, prices, priceSteps }) => {
      const timestamp = new Date(`${shipped.asOf}T12:00:00Z`);
      const cost = (usage: Record<string, number>): number =>
        Math.round((calcPrice(usage, model, { providerId: provider, timestamp })?.total_price ?? Number.NaN) * 1e6);
      const within = 100_000;
      expect(cost({ input_tokens: within })).toBeCloseTo((prices.input * within) / 1e6, -1);
      expect(cost({ input_tokens: 0, output_tokens: within })).toBeCloseTo((prices.output * within) / 1e6, -1);
      for (const step of priceSteps) {
        const above = step.aboveInputTokens + 1;
        expect(cost({ input_tokens: above })).toBeCloseTo((step.input * above) / 1e6, -1);
      }
    },
  );

  test.each([
    ['openai', 'gpt-5.5', 'gpt-5.5'],
    ['openai', 'gpt-5.5-2026-04-23', 'gpt-5.5'],
    ['openai', 'gpt-6-sol', 'gpt-6-sol'],
    ['openai', 'gpt-6-sol-2026-10-01', 'gpt-6-sol'],
    ['anthropic', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
    ['anthropic', 'claude-sonnet-5', 'claude-sonnet-5'],
    ['anthropic', 'claude-sonnet-5-5', undefined],
    ['openai', 'claude-sonnet-5', undefined],
    ['openai', 'gpt-99', undefined],
  ])('%s %s is %s', (provider, model, expected) => {
    expect(findEntry(shipped, provider, model)?.model).toBe(expected);
  });
});

const newer = {
  ...shipped,
  asOf: '2027-01-01',
  entries: shipped.entries
    .filter(({ model }) => model !== 'o1')
    .map((entry) =>
      entry.provider === 'openai' && entry.model === 'gpt-5.5'
        ? { ...entry, prices: { ...entry.prices, input: 4_000_000 } }
        : entry,
    ),
};

describe('a refresh is shown before anything is written', () => {
  test('from a file', async () => {
    const path = join(directory, 'newer.json');
    writeFileSync(path, JSON.stringify(newer));
    const { from, to, changes, text } = await refreshCatalogue(path, shipped);
    expect([from, to, changes]).toEqual([
      shipped.asOf,
      '2027-01-01',
      [
        { id: 'openai/gpt-5.5', change: 'price', figures: ['input 5000000 -> 4000000'] },
        { id: 'openai/o1', change: 'removed', figures: [] },
      ],
    ]);
    expect(parseCatalogue(text)).toEqual(newer);
  });

  test('from a URL; redirects and errors are refused', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/catalogue.json' }).end();
      else if (request.url === '/catalogue.json') response.end(JSON.stringify(newer));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect((await refreshCatalogue(`${base}/catalogue.json`, shipped)).changes.length).toBe(2);
      await expect(refreshCatalogue(`${base}/moved`, shipped)).rejects.toThrow(/could not be fetched/);
      await expect(refreshCatalogue(`${base}/other`, shipped)).rejects.toThrow(/answered 404/);
    } finally {
      server.close();
    }
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /is not JSON/],
    ['another format', '{"format":"other"}', /is not valid: `format`/],
    [
      'a price that is no whole number',
      JSON.stringify({ ...shipped, entries: [{ ...shipped.entries[0], prices: { ...shipped.entries[0]?.prices, input: 1.5 } }] }),
      /is not valid: `entries\.0\.prices\.input`/,
    ],
    ['a model twice', JSON.stringify({ ...shipped, entries: [shipped.entries[0], shipped.entries[0]] }), /twice/],
    ['an older one', JSON.stringify({ ...shipped, asOf: '2020-01-01' }), /older than the one in use/],
  ])('%s is refused', async (name, text, expected) => {
    const path = join(directory, `${name}.json`);
    writeFileSync(path, text);
    await expect(refreshCatalogue(path, shipped)).rejects.toThrow(expected);
  });

  test('plain http to another machine is refused', async () => {
    await expect(refreshCatalogue('http://catalogue.example.com/c.json', shipped)).rejects.toThrow(/over https only/);
  });
});
