import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGENT, makeApi, TASK } from '../testing/world.ts';
import { nesting } from './body.ts';

const TASKS = '/api/v1/tasks';
const code = (answer: { json: Record<string, unknown> }) => answer.json['code'];

describe('who calls', () => {
  test.each([
    ['nobody', null, 401, 'identity.missing'],
    ['another scheme', 'Basic dXNlcjpwYXNz', 401, 'identity.missing'],
    ['two tokens', 'Bearer one two', 401, 'identity.missing'],
    ['a key that nobody issued', `Bearer csk_p_crd_0000_${'a'.repeat(43)}`, 401, 'identity.invalid'],
    ['an agent key that nobody issued', `Bearer csk_a_crd_0000_${'a'.repeat(43)}`, 401, 'identity.invalid'],
    ['a token of no issuer', 'Bearer a.b.c', 401, 'identity.invalid'],
  ])('%s is refused', async (_name, as, status, expected) => {
    const answer = await makeApi().call('GET', '/api/v1/whoami', { as });
    expect([answer.status, code(answer), answer.headers.get('www-authenticate')]).toEqual([
      status,
      expected,
      'Bearer realm="countersign"',
    ]);
  });

  test.each([
    ['a wrong secret', (key: string) => key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A'), 'identity.invalid'],
    ['the letter of the other kind', (key: string) => key.replace('csk_p', 'csk_a'), 'identity.invalid'],
  ])('%s is refused', async (_name, change, expected) => {
    const { call, keys } = makeApi();
    expect(code(await call('GET', '/api/v1/whoami', { as: change(keys.get('usr_root') ?? '') }))).toBe(expected);
  });

  test.each([
    ['revoked', { revokedAt: '2026-05-02T00:00:00.000Z' }, 401, 'identity.revoked'],
    ['expired', { expiresAt: '2026-05-02T00:00:00.000Z' }, 401, 'identity.expired'],
    ['of another organisation', { org: 'other' }, 401, 'identity.invalid'],
    ['of a person whom the bundle does not know', { subject: 'usr_gone' }, 403, 'identity.forbidden'],
  ])('a key that is %s is refused', async (_name, change, status, expected) => {
    const { call, world } = makeApi();
    const record = world.credentials.get('crd_seed0');
    if (record !== undefined) world.credentials.set('crd_seed0', { ...record, ...change });
    const answer = await call('GET', '/api/v1/whoami');
    expect([answer.status, code(answer)]).toEqual([status, expected]);
  });

  test('nobody is known while revocations cannot be checked, or without a bundle', async () => {
    const { call, world } = makeApi();
    world.fresh = false;
    expect((await call('GET', '/api/v1/whoami')).status).toBe(503);
    world.fresh = true;
    world.snapshot = undefined;
    expect(code(await call('GET', '/api/v1/whoami'))).toBe('bundle.missing');
  });

  test('whoami tells people and agents apart', async () => {
    const { call } = makeApi();
    expect((await call('GET', '/api/v1/whoami')).json).toMatchObject({
      kind: 'person',
      id: 'usr_root',
      admin: true,
      revision: 'r1',
    });
    expect((await call('GET', '/api/v1/whoami', { as: AGENT.id })).json).toMatchObject({
      kind: 'agent',
      id: AGENT.id,
      onBehalfOf: 'usr_ada',
      admin: false,
    });
  });
});

describe('what is sent', () => {
  test.each([
    ['malformed JSON', '{"agent":', {}, 400, 'request.invalid'],
    ['a JSON array', '[]', {}, 400, 'request.invalid'],
    ['nothing', undefined, {}, 400, 'request.invalid'],
    ['another content type', 'agent=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'request.media-type'],
    ['no content type', '{}', { 'content-type': '' }, 415, 'request.media-type'],
    ['too much', JSON.stringify({ agent: 'x'.repeat(1_100_000) }), {}, 413, 'request.too-large'],
    ['a lie about the length', '{}', { 'content-length': '99999999999' }, 413, 'request.too-large'],
    ['something too deep', '['.repeat(100_000), {}, 400, 'request.invalid'],
  ])('%s is refused with a problem document', async (_name, body, headers, status, expected) => {
    const answer = await makeApi().call('POST', TASKS, { body, headers });
    expect([answer.status, code(answer), answer.headers.get('content-type')]).toEqual([
      status,
      expected,
      'application/problem+json',
    ]);
    expect(answer.json['instance']).toBe(answer.headers.get('x-request-id'));
  });

  test('invalid UTF-8 is refused', async () => {
    const { api, keys } = makeApi();
    const headers = { authorization: `Bearer ${keys.get('usr_root')}`, 'content-type': 'application/json' };
    const response = await api.hono.request(TASKS, { method: 'POST', headers, body: new Uint8Array([0x7b, 0xff, 0x7d]) });
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
      400,
      'The body is not valid UTF-8.',
    ]);
  });

  test('every member that does not fit is named by its pointer', async () => {
    const { json } = await makeApi().call('POST', TASKS, { body: { ...TASK, actions: ['model.call', 7], 'a/b': 1, ticket: '' } });
    const pointers = (json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).sort();
    expect(pointers).toEqual(['#', '#/actions/1', '#/ticket']);
  });

  test('a parameter that does not fit is named', async () => {
    const { status, json } = await makeApi().call('GET', `${TASKS}?limit=1000`);
    expect([status, json['errors']]).toMatchObject([400, [{ parameter: 'limit' }]]);
  });

  test.each(['/api/v1/nothing', '/nothing', '/approve', '/.well-known/nothing', '/docs/../secret'])(
    '%s is not found',
    async (path) => {
      const { status, headers } = await makeApi().call('GET', path);
      expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    },
  );

  test('any bytes get an answer that is a problem document, and never a 5xx', async () => {
    const { call } = makeApi();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
        const { status } = await call('POST', TASKS, { body: body === '' ? '{' : body });
        expect(status).toBe(400);
      }),
      { numRuns: 60 },
    );
  });

  test('internal text stays inside', async () => {
    const { call } = makeApi({ budgets: { list: () => Promise.reject(new Error('password=hunter2')) } });
    const { status, text } = await call('GET', '/api/v1/budgets');
    expect([status, text.includes('hunter2')]).toEqual([500, false]);
  });

  test('nesting is counted outside strings', () => {
    expect([nesting('[{"[[[":"\\"[["}]'), nesting('""'), nesting(']]'), nesting('[[')]).toEqual([2, 0, 0, 2]);
  });
});

