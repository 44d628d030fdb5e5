/** The management API under bad input: a problem document each time, nothing done, nothing of ours in it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonOf } from '../support/calls.ts';
import { entriesSince, expectGood, expectNothingOfOurs, sizeOf } from '../support/hostile.ts';
import { AGENT, type Installation, openInstallation, type TestTask } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';

let at: Installation;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({ governance: roomy });
  task = await at.task();
});
afterAll(() => at?.close());

interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
}

interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly json: Record<string, unknown> | undefined;
}

async function ask({ method = 'POST', path, body, headers = {}, key = String(at.server.adminKey) }: Ask): Promise<Answered> {
  const response = await fetch(at.server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text, json: jsonOf(text) };
}

function expectProblem(answer: Answered, status: number | readonly number[], code: string | readonly string[]): void {
  expect(typeof status === 'number' ? [status] : status).toContain(answer.status);
  expect(answer.type).toBe('application/problem+json');
  expect(answer.json).toMatchObject({
    type: expect.stringMatching(/^\/docs\/faults\//),
    title: expect.any(String),
    status: answer.status,
    code: expect.any(String),
    instance: expect.any(String),
  });
  expect(typeof code === 'string' ? [code] : code).toContain(answer.json?.['code']);
  expectNothingOfOurs(answer.text);
}

const good = () => ({ ...at.taskAsk });

describe('bodies', () => {
  test.each<readonly [string, () => Partial<Ask>, number, string]>([
    ['JSON that ends early', () => ({ body: '{"agent":' }), 400, 'request.invalid'],
    ['nothing', () => ({}), 400, 'request.invalid'],
    ['a list', () => ({ body: '[]' }), 400, 'request.invalid'],
    ['null', () => ({ body: 'null' }), 400, 'request.invalid'],
    ['bytes that are not UTF-8', () => ({ body: Buffer.from([0x7b, 0xff, 0x7d]) }), 400, 'request.invalid'],
    ['a byte order mark', () => ({ body: `\uFEFF\uFEFF${JSON.stringify(good())}` }), 400, 'request.invalid'],
    [
      'a hundred thousand levels',
      () => ({ body: `{"agent":${'['.repeat(100_000)}${']'.repeat(100_000)}}` }),
      400,
      'request.invalid',
    ],
    ['a member nobody reads', () => ({ body: JSON.stringify({ ...good(), admin: true }) }), 400, 'request.invalid'],
    [
      'a prototype',
      () => ({ body: JSON.stringify(good()).replace('{', '{"__proto__":{"admin":true},') }),
      400,
      'request.invalid',
    ],
    ['a number in words', () => ({ body: JSON.stringify({ ...good(), estimateMicroUsd: '1' }) }), 400, 'request.invalid'],
    ['half a micro-dollar', () => ({ body: JSON.stringify({ ...good(), estimateMicroUsd: 0.5 }) }), 400, 'request.invalid'],
    ['less than nothing', () => ({ body: JSON.stringify({ ...good(), budgetMicroUsd: -1 }) }), 400, 'request.invalid'],
    [
      'more than can be counted',
      () => ({ body: JSON.stringify(good()).replace(/"budgetMicroUsd":\d+/, '"budgetMicroUsd":1e300') }),
      400,
      'request.invalid',
    ],
    ['NUL in a name', () => ({ body: JSON.stringify({ ...good(), ticket: 'PAY-\u0000' }) }), 400, 'request.invalid'],
    ['an agent that is none', () => ({ body: JSON.stringify({ ...good(), agent: "x' or '1'='1" }) }), 400, 'request.invalid'],
    [
      'an unknown agent',
      () => ({ body: JSON.stringify({ ...good(), agent: 'nobody-knows-editor-dev' }) }),
      400,
      'request.unknown-entity',
    ],
    [
      'plain text',
      () => ({ body: JSON.stringify(good()), headers: { 'content-type': 'text/plain' } }),
      415,
      'request.media-type',
    ],
    [
      'a form',
      () => ({ body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      415,
      'request.media-type',
    ],
    ['two megabytes', () => ({ body: JSON.stringify({ ...good(), ticket: 'x'.repeat(2_097_152) }) }), 413, 'request.too-large'],
  ])('%s', async (_name, change, status, code) => {
    const size = await sizeOf(at);
    expectProblem(await ask({ path: '/api/v1/tasks', ...change() }), status, code);
    expect((await entriesSince(at, size)).filter(({ type }) => type === 'task.admitted')).toEqual([]);
  });
});

/** What people put where an id should be. */
const IDS = [
  "' or 1=1 --",
  'x; drop table audit_entry',
  '%00',
  '\u0000',
  '../../etc/passwd',
  '..',
  '%2e%2e%2f',
  '${7*7}',
  '<script>',
  'ü'.repeat(100),
  'a'.repeat(3_000),
  '\ud800',
  '9'.repeat(400),
  '-1',
  'null',
  'constructor',
  '__proto__',
];

