/** Credentials that are none, forged, late, early, stolen from elsewhere: 401 in the caller's format, counted, and no provider hears of it. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { pathOf } from '../../packages/server/src/client/index.ts';
import { readDirectory } from '../../packages/server/src/config/read/files.ts';
import { withClient } from '../../packages/server/src/store/embedded/index.ts';
import { call, codeOf, WIRES } from '../support/calls.ts';
import { entriesSince, expectGood, expectWireError, sizeOf } from '../support/hostile.ts';
import { AGENT, editYaml, type Installation, openInstallation, type TestTask } from '../support/installation.ts';
import { AUDIENCE, CLAIM, type Issuer, startIssuer, type TokenChanges } from '../support/issuer.ts';
import type { NodeProcess } from '../support/node-process.ts';
import { roomy } from '../support/roomy.ts';

let dir: string;
let issuer: Issuer;
let at: Installation;
/** Trusts the issuer's certificate. */
let node: NodeProcess;
let task: TestTask;

/** An agent that is registered today and gone tomorrow. */
const PASSING = 'handbook-links-planner-dev';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'countersign-issuer-'));
  issuer = await startIssuer(dir);
  at = await openInstallation({
    governance: (governance) => {
      roomy(governance);
      editYaml(join(governance, `agents/${AGENT}.yaml`), (root) =>
        root.set('logins', [{ issuer: issuer.url, audience: AUDIENCE, claims: CLAIM }]),
      );
      writeFileSync(
        join(governance, `agents/${PASSING}.yaml`),
        stringify({
          id: PASSING,
          app: 'codex',
          purpose: 'Looks for links in the handbook that lead nowhere, and reports them.',
          owner: 'sam',
          team: 'docs',
          environment: 'dev',
          dataClass: 'internal',
          approvalGroup: 'team:platform',
          runbook: 'docs/runbooks/agent-broke-ci.md',
          role: 'planner',
          tier: 1,
          repositories: ['handbook'],
          capabilities: ['repository.read'],
          useCases: ['documentation'],
        }),
      );
    },
  });
  node = await at.nodeProcess('identity', { NODE_EXTRA_CA_CERTS: issuer.certificate });
  task = await at.task();
});
afterAll(async () => {
  await at?.close();
  issuer?.close();
  rmSync(dir, { recursive: true, force: true });
});

const now = (): number => Math.floor(Date.now() / 1_000);
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = () => ({ ...CLAIM, iss: issuer.url, aud: AUDIENCE, iat: now(), exp: now() + 300 });

/** With the public key of a key pair as the secret of an HMAC: libraries fell for it. */
function hs256(): string {
  const text = `${base64({ alg: 'HS256', kid: 'one', typ: 'JWT' })}.${base64(claims())}`;
  return `${text}.${createHmac('sha256', 'public').update(text).digest('base64url')}`;
}

async function tampered(): Promise<string> {
  const [header, , signature] = (await issuer.token()).split('.');
  return `${header}.${base64({ ...claims(), exp: now() + 3_000 })}.${signature}`;
}

const token = (changes: TokenChanges) => () => issuer.token(changes);
const plain = (text: string) => async () => text;

const REFUSED: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['a key nobody issued', plain(`csk_a_crd_0123456789abcdef_${'A'.repeat(43)}`), 'identity.invalid'],
  ['a key with another secret', async () => `${task.key.slice(0, -6)}AAAAAA`, 'identity.invalid'],
  ['a key cut short', async () => task.key.slice(0, -10), 'identity.invalid'],
  ['a key of a provider', plain('sk-proj-abcdefghijklmnopqrstuvwxyz0123456789'), 'identity.invalid'],
  [
    'a person’s key',
    async () => String((await at.admin.post('/api/v1/people/lin/credentials', {})).json['key']),
    'identity.forbidden',
  ],
  ['two dots', plain('a.b.c'), 'identity.invalid'],
  ['a very long token', plain(`${'a'.repeat(20_000)}.${'b'.repeat(20_000)}.c`), 'identity.invalid'],
  ['a token signed with another key', token({ forged: true }), 'identity.invalid'],
  ['a token that says `none`', async () => `${base64({ alg: 'none', kid: 'one' })}.${base64(claims())}.`, 'identity.invalid'],
  ['a token signed with the public key as a secret', async () => hs256(), 'identity.invalid'],
  ['a token whose claims were changed', tampered, 'identity.invalid'],
  ['a token of another issuer', token({ claims: { iss: 'https://issuer.example.com' } }), 'identity.invalid'],
  ['a token for somebody else', token({ claims: { aud: 'another-service' } }), 'identity.invalid'],
  ['a token of another repository', token({ claims: { repository: 'acme/other' } }), 'identity.forbidden'],
  ['a token that has no end', token({ claims: { exp: undefined } }), 'identity.invalid'],
  ['a token with a key id that is not published', token({ header: { kid: 'two' } }), 'identity.invalid'],
  [
    'a token that brings its own key',
    token({ forged: true, header: { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } } }),
    'identity.invalid',
  ],
  // Clocks: a minute either way is forgiven, more is not.
  [
    'a token that ended two minutes ago',
    () => issuer.token({ claims: { iat: now() - 400, exp: now() - 120 } }),
    'identity.expired',
  ],
  [
    'a token that begins in two minutes',
    () => issuer.token({ claims: { nbf: now() + 120, exp: now() + 600 } }),
    'identity.invalid',
  ],
];

