import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelAsk } from '../../govern/testing/world.ts';
import { AGENT, makeApi } from '../testing/world.ts';
import { formToken, formTokenHolds, newNonce, openSession, sealSession } from './session.ts';
import { valueText, visible } from './text.ts';

/** A browser without scripts: follows forms, keeps cookies. */
async function browser(shown: Record<string, string> = { note: 'see <b>here</b>' }) {
  const made = makeApi();
  const governed = await made.world.road.govern(modelAsk('next', { shown }), () => Promise.reject(new Error('must not act')));
  if (governed.ok || governed.denial.approval === undefined) throw new Error('no approval was asked');
  const { id } = governed.denial.approval;
  const jar = new Map<string, string>();
  async function go(method: 'GET' | 'POST', path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const type: Record<string, string> = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const init: RequestInit = { method, headers: { ...(cookie === '' ? {} : { cookie }), ...type, ...headers } };
    if (form !== undefined) init.body = new URLSearchParams(form).toString();
    const response = await made.api.hono.request(path, init);
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (/Max-Age=0/.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return { status: response.status, headers: response.headers, html: await response.text() };
  }
  const field = (html: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
  async function signIn(person: string) {
    const page = await go('GET', `/approve/${id}`);
    return go('POST', '/approve/session', { key: made.keys.get(person) ?? person, next: id, token: field(page.html, 'token') });
  }
  /** The verdict form's own token is the one after the sign-out form's. */
  const verdictFields = (html: string) => {
    const form = html.slice(html.indexOf('<textarea') - 2_000);
    const at = form.lastIndexOf('<form', form.indexOf('<textarea'));
    return { token: field(form.slice(at), 'token'), shownDigest: field(form.slice(at), 'shownDigest') };
  };
  return { ...made, id, path: `/approve/${id}`, jar, go, field, signIn, verdictFields };
}

describe('the approval page', () => {
  test('asks for a key, shows the request, and takes the verdict', async () => {
    const { go, path, signIn, verdictFields, world, id } = await browser();
    expect((await go('GET', path)).html).toContain('Personal key');
    const signed = await signIn('usr_sam');
    expect([signed.status, signed.headers.get('location')]).toEqual([303, path]);
    const page = await go('GET', path);
    for (const text of [
      AGENT.id,
      'model.call',
      'next',
      'usr_ada',
      'Preview models need a person.',
      '1 of group:security',
      'PAY-1',
    ])
      expect(page.html).toContain(text);
    const given = await go('POST', path, { ...verdictFields(page.html), answer: 'approve', reason: 'tried it myself' });
    expect([given.status, world.approvals.get(id)?.state]).toEqual([303, 'approved']);
    expect(world.approvals.get(id)?.verdicts).toMatchObject([
      { approver: 'usr_sam', answer: 'approve', reason: 'tried it myself' },
    ]);
    const after = (await go('GET', path)).html;
    expect([after.includes('Approved by usr_sam'), after.includes('<textarea')]).toEqual([true, false]);
  });

  test('has no script, a strict policy, and is kept by nobody', async () => {
    const { go, path, signIn } = await browser();
    await signIn('usr_sam');
    const { html, headers } = await go('GET', path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect([headers.get('cache-control'), headers.get('x-frame-options'), headers.get('x-content-type-options')]).toEqual([
      'no-store',
      'DENY',
      'nosniff',
    ]);
    expect(html).not.toMatch(/<script|\son\w+=|style=|javascript:/i);
  });

  test('the session is a cookie that scripts and other sites do not get', async () => {
    const { go, path, field, id, keys } = await browser();
    const page = await go('GET', path);
    const { headers } = await go('POST', '/approve/session', {
      key: keys.get('usr_sam') ?? '',
      next: id,
      token: field(page.html, 'token'),
    });
    const line = headers.getSetCookie().find((each) => each.startsWith('countersign_page=')) ?? '';
    expect(line).toMatch(/HttpOnly/);
    expect(line).toMatch(/SameSite=Strict/);
    expect(line).toMatch(/Path=\/approve/);
    expect(line).not.toContain(keys.get('usr_sam')?.slice(-43));
  });

  test('what an agent wrote is text, whatever it wrote', async () => {
    const { go, path, signIn } = await browser({ note: '<img src=x onerror=alert(1)>"\'&', flip: 'abc\u202Egpj.exe\u200B' });
    await signIn('usr_sam');
    const { html } = await go('GET', path);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(html).toContain('abc\\u{202e}gpj.exe\\u{200b}');
    expect(html).not.toContain('<img');
  });

  test.each([
    ['somebody outside the group', 'usr_vic'],
    ['the person it acts for', 'usr_ada'],
  ])('%s reads it, and has no form', async (_name, person) => {
    const { go, path, signIn, world, id, jar, deps } = await browser();
    await signIn(person);
    const { html, status } = await go('GET', path);
    expect([status, html.includes('No verdict from you'), html.includes('<textarea')]).toEqual([200, true, false]);
    const session = openSession(deps.pageSecret, jar.get('countersign_page'), world.nowMs);
    const token = formToken(deps.pageSecret, session?.nonce ?? '', `verdict\0${id}`);
    const forced = await go('POST', path, {
      token,
      shownDigest: world.approvals.get(id)?.shownDigest ?? '',
      answer: 'approve',
      reason: 'because I can',
    });
    expect([forced.status, world.approvals.get(id)?.state]).toEqual([403, 'open']);
  });

  test.each([
    ['without the form token', { token: 'x' }, {}, 403],
    ['from another site', {}, { 'sec-fetch-site': 'cross-site' }, 403],
    ['with another digest', { shownDigest: 'f'.repeat(64) }, {}, 409],
    ['without a reason', { reason: ' ' }, {}, 400],
    ['without an answer', { answer: '' }, {}, 400],
    ['as JSON', {}, { 'content-type': 'application/json' }, 415],
  ])('a verdict %s changes nothing', async (_name, change, headers, status) => {
    const { go, path, signIn, verdictFields, world, id } = await browser();
    await signIn('usr_sam');
    const form = { ...verdictFields((await go('GET', path)).html), answer: 'approve', reason: 'looks right' };
    expect([(await go('POST', path, { ...form, ...change }, headers)).status, world.approvals.get(id)?.state]).toEqual([
      status,
      'open',
    ]);
  });

  test('the token of another session does not count', async () => {
    const { go, path, signIn, verdictFields, world, id, jar } = await browser();
    await signIn('usr_sam');
    const form = { ...verdictFields((await go('GET', path)).html), answer: 'approve', reason: 'looks right' };
    jar.clear();
    await signIn('usr_sam');
    expect([(await go('POST', path, form)).status, world.approvals.get(id)?.state]).toEqual([403, 'open']);
  });

  test('a revoked key, a passed quarter of an hour and a sign-out each end the session', async () => {
    const { go, path, signIn, world, jar, field } = await browser();
    const asks = async () => (await go('GET', path)).html.includes('Personal key');
    await signIn('usr_sam');
    expect(await asks()).toBe(false);
    const record = world.credentials.get('crd_seed2');
    if (record !== undefined) world.credentials.set('crd_seed2', { ...record, revokedAt: '2026-06-01T12:00:00.000Z' });
    expect(await asks()).toBe(true);
    if (record !== undefined) world.credentials.set('crd_seed2', record);
    world.nowMs += 16 * 60_000;
    expect(await asks()).toBe(true);
    world.nowMs -= 16 * 60_000;
    const page = await go('GET', path);
    expect((await go('POST', '/approve/session/end', { token: field(page.html, 'token') })).status).toBe(200);
    expect([jar.has('countersign_page'), await asks()]).toEqual([false, true]);
  });

  test.each([
    ['an agent key', AGENT.id],
    ['nonsense', 'hello'],
    ['a key that nobody issued', `csk_p_crd_0000_${'a'.repeat(43)}`],
  ])('%s does not sign in', async (_name, key) => {
    const { signIn, jar } = await browser();
    expect([(await signIn(key)).status, jar.has('countersign_page')]).toEqual([401, false]);
  });

  test('a link from mail hops once, so that the strict cookie comes along', async () => {
    const { go, path, signIn, jar } = await browser();
    await signIn('usr_sam');
    const kept = new Map(jar);
    jar.clear();
    const hop = await go('GET', path, undefined, { 'sec-fetch-site': 'cross-site' });
    expect([hop.html.includes('http-equiv="refresh"'), hop.html.includes('textarea')]).toEqual([true, false]);
    for (const [name, value] of kept) jar.set(name, value);
    expect((await go('GET', path, undefined, { 'sec-fetch-site': 'same-origin' })).html).toContain('<textarea');
  });

  test('an unknown request is not found, and a failing store says so', async () => {
    const { go, signIn, world, path } = await browser();
    await signIn('usr_sam');
    expect((await go('GET', '/approve/apr_none')).status).toBe(404);
    world.fresh = false;
    expect((await go('GET', path)).status).toBe(503);
  });
});

describe('sessions and tokens', () => {
  const secret = new Uint8Array(32).fill(1);
  const session = { credential: 'crd_1', person: 'usr_sam', nonce: newNonce(), expiresAt: 1_000 };

  test('a sealed session opens until it expires, and only with its secret', () => {
    const cookie = sealSession(secret, session);
    expect(openSession(secret, cookie, 999)).toEqual(session);
    expect([openSession(secret, cookie, 1_000), openSession(new Uint8Array(32), cookie, 0)]).toEqual([undefined, undefined]);
  });

  test('no changed cookie opens', () => {
    const cookie = sealSession(secret, session);
    fc.assert(
      fc.property(fc.nat(cookie.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, char) => {
        fc.pre(cookie[at] !== char);
        const changed = cookie.slice(0, at) + char + cookie.slice(at + 1);
        // Also where only unused bits of the last character change: the signature is compared as text.
        expect(openSession(secret, changed, 0)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openSession(secret, text, 0)).toBeUndefined();
      }),
    );
  });

  test('a form token is bound to its session and its form', () => {
    const token = formToken(secret, session.nonce, 'end');
    expect(formTokenHolds(secret, session.nonce, { name: 'end', token })).toBe(true);
    expect(formTokenHolds(secret, session.nonce, { name: 'verdict', token })).toBe(false);
    expect(formTokenHolds(secret, newNonce(), { name: 'end', token })).toBe(false);
    expect(formTokenHolds(secret, undefined, { name: 'end', token })).toBe(false);
  });

  test('no character hides on the page', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u0000-\u0008]/);
      }),
    );
    expect(valueText({ a: ['x', 1] })).toBe('{\n  "a": [\n    "x",\n    1\n  ]\n}');
  });
});
