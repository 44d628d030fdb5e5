import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OidcLogin } from '../../ports/registry.ts';
import { createTokenVerifier } from './verifier.ts';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const NOW = Date.parse('2026-06-01T12:00:00Z');
const seconds = (offset: number) => Math.floor(NOW / 1_000) + offset;

/** An issuer on this machine; what it answers can be changed while it runs. */
const issuer = {
  url: '',
  keys: [] as JWK[],
  asked: 0,
  status: 200,
  body: undefined as string | undefined,
  server: undefined as Server | undefined,
};
const pairs = new Map<string, Pair>();

beforeAll(async () => {
  for (const [kid, alg] of [
    ['rsa', 'RS256'],
    ['ec', 'ES256'],
    ['ed', 'EdDSA'],
    ['pss', 'PS256'],
    ['next', 'ES256'],
    ['stranger', 'ES256'],
    ['long', 'RS512'],
  ] as const)
    pairs.set(kid, await generateKeyPair(alg, { extractable: true }));
  issuer.server = createServer((request, response) => {
    issuer.asked++;
    const discovery = request.url === '/.well-known/openid-configuration';
    const document = discovery ? { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` } : { keys: issuer.keys };
    response.writeHead(issuer.status, {
      'content-type': 'application/json',
      ...(issuer.status === 302 ? { location: '/keys' } : {}),
    });
    response.end(issuer.body ?? JSON.stringify(document));
  });
  await new Promise<void>((resolve) => issuer.server?.listen(0, '127.0.0.1', resolve));
  issuer.url = `http://127.0.0.1:${(issuer.server.address() as AddressInfo).port}`;
  issuer.keys = await publish('rsa', 'ec', 'ed', 'pss', 'long');
});

afterAll(() => void issuer.server?.close());
afterEach(async () =>
  Object.assign(issuer, { status: 200, body: undefined, asked: 0, keys: await publish('rsa', 'ec', 'ed', 'pss', 'long') }),
);

const ALGS: Readonly<Record<string, string>> = {
  rsa: 'RS256',
  ec: 'ES256',
  ed: 'EdDSA',
  pss: 'PS256',
  next: 'ES256',
  stranger: 'ES256',
  long: 'RS512',
};
const pair = (kid: string) => pairs.get(kid) as Pair;
const publish = (...kids: string[]) =>
  Promise.all(kids.map(async (kid) => ({ ...(await exportJWK(pair(kid).publicKey)), kid, alg: ALGS[kid] ?? '', use: 'sig' })));

function verifier(logins?: readonly OidcLogin[], clock = { now: () => NOW }) {
  const own: OidcLogin = { issuer: issuer.url, audience: 'countersign', claims: { repository: 'acme/payments-api' } };
  return createTokenVerifier({ logins: () => logins ?? [own], clock });
}

const CLAIMS = { repository: 'acme/payments-api', sub: 'repo:acme/payments-api' };

interface TokenChange {
  readonly kid?: string;
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
}

async function token({ kid = 'ec', header = {}, claims = {} }: TokenChange = {}): Promise<string> {
  const payload = { ...CLAIMS, iss: issuer.url, aud: 'countersign', iat: seconds(0), exp: seconds(300), ...claims };
  const kept = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(kept).setProtectedHeader({ alg: ALGS[kid] ?? 'ES256', kid, ...header }).sign(pair(kid).privateKey);
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (thrown: { code?: string }) => thrown.code ?? String(thrown),
  );

describe('a token that holds', () => {
  test.each(['rsa', 'ec', 'ed', 'pss'])('%s: gives issuer, audience and claims', async (kid) => {
    const verified = await verifier().verify(await token({ kid }));
    expect(verified).toMatchObject({ issuer: issuer.url, audience: ['countersign'], claims: CLAIMS });
  });

  test('for several audiences is fine when one is ours', async () => {
    expect((await verifier().verify(await token({ claims: { aud: ['other', 'countersign'] } }))).audience).toEqual([
      'other',
      'countersign',
    ]);
  });

  test.each([
    ['expired less than a minute ago', { exp: seconds(-59) }],
    ['valid in less than a minute', { nbf: seconds(59) }],
  ])('%s: clocks may differ that much', async (_name, claims) => {
    expect(await codeOf(verifier().verify(await token({ claims })))).toBe('ok');
  });

  test('asks the issuer once for many tokens', async () => {
    const own = verifier();
    for (let n = 0; n < 5; n++) await own.verify(await token());
    // Discovery and keys.
    expect(issuer.asked).toBe(2);
  });

  test('signed with a key that the issuer added later: the keys are fetched again', async () => {
    const now = { ms: Date.now() };
    const own = verifier(undefined, { now: () => NOW });
    await own.verify(await token());
    issuer.keys = await publish('next');
    const realNow = Date.now;
    // The library keeps its cooldown by the process clock.
    Date.now = () => now.ms + 31_000;
    try {
      expect(await codeOf(own.verify(await token({ kid: 'next' })))).toBe('ok');
      expect(await codeOf(own.verify(await token({ kid: 'ec' })))).toBe('identity.invalid');
    } finally {
      Date.now = realNow;
    }
  });

  test('keys may be at a fixed address, without discovery', async () => {
    const login: OidcLogin = { issuer: issuer.url, audience: 'countersign', jwksUri: `${issuer.url}/keys`, claims: {} };
    expect(await codeOf(verifier([login]).verify(await token()))).toBe('ok');
    expect(issuer.asked).toBe(1);
  });
});

describe('a token that does not hold', () => {
  test.each<[string, TokenChange, string]>([
    ['expired', { claims: { exp: seconds(-61) } }, 'identity.expired'],
    ['not valid yet', { claims: { nbf: seconds(61) } }, 'identity.invalid'],
    ['without expiry', { claims: { exp: undefined } }, 'identity.invalid'],
    ['with an expiry that is no number', { claims: { exp: 'never' } }, 'identity.invalid'],
    ['for another audience', { claims: { aud: 'other' } }, 'identity.invalid'],
    ['without audience', { claims: { aud: undefined } }, 'identity.invalid'],
    ['of an unregistered issuer', { claims: { iss: 'https://evil.example' } }, 'identity.invalid'],
    ['without issuer', { claims: { iss: undefined } }, 'identity.invalid'],
    ['with the issuer and a slash', { claims: { iss: 'http://127.0.0.1/' } }, 'identity.invalid'],
    ['signed by a stranger under a known key id', { kid: 'stranger', header: { kid: 'ec' } }, 'identity.invalid'],
    ['signed by a stranger under its own key id', { kid: 'stranger' }, 'identity.invalid'],
    ['signed with an algorithm that is not accepted', { kid: 'long' }, 'identity.invalid'],
    ['with a critical header that nobody knows', { header: { crit: ['b64'], b64: true } }, 'ok'],
  ])('%s', async (_name, change, code) => {
    expect(await codeOf(verifier().verify(await token(change)))).toBe(code);
  });

  test('with a critical extension that we do not know', async () => {
    const good = await token();
    const [, payload, signature] = good.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'ec', crit: ['x-new'], 'x-new': 1 })).toString('base64url');
    expect(await codeOf(verifier().verify(`${header}.${payload}.${signature}`))).toBe('identity.invalid');
  });

  test('with algorithm none', async () => {
    const unsigned = new UnsecuredJWT({ ...CLAIMS, aud: 'countersign', iss: issuer.url, exp: seconds(300) }).encode();
    expect(await codeOf(verifier().verify(unsigned))).toBe('identity.invalid');
  });

  test.each(['rsa', 'ec'])('with the public %s key as an HMAC secret', async (kid) => {
    const secret = Buffer.from(await exportSPKI(pair(kid).publicKey));
    const forged = await new SignJWT({ ...CLAIMS, aud: 'countersign', iss: issuer.url, exp: seconds(300) })
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(secret);
    expect(await codeOf(verifier().verify(forged))).toBe('identity.invalid');
  });

  test('with a key of its own in the header', async () => {
    const jwk = await exportJWK(pair('stranger').publicKey);
    const jku = `${issuer.url}/stranger`;
    const forged = await token({ kid: 'stranger', header: { jwk, jku, kid: 'ec' } });
    expect(await codeOf(verifier().verify(forged))).toBe('identity.invalid');
  });

  test('with any one character changed', async () => {
    const good = await token();
    const own = verifier();
    for (let at = 0; at < good.length - 1; at += 7) {
      const changed = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1);
      expect([at, await codeOf(own.verify(changed))]).toEqual([at, expect.stringMatching(/^identity\./)]);
    }
  });

  test.each([
    ['nothing', ''],
    ['a word', 'token'],
    ['three words', 'a.b.c'],
    ['a megabyte', 'a'.repeat(1_000_000)],
    ['five parts', 'a.b.c.d.e'],
  ])('%s is no token', async (_name, text) => {
    expect(await codeOf(verifier().verify(text))).toBe('identity.invalid');
    expect(issuer.asked).toBe(0);
  });
});