describe('ids', () => {
  test.each([
    ['tasks', (id: string) => ({ method: 'GET', path: `/api/v1/tasks/${id}` })],
    ['mandates', (id: string) => ({ method: 'GET', path: `/api/v1/mandates/${id}` })],
    ['agents', (id: string) => ({ method: 'GET', path: `/api/v1/agents/${id}` })],
    ['approvals', (id: string) => ({ method: 'GET', path: `/api/v1/approvals/${id}` })],
    ['decisions', (id: string) => ({ method: 'GET', path: `/api/v1/decisions/${id}` })],
    ['entries', (id: string) => ({ method: 'GET', path: `/api/v1/ledger/entries/${id}` })],
    ['payloads', (id: string) => ({ method: 'GET', path: `/api/v1/payloads/${id}?reason=looking` })],
    [
      'revocations',
      (id: string) => ({ path: `/api/v1/agents/${AGENT}/credentials/${id}/revoke`, body: '{"reason":"looking around"}' }),
    ],
    [
      'kill switches',
      (id: string) => ({ method: 'PUT', path: `/api/v1/kill-switches/agent:${id}`, body: '{"reason":"looking around"}' }),
    ],
    [
      'verdicts',
      (id: string) => ({
        path: `/api/v1/approvals/${id}/verdict`,
        body: JSON.stringify({ answer: 'approve', reason: 'looking around', shownDigest: 'f'.repeat(64) }),
      }),
    ],
  ])('%s: nobody finds anything, breaks anything or learns anything', async (_name, make) => {
    for (const id of IDS) {
      const answer = await ask(make(encodeURIComponent(Buffer.from(id).toString())));
      expect([id, answer.status]).toEqual([
        id,
        expect.toSatisfy(
          (status: number) => (status >= 400 && status < 500) || (status === 200 && answer.json?.['state'] === 'missing'),
        ),
      ]);
      expectNothingOfOurs(answer.text.replaceAll(id, ''));
    }
  });
});

describe('queries', () => {
  test.each([
    '/api/v1/approvals?cursor=garbage',
    '/api/v1/approvals?cursor=%00',
    "/api/v1/approvals?cursor=' or 1=1 --",
    `/api/v1/approvals?cursor=${Buffer.from('{"id":"x"}').toString('base64url')}`,
    `/api/v1/mandates?cursor=${'A'.repeat(5_000)}`,
    '/api/v1/mandates?cursor=%F0%9F%92%A9',
    '/api/v1/mandates?limit=0',
    '/api/v1/mandates?limit=1e9',
    '/api/v1/mandates?limit=-1',
    '/api/v1/mandates?limit=ten',
    '/api/v1/mandates?agent=%00',
    '/api/v1/budgets?scope=%00',
    "/api/v1/budgets?scope=';select",
    '/api/v1/budgets?cursor=%00%00',
    '/api/v1/ledger/entries?cursor=-1',
    '/api/v1/ledger/entries?cursor=1.5',
    '/api/v1/ledger/entries?cursor=999999999999999999999',
    '/api/v1/approvals?state=everything',
    '/api/v1/decisions?cursor=%00',
    '/api/v1/tasks?cursor=%00',
  ])('%s', async (path) => {
    const answer = await ask({ method: 'GET', path });
    expect(answer.status).toSatisfy((status: number) => status === 200 || (status >= 400 && status < 500));
    expectNothingOfOurs(answer.text.slice(0, 4_000));
    if (answer.status !== 200) expect(answer.type).toBe('application/problem+json');
  });
});

