import { expect, test } from 'vitest';
import { AGENT, makeApi } from '../testing/world.ts';

const files = {
  'countersign.yaml': 'organisation: acme\n',
  'policies/10-access.cedar': 'permit (principal, action, resource);\n',
};

test('a plan says what would change, and changes nothing', async () => {
  const { call, bundle } = makeApi();
  const { status, json } = await call('POST', '/api/v1/bundles/plan', { as: 'usr_vic', body: { files } });
  expect([status, json['base'], json['changes'], bundle.revision]).toEqual([
    200,
    'r1',
    [{ file: 'policies/10-access.cedar', change: 'added' }],
    'r1',
  ]);
});

test('an administrator applies against the revision that was planned', async () => {
  const { call, bundle } = makeApi();
  const current = await call('GET', '/api/v1/bundles/current');
  expect([current.headers.get('etag'), current.json['revision']]).toEqual(['"r1"', 'r1']);
  expect((await call('POST', '/api/v1/bundles/apply?dryRun=true', { body: { files } })).status).toBe(200);
  const headers = { 'if-match': '"r1"' };
  expect((await call('POST', '/api/v1/bundles/apply', { as: 'usr_ada', body: { files }, headers })).status).toBe(403);
  const applied = await call('POST', '/api/v1/bundles/apply', { body: { files }, headers });
  expect([applied.status, applied.json['revision']]).toEqual([201, bundle.revision]);
  expect((await call('GET', '/api/v1/bundles')).json['data']).toMatchObject([
    { revision: bundle.revision, by: 'usr_root' },
    { revision: 'r1' },
  ]);
  const late = await call('POST', '/api/v1/bundles/apply', { body: { files, expect: 'r1' } });
  expect([late.status, late.json['code']]).toEqual([409, 'bundle.stale']);
});

test('a broken bundle is refused whole, with every finding, and the last good one stays', async () => {
  const { call, bundle } = makeApi();
  const { status, json } = await call('POST', '/api/v1/bundles/apply', {
    body: { files: { ...files, 'models/a.yaml': 'broken' }, expect: 'r1' },
  });
  expect([status, json['code'], bundle.revision]).toEqual([422, 'bundle.invalid', 'r1']);
  expect(json['findings']).toMatchObject([{ file: 'models/a.yaml', line: 1 }]);
});

test.each([
  ['a path that climbs', { '../etc/passwd': 'x' }],
  ['an absolute path', { '/etc/passwd': 'x' }],
  ['a path with a dot segment', { 'a/./b': 'x' }],
  ['a path with a backslash', { 'a\\b': 'x' }],
  ['something that is no text', { 'a.yaml': 7 }],
  ['too many files', Object.fromEntries(Array.from({ length: 2_001 }, (_, n) => [`a/${n}.yaml`, '']))],
])('refused: %s', async (_name, bad) => {
  const { call } = makeApi();
  expect((await call('POST', '/api/v1/bundles/plan', { body: { files: bad } })).status).toBe(400);
});

test('two different expectations in one request are refused', async () => {
  const { call } = makeApi();
  expect(
    (await call('POST', '/api/v1/bundles/apply', { body: { files, expect: 'r0' }, headers: { 'if-match': '"r1"' } })).status,
  ).toBe(400);
});

test('agents have no part in it', async () => {
  const { call } = makeApi();
  expect((await call('POST', '/api/v1/bundles/plan', { as: AGENT.id, body: { files } })).status).toBe(403);
  expect((await call('GET', '/api/v1/bundles/current', { as: AGENT.id })).status).toBe(403);
});

test('a governance directory of four megabytes passes, one of seventeen does not', async () => {
  const { call } = makeApi();
  const big = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`policies/${n}.cedar`, 'x'.repeat(1_000_000)]));
  expect((await call('POST', '/api/v1/bundles/plan', { body: { files: big(4) } })).status).toBe(200);
  expect((await call('POST', '/api/v1/bundles/plan', { body: { files: big(17) } })).status).toBe(413);
});