describe('an issuer that cannot be believed', () => {
  test.each<[string, Partial<typeof issuer>]>([
    ['answers an error', { status: 500 }],
    ['redirects', { status: 302 }],
    ['answers garbage', { body: 'not json' }],
    ['answers too much', { body: `{"keys":[],"pad":"${'x'.repeat(300_000)}"}` }],
    ['names another issuer', { body: JSON.stringify({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/keys' }) }],
    ['names keys elsewhere without https', { body: JSON.stringify({ issuer: 'ISSUER', jwks_uri: 'http://evil.example/keys' }) }],
  ])('%s: every token of it is refused', async (_name, change) => {
    Object.assign(issuer, change, change.body === undefined ? {} : { body: change.body.replace('ISSUER', issuer.url) });
    expect(await codeOf(verifier().verify(await token()))).toBe('identity.invalid');
  });

  test('is not reachable: refused, and not asked again for a while; then it recovers', async () => {
    const clock = { ms: NOW };
    const own = verifier(undefined, { now: () => clock.ms });
    issuer.status = 503;
    const good = await token();
    for (let n = 0; n < 4; n++) expect(await codeOf(own.verify(good))).toBe('identity.invalid');
    expect(issuer.asked).toBe(1);
    issuer.status = 200;
    clock.ms += 5_001;
    expect(await codeOf(own.verify(good))).toBe('ok');
  });

  test('is plain HTTP on another machine: refused without asking', async () => {
    const login: OidcLogin = { issuer: 'http://login.example', audience: 'countersign', claims: {} };
    expect(await codeOf(verifier([login]).verify(await token({ claims: { iss: 'http://login.example' } })))).toBe(
      'identity.invalid',
    );
  });

  test('leaves the bundle: its tokens are refused at once', async () => {
    const logins: OidcLogin[] = [{ issuer: issuer.url, audience: 'countersign', claims: {} }];
    const own = verifier(logins);
    const good = await token();
    expect(await codeOf(own.verify(good))).toBe('ok');
    logins.splice(0);
    expect(await codeOf(own.verify(good))).toBe('identity.invalid');
  });

  test('its faults say nothing of the inside', async () => {
    issuer.status = 500;
    const fault = await verifier()
      .verify(await token())
      .catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({ publicText: "The issuer's keys cannot be had at this moment, so the token is refused." });
  });
});
