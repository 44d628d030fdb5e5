import { expect, test } from 'vitest';
import { AGENT, makeApi } from '../testing/world.ts';
import { prometheusText } from './metrics.ts';

test('health and readiness need no key, and readiness tells what fails', async () => {
  const { call, world } = makeApi();
  expect((await call('GET', '/healthz', { as: null })).json).toEqual({ status: 'ok', version: '0.1.0' });
  expect((await call('GET', '/readyz', { as: null })).status).toBe(200);
  world.broken = true;
  expect([(await call('GET', '/readyz', { as: null })).status, (await call('GET', '/readyz', { as: null })).json]).toEqual([
    503,
    { status: 'not ready', checks: { store: 'failing' } },
  ]);
});

test('metrics are Prometheus text', async () => {
  const { text, headers } = await makeApi().call('GET', '/metrics', { as: null });
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text).toBe(
    '# HELP countersign_decisions_total Decisions by answer\n# TYPE countersign_decisions_total counter\ncountersign_decisions_total{answer="allow"} 3\n',
  );
});

test('labels and help are escaped', () => {
  const text = prometheusText([
    { name: 'a', help: 'x\\y\nz', type: 'gauge', samples: [{ labels: { l: 'a"b\\c\nd' }, value: Number.NaN }] },
  ]);
  expect(text).toBe('# HELP a x\\\\y\\nz\n# TYPE a gauge\na{l="a\\"b\\\\c\\nd"} NaN\n');
});

test('a problem type is a page', async () => {
  const { call } = makeApi();
  const problem = await call('POST', '/api/v1/tasks', { body: {} });
  expect((await call('GET', String(problem.json['type']), { as: null })).text).toBe('# request.invalid\n');
});

test('the document is OpenAPI 3.1, public, and names every operation once', async () => {
  const { call } = makeApi();
  const { status, json } = await call('GET', '/api/v1/openapi.json', { as: null });
  const paths = json['paths'] as Record<string, Record<string, { summary?: string; responses: Record<string, unknown> }>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
  expect([status, json['openapi']]).toEqual([200, '3.1.0']);
  expect(operations.map(({ name }) => name).sort()).toMatchSnapshot();
  for (const { name, operation } of operations)
    expect([name, typeof operation.summary, Object.keys(operation.responses).some((code) => code.startsWith('2'))]).toEqual([
      name,
      'string',
      true,
    ]);
});

test('every POST of the management API takes an Idempotency-Key', async () => {
  const { json } = await makeApi().call('GET', '/api/v1/openapi.json', { as: null });
  const paths = json['paths'] as Record<string, { post?: { parameters?: { name: string; in: string }[] } }>;
  const without = Object.entries(paths)
    .filter(
      ([path, { post }]) =>
        path.startsWith('/api/v1/') &&
        post !== undefined &&
        !(post.parameters ?? []).some(({ name }) => name === 'idempotency-key'),
    )
    .map(([path]) => path);
  expect(without).toEqual([]);
});

test('every operation of the management API refuses who has no key', async () => {
  const { call } = makeApi();
  const { json } = await call('GET', '/api/v1/openapi.json', { as: null });
  const paths = json['paths'] as Record<string, Record<string, unknown>>;
  for (const [path, methods] of Object.entries(paths)) {
    if (path.startsWith('/.well-known/')) continue;
    for (const method of Object.keys(methods)) {
      const { status } = await call(method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'), { as: null });
      expect([method, path, status]).toEqual([method, path, 401]);
    }
  }
});

test('an agent can only do what is for agents', async () => {
  const { call } = makeApi();
  const { json } = await call('GET', '/api/v1/openapi.json', { as: null });
  const paths = json['paths'] as Record<string, { get?: unknown }>;
  const open: string[] = [];
  for (const [path, { get }] of Object.entries(paths)) {
    if (get === undefined || !path.startsWith('/api/v1/')) continue;
    const url = path.replace('{id}', AGENT.id).replace(/\{\w+\}/g, 'x');
    const query = path === '/api/v1/decisions' ? '?task=tsk_1' : path.startsWith('/api/v1/payloads') ? '?reason=because' : '';
    if ((await call('GET', url + query, { as: AGENT.id })).status === 200) open.push(path);
  }
  expect(open.sort()).toEqual([
    '/api/v1/agents',
    '/api/v1/agents/{id}',
    '/api/v1/approvals',
    '/api/v1/client-coverage',
    '/api/v1/client-evidence',
    '/api/v1/client-findings',
    '/api/v1/decisions',
    '/api/v1/mandates',
    '/api/v1/tasks',
    '/api/v1/whoami',
  ]);
});