describe.each(WIRES)('%s', (wire) => {
  test.each(REFUSED)('%s', async (_name, make, code) => {
    const presented = await make();
    const seen = at.upstream.seen.length;
    const told = await call(node.url, presented, { wire });
    expect([told.status, codeOf(told)]).toEqual([401, code]);
    expectWireError(wire, told);
    expect(told.text).not.toContain(presented);
    expect(at.upstream.seen.length).toBe(seen);
  });

  test('no credential at all', async () => {
    const told = await call(node.url, undefined, { wire });
    expect([told.status, codeOf(told)]).toEqual([401, 'identity.missing']);
    expectWireError(wire, told);
  });

  test('and a good key is answered after all of that', () => expectGood(node.url, task.key, wire));
});

test.each([
  ['now', {}],
  ['that ended half a minute ago', { iat: -300, exp: -30 }],
  ['that begins in half a minute', { nbf: 30 }],
])('a token %s is the agent, and the mandate is named in a header', async (_name, offsets) => {
  const moved = Object.fromEntries(Object.entries(offsets).map(([name, seconds]) => [name, now() + seconds]));
  const told = await call(node.url, await issuer.token({ claims: moved }), {
    headers: { 'x-countersign-mandate': task.mandate },
  });
  expect([told.status, told.json?.['error']]).toEqual([200, undefined]);
});

test('a token without a mandate is denied by policy, on record with the agent’s name', async () => {
  const size = await sizeOf(at);
  const told = await call(node.url, await issuer.token());
  expect([told.status, codeOf(told)]).toEqual([400, 'mandate.missing']);
  expect((await entriesSince(at, size)).filter(({ type }) => type === 'decision')).toMatchObject([
    { principal: AGENT, decision: { code: 'mandate.missing' } },
  ]);
});

test('a key that has expired is refused', async () => {
  const issued = await at.admin.post(pathOf`/api/v1/agents/${AGENT}/credentials`, { mandate: task.mandate, ttlSeconds: 60 });
  const id = String((issued.json['credential'] as { id: string }).id);
  await expectGood(node.url, String(issued.json['key']));
  // Nobody waits a minute for this: the row says that it is over, and whoever knows it must look again.
  await withClient(at.database.superuser, async (client) => {
    await client.query(`update credential set expires_at = now() - interval '1 second' where id = $1`, [id]);
    await client.query('update state_version set version = version + 1');
  });
  await expect
    .poll(async () => codeOf(await call(node.url, String(issued.json['key']))), { timeout: 3_000 })
    .toBe('identity.expired');
});

test('an agent that left the registry is nobody', async () => {
  const { json } = await at.admin.post(pathOf`/api/v1/agents/${PASSING}/credentials`, {});
  const key = String(json['key']);
  // Known, and without a mandate.
  expect(codeOf(await call(node.url, key))).not.toMatch(/^identity/);
  rmSync(join(at.governance, `agents/${PASSING}.yaml`));
  const current = await at.admin.get('/api/v1/bundles/current');
  await at.admin.post('/api/v1/bundles/apply', {
    files: await readDirectory(at.governance),
    expect: String(current.json['revision']),
  });
  await expect.poll(async () => codeOf(await call(node.url, key)), { timeout: 3_000 }).toBe('identity.forbidden');
});

test('refusals of the unknown are counted on record, not one by one', async () => {
  const size = await sizeOf(at);
  await Promise.all(Array.from({ length: 200 }, () => call(node.url, 'csk_a_crd_nobody')));
  const refused = async () =>
    (await entriesSince(at, size)).filter(
      ({ type, detail }) => type === 'identity.refused' && detail?.code === 'identity.invalid',
    );
  await expect
    .poll(async () => (await refused()).reduce((sum, { detail }) => sum + (detail?.count ?? 0), 0), { timeout: 4_000 })
    .toBe(200);
  expect((await refused()).length).toBeLessThan(6);
});
