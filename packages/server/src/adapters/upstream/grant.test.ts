import { describe, expect, it } from 'vitest';
import { mintGrant } from '../../govern/mint.ts';
import { claimMint, type Grant, type GrantTerms } from '../../ports/grant.ts';
import type { UpstreamCall, UpstreamSink } from '../../ports/upstream.ts';
import { Providers } from './index.ts';

const terms: GrantTerms = {
  id: 'gra_1',
  decision: 'dec_1',
  org: 'org',
  action: 'model.call',
  agent: 'a',
  resource: { type: 'Countersign::Model', id: 'm' },
  mandate: null,
  obligations: [],
  expiresAt: 1_000,
};

const call = (action: UpstreamCall['action'] = 'model.call'): UpstreamCall => ({
  provider: { id: 'p', kind: 'openai', baseUrl: 'http://127.0.0.1:9', credential: null, concurrency: 1, queueMs: 1 },
  model: {
    id: 'm',
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
  } as UpstreamCall['model'],
  action,
  agent: 'a',
  path: '/responses',
  headers: [],
  body: new Uint8Array(),
});

const sink: UpstreamSink = { start: () => undefined, data: () => undefined, end: () => undefined, fail: () => undefined };

it('the power to mint is handed out once', () => expect(claimMint).toThrow('claimed already'));

describe('no grant, no call', () => {
  const at = (now: number): Providers => new Providers({ clock: { now: () => now }, environment: {}, random: () => 0 });
  const rows: readonly [string, () => unknown][] = [
    ['nothing', () => at(0).call(undefined as unknown as Grant, call(), sink)],
    ['a look-alike', () => at(0).call({ terms } as unknown as Grant, call(), sink)],
    ['a clone', () => at(0).call(structuredClone(mintGrant(terms)), call(), sink)],
    ['one for another action', () => at(0).call(mintGrant(terms), call('model.count'), sink)],
    [
      'one for another model',
      () => at(0).call(mintGrant({ ...terms, resource: { type: 'Countersign::Model', id: 'other' } }), call(), sink),
    ],
    ['one that has expired', () => at(1_000).call(mintGrant(terms), call(), sink)],
  ];
  for (const [what, attempt] of rows) it(what, () => expect(attempt).toThrow(TypeError));
});
