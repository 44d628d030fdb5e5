import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker } from '../shared/breaker.ts';
import { CREDENTIAL_CACHE_MS, Credentials } from '../shared/credential.ts';
import { Places } from '../shared/places.ts';
import { askedWaitMs, backoffMs, isRetryable, RetryBudget } from '../shared/retry.ts';
import { outgoing, targetOf } from './target.ts';

class Hands {
  ms = 1_000_000;
  now(): number {
    return this.ms;
  }
}

describe('the breaker', () => {
  const terms = { failures: 3, windowMs: 1_000, openMs: 500 };
  const after = (verdicts: string): { breaker: Breaker; clock: Hands } => {
    const clock = new Hands();
    const breaker = new Breaker(clock, terms);
    for (const one of verdicts) {
      if (one === ' ') clock.ms += 1_001;
      else if (breaker.claim()) breaker.count(one === 'g' ? 'good' : one === 'b' ? 'bad' : 'neutral');
    }
    return { breaker, clock };
  };
  const rows: readonly [string, boolean][] = [
    ['', true],
    ['bb', true],
    ['bbb', false],
    ['bnbnb', false],
    ['gggbbb', false],
    ['ggggbbb', true],
    ['bb b', true],
    ['nnnnnn', true],
  ];
  for (const [verdicts, available] of rows)
    it(`after "${verdicts}" is ${available ? 'closed' : 'open'}`, () =>
      expect(after(verdicts).breaker.available).toBe(available));

  it('lets one request through when half open; its end decides', () => {
    const { breaker, clock } = after('bbb');
    expect(breaker.claim()).toBe(false);
    clock.ms += 500;
    expect([breaker.claim(), breaker.claim()]).toEqual([true, false]);
    breaker.count('bad');
    expect(breaker.claim()).toBe(false);
    clock.ms += 500;
    expect(breaker.claim()).toBe(true);
    breaker.count('neutral');
    expect(breaker.claim()).toBe(true);
    breaker.count('good');
    expect([breaker.claim(), breaker.claim()]).toEqual([true, true]);
  });
});

describe('places', () => {
  it('never more than there are, and every one is given back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 60 }),
        (size, steps) => {
          const places = new Places(size);
          let used = 0;
          let most = 0;
          const serve = (): void => {
            used += 1;
            most = Math.max(most, used);
          };
          for (const [agent, frees] of steps) {
            if (frees && used > 0) {
              used -= 1;
              places.free();
            } else if (places.take()) serve();
            else places.wait(agent, 60_000, { serve, refuse: () => undefined });
          }
          while (used > 0) {
            used -= 1;
            places.free();
          }
          expect(most).toBeLessThanOrEqual(size);
          for (let i = 0; i < size; i += 1) expect(places.take()).toBe(true);
          expect(places.take()).toBe(false);
        },
      ),
    );
  });

  it('serves agents in turn, however many one of them sends', () => {
    const places = new Places(1);
    const served: string[] = [];
    places.take();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'])
      places.wait(name[0] ?? '', 60_000, { serve: () => served.push(name), refuse: () => undefined });
    for (let i = 0; i < 6; i += 1) places.free();
    expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('nobody overtakes those who wait, and who leaves is not served', () => {
    const places = new Places(1);
    places.take();
    const served: string[] = [];
    const first = places.wait('a', 60_000, { serve: () => served.push('first'), refuse: () => undefined });
    places.wait('a', 60_000, { serve: () => served.push('second'), refuse: () => undefined });
    expect(places.take()).toBe(false);
    first.leave();
    places.free();
    expect(served).toEqual(['second']);
  });

  it('refuses when the time is over', async () => {
    const places = new Places(1);
    places.take();
    await new Promise<void>((resolve, reject) =>
      places.wait('a', 20, { serve: () => reject(new Error('served')), refuse: resolve }),
    );
    places.free();
    expect(places.take()).toBe(true);
  });
});

describe('retries', () => {
  it('are for what a repetition may turn', () => {
    const statuses = [200, 400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504, 529];
    expect(statuses.filter(isRetryable)).toEqual([408, 429, 500, 502, 503, 504, 529]);
  });

  it('wait anything from nothing to the doubled base', () => {
    expect([backoffMs(1, 0), backoffMs(1, 0.5), backoffMs(2, 0.5), backoffMs(20, 0.5)]).toEqual([0, 200, 400, 2_500]);
  });

  it('wait as asked, unless it is long', () => {
    expect([undefined, '0', '2', '5', '6', 'soon', '-1', 'Wed, 21 Oct 2015 07:28:00 GMT'].map(askedWaitMs)).toEqual([
      undefined,
      0,
      2_000,
      5_000,
      null,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are at most a tenth of many calls', () => {
    const budget = new RetryBudget();
    let taken = 0;
    for (let call = 0; call < 10_000; call += 1) {
      budget.call();
      if (budget.take()) taken += 1;
    }
    expect(taken).toBeGreaterThan(990);
    expect(taken).toBeLessThanOrEqual(1_003);
  });
});

describe('credentials', () => {
  it('come from the environment or a file, and a rotated one is seen', () => {
    const clock = new Hands();
    const file = join(mkdtempSync(join(tmpdir(), 'credential-')), 'key');
    writeFileSync(file, 'from-file\n');
    const environment: Record<string, string> = { KEY: 'from-env', BLANK: ' ', LINES: 'a\nb', UMLAUT: 'ä' };
    const credentials = new Credentials(clock, environment);
    const resolved = [
      null,
      'env:KEY',
      `file:${file}`,
      'env:NONE',
      'env:BLANK',
      'env:LINES',
      'env:UMLAUT',
      'file:/not/there',
      'KEY',
    ];
    expect(resolved.map((one) => credentials.resolve(one))).toEqual([
      null,
      'from-env',
      'from-file',
      ...Array.from({ length: 6 }, () => undefined),
    ]);
    environment['KEY'] = 'rotated';
    expect(credentials.resolve('env:KEY')).toBe('from-env');
    clock.ms += CREDENTIAL_CACHE_MS;
    expect(credentials.resolve('env:KEY')).toBe('rotated');
  });
});

describe('targets', () => {
  it('are plain http addresses', () => {
    expect(
      ['https://api.example/v1', 'http://127.0.0.1:8/', 'ftp://x', 'https://u:p@x/v1', 'https://x/v1?a=b', 'x'].map(targetOf),
    ).toEqual([
      { origin: 'https://api.example', prefix: '/v1' },
      { origin: 'http://127.0.0.1:8', prefix: '' },
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('a client’s version of the format is kept', () => {
    const provider = { id: 'p', kind: 'anthropic', baseUrl: 'https://x', credential: null, concurrency: 1, queueMs: 1 } as const;
    expect(outgoing(['Anthropic-Version', '2024-01-01'], provider, null)).toEqual([
      'Anthropic-Version',
      '2024-01-01',
      'accept-encoding',
      'identity',
    ]);
  });
});