describe('an idempotency key', () => {
  const issue = (key: string, ttlSeconds: number, extra: Partial<Ask> = {}) =>
    ask({
      path: `/api/v1/agents/${AGENT}/credentials`,
      body: JSON.stringify({ mandate: task.mandate, ttlSeconds }),
      headers: { 'idempotency-key': key },
      ...extra,
    });
  const issued = async (size: number) => (await entriesSince(at, size)).filter(({ type }) => type === 'credential.issued').length;

  test('with another body is a conflict', async () => {
    const [key, size] = [randomUUID(), await sizeOf(at)];
    expect((await issue(key, 600)).status).toBe(201);
    expectProblem(await issue(key, 601), 409, 'request.conflict');
    expect(await issued(size)).toBe(1);
  });

  test('again with the same body is the same answer, without the secret', async () => {
    const [key, size] = [randomUUID(), await sizeOf(at)];
    const first = await issue(key, 600);
    const second = await issue(key, 600);
    expect([second.status, second.json?.['credential'], second.json?.['key']]).toEqual([201, first.json?.['credential'], null]);
    expect(await issued(size)).toBe(1);
  });

  test('twenty times at once has one effect', async () => {
    const [key, size] = [randomUUID(), await sizeOf(at)];
    const answers = await Promise.all(Array.from({ length: 20 }, () => issue(key, 600)));
    expect(new Set(answers.map(({ status }) => status)).has(201)).toBe(true);
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect(answers.filter(({ json }) => typeof json?.['key'] === 'string')).toHaveLength(1);
    expect(await issued(size)).toBe(1);
  });

  test.each([
    ['with a space', 'a b'],
    ['of 300 characters', 'k'.repeat(300)],
  ])('%s is refused', async (_name, key) => {
    expectProblem(await issue(key, 600), 400, 'request.invalid');
  });
});

describe('who may', () => {
  test('an agent reaches nothing that is for people', async () => {
    const asks: Ask[] = [
      { method: 'GET', path: '/api/v1/ledger/entries' },
      { method: 'GET', path: '/api/v1/ledger/export' },
      { method: 'GET', path: '/api/v1/bundles/current' },
      { method: 'PUT', path: '/api/v1/kill-switches/all', body: '{"reason":"because I can"}' },
      { path: `/api/v1/agents/${AGENT}/credentials`, body: '{}' },
      { path: '/api/v1/bundles/apply', body: '{"files":{}}' },
      { path: '/api/v1/break-glass', body: JSON.stringify({ agent: AGENT, gates: ['preview-model'], reason: 'because I can' }) },
      { path: '/api/v1/payloads/erase', body: '{"subject":"ada","reason":"because I can"}' },
    ];
    for (const one of asks) expectProblem(await ask({ ...one, key: task.key }), 403, 'identity.forbidden');
  });

  test('nobody unknown makes us read a body', async () => {
    const answer = await ask({ path: '/api/v1/tasks', body: '{"broken', key: 'csk_p_crd_nobody' });
    expectProblem(answer, 401, 'identity.invalid');
  });

  test.each(['PATCH', 'DELETE', 'OPTIONS'])('%s of what takes no such method is refused', async (method) => {
    const answer = await ask({ method, path: '/api/v1/tasks' });
    expectProblem(answer, [404, 405], ['request.not-found', 'request.unsupported']);
  });
});

test('and the server is none the worse for it', () => expectGood(at.server.url, task.key));
