import { expect, test } from 'vitest';
import type { CredentialRecord } from '../ports/identity.ts';
import { formatKey } from '../ports/key-format.ts';
import type { Presented } from '../ports/road.ts';
import { sha256Hex } from './hash.ts';
import { AGENT, MANDATE, makeWorld, type World } from './testing/world.ts';

const SECRET = 'A'.repeat(43);
const KEY = formatKey('agent', 'crd_0123456789', SECRET);
const where = { door: 'model', trace: 'a'.repeat(32) };

const record = (changes: Partial<CredentialRecord> = {}): CredentialRecord => ({
  id: 'crd_0123456789',
  org: 'acme',
  kind: 'agent',
  subject: AGENT.id,
  secretHash: sha256Hex(SECRET),
  mandate: null,
  onBehalfOf: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  ...changes,
});

function worldWith(changes: Partial<CredentialRecord> = {}): World {
  const world = makeWorld();
  world.credentials.set('crd_0123456789', record(changes));
  world.mandates.set('man_1', { ok: true, mandate: MANDATE });
  return world;
}

const codeOf = async (world: World, presented: Presented) => {
  const identified = await world.road.identify(presented, where);
  return identified.ok ? 'ok' : identified.denial.code;
};

test('a key is its agent, under the mandate that is named', async () => {
  const identified = await worldWith().road.identify({ bearer: KEY, mandate: 'man_1', onBehalfOf: 'usr_eve' }, where);
  // The mandate says for whom; the header is only a claim.
  expect(identified).toEqual({
    ok: true,
    caller: { org: 'acme', agent: AGENT, credential: 'crd_0123456789', onBehalfOf: 'usr_ada', mandate: MANDATE },
  });
});

test.each<[string, Presented, Partial<CredentialRecord>, string]>([
  ['nothing', {}, {}, 'identity.missing'],
  ['an empty bearer', { bearer: '' }, {}, 'identity.missing'],
  ['two different credentials', { bearer: KEY, apiKey: `${KEY}x` }, {}, 'identity.invalid'],
  ['the same credential twice', { bearer: KEY, apiKey: KEY }, {}, 'ok'],
  ['a provider key', { bearer: 'sk-proj-abc' }, {}, 'identity.invalid'],
  ['another secret', { bearer: formatKey('agent', 'crd_0123456789', 'B'.repeat(43)) }, {}, 'identity.invalid'],
  ['an unknown id', { bearer: formatKey('agent', 'crd_9999999999', SECRET) }, {}, 'identity.invalid'],
  ['a key of the other kind', { bearer: formatKey('person', 'crd_0123456789', SECRET) }, {}, 'identity.invalid'],
  ["another organisation's key", { bearer: KEY }, { org: 'other' }, 'identity.invalid'],
  ['a revoked key', { bearer: KEY }, { revokedAt: '2026-05-01T00:00:00.000Z' }, 'identity.revoked'],
  ['an expired key', { bearer: KEY }, { expiresAt: '2026-06-01T12:00:00.000Z' }, 'identity.expired'],
  ['a key that expires a millisecond later', { bearer: KEY }, { expiresAt: '2026-06-01T12:00:00.001Z' }, 'ok'],
  ["an unregistered agent's key", { bearer: KEY }, { subject: 'gone' }, 'identity.forbidden'],
  ['a token that nobody can verify', { bearer: 'a.b.c' }, {}, 'identity.invalid'],
])('%s', async (_name, presented, changes, code) => {
  expect(await codeOf(worldWith(changes), presented)).toBe(code);
});

test('stale revocations let nobody in', async () => {
  const world = worldWith();
  world.fresh = false;
  expect(await codeOf(world, { bearer: KEY })).toBe('store.unavailable');
});

test.each<[string, Presented, Partial<CredentialRecord>, (world: World) => void, string]>([
  ['an unknown mandate', { mandate: 'man_9' }, {}, () => undefined, 'mandate.missing'],
  [
    "another agent's mandate",
    { mandate: 'man_1' },
    {},
    (world) => world.mandates.set('man_1', { ok: true, mandate: { ...MANDATE, agent: 'other' } }),
    'mandate.invalid',
  ],
  [
    "another role's mandate",
    { mandate: 'man_1' },
    {},
    (world) => world.mandates.set('man_1', { ok: true, mandate: { ...MANDATE, role: 'executor' } }),
    'mandate.invalid',
  ],
  [
    'a mandate that has run out',
    { mandate: 'man_1' },
    {},
    (world) => world.mandates.set('man_1', { ok: true, mandate: { ...MANDATE, expiresAt: '2026-06-01T12:00:00.000Z' } }),
    'mandate.expired',
  ],
  [
    'a revoked mandate',
    { mandate: 'man_1' },
    {},
    (world) => world.mandates.set('man_1', { ok: false, why: 'revoked' }),
    'mandate.revoked',
  ],
  ['a key that carries another mandate', { mandate: 'man_2' }, { mandate: 'man_1' }, () => undefined, 'mandate.invalid'],
  ['a key that carries its mandate', {}, { mandate: 'man_1' }, () => undefined, 'none'],
])('%s', async (_name, presented, changes, prepare, problem) => {
  const world = worldWith(changes);
  prepare(world);
  const identified = await world.road.identify({ bearer: KEY, ...presented }, where);
  expect(identified.ok && (identified.caller.mandateProblem ?? 'none')).toBe(problem);
});

test('refusals of one kind share one entry', async () => {
  const world = worldWith();
  for (let n = 0; n < 50; n++) await world.road.identify({ bearer: 'nobody' }, where);
  await world.road.close();
  expect(world.entries.map((entry) => (entry.type === 'identity.refused' ? entry.detail : entry.type))).toEqual([
    { code: 'identity.invalid', count: 50, door: 'model', from: '2026-06-01T12:00:00.000Z', to: '2026-06-01T12:00:00.000Z' },
  ]);
});