describe('Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'once' };

  test('a retry gets the first answer, and has no second effect', async () => {
    const { call } = makeApi();
    const first = await call('POST', TASKS, { body: TASK, headers });
    const again = await call('POST', TASKS, { body: TASK, headers });
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([201, first.text, 'true']);
    expect(((await call('GET', TASKS)).json['data'] as unknown[]).length).toBe(1);
  });

  test('the same key with another body, or while the first is at work, is a conflict', async () => {
    const { call } = makeApi();
    await call('POST', TASKS, { body: TASK, headers });
    expect((await call('POST', TASKS, { body: { ...TASK, ticket: 'PAY-2' }, headers })).status).toBe(409);
    const two = { 'idempotency-key': 'twice' };
    const both = await Promise.all([1, 2].map(() => call('POST', TASKS, { body: TASK, headers: two })));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test('keys of two callers never meet', async () => {
    const { call } = makeApi();
    const answers = [
      await call('POST', TASKS, { as: 'usr_ada', body: TASK, headers }),
      await call('POST', TASKS, { as: 'usr_sam', body: TASK, headers }),
    ];
    expect(new Set(answers.map(({ json }) => json['task'])).size).toBe(2);
  });

  test('a fault of ours is not kept', async () => {
    let calls = 0;
    const { call } = makeApi({
      tasks: {
        admit: () => Promise.reject(++calls === 1 ? new Error('boom') : new Error('again')),
        preview: () => Promise.reject(new Error('not asked')),
      },
    });
    await call('POST', TASKS, { body: TASK, headers });
    expect([(await call('POST', TASKS, { body: TASK, headers })).status, calls]).toEqual([500, 2]);
  });

  test('a key must be printable', async () => {
    expect((await makeApi().call('POST', TASKS, { body: TASK, headers: { 'idempotency-key': 'a b' } })).status).toBe(400);
  });

  test('a secret is shown once, also to a retry', async () => {
    const { call } = makeApi();
    const path = `/api/v1/agents/${AGENT.id}/credentials`;
    const first = await call('POST', path, { body: {}, headers });
    const again = await call('POST', path, { body: {}, headers });
    expect([first.json['key'], again.json['key']]).toEqual([expect.stringMatching(/^csk_a_crd_/), null]);
    expect(again.json['credential']).toEqual(first.json['credential']);
  });
});
