import { describe, expect, test } from 'vitest';
import { AGENT, type ApiWorld, makeApi, OTHER_AGENT, TASK } from '../testing/world.ts';

async function withHistory(): Promise<ApiWorld & { task: string; decision: string }> {
  const made = makeApi();
  const { json } = await made.call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
  await made.call('POST', '/api/v1/tasks', { as: 'usr_ada', body: { ...TASK, estimateMicroUsd: 9_000_000 } });
  return { ...made, task: String(json['task']), decision: String(json['decision']) };
}

describe('the ledger', () => {
  test('is followed with a cursor, and every entry comes with the bytes that were hashed', async () => {
    const { call, deps } = await withHistory();
    const size = await deps.ledger.size('acme');
    const first = await call('GET', '/api/v1/ledger/entries?limit=2');
    expect(first.json['nextCursor']).toBe('2');
    const rest = await call('GET', '/api/v1/ledger/entries?cursor=2');
    const data = [
      ...(first.json['data'] as { seq: number; body: string; entry: unknown }[]),
      ...(rest.json['data'] as { seq: number; body: string; entry: unknown }[]),
    ];
    expect(data.map(({ seq }) => seq)).toEqual([...Array(size).keys()]);
    for (const { body, entry } of data) expect(JSON.parse(Buffer.from(body, 'base64').toString())).toEqual(entry);
    const end = await call('GET', `/api/v1/ledger/entries?cursor=${size}`);
    expect(end.json).toEqual({ data: [], nextCursor: String(size) });
  });

  test('gives one entry, its proof and the checkpoint', async () => {
    const { call, decision } = await withHistory();
    const entry = await call('GET', `/api/v1/ledger/entries/${decision}`);
    expect([entry.status, entry.json['type']]).toEqual([200, 'decision']);
    const seq = entry.json['seq'] as number;
    expect((await call('GET', `/api/v1/ledger/entries/${seq}`)).json).toEqual(entry.json);
    expect((await call('GET', `/api/v1/ledger/entries/${decision}/proof`)).json).toMatchObject({
      seq,
      proof: expect.stringContaining(`index ${seq}`),
      body: entry.json['body'],
    });
    expect((await call('GET', '/api/v1/ledger/checkpoint')).json).toMatchObject({
      verifierKey: expect.stringContaining('log.test/acme'),
    });
    for (const id of ['dec_none', '99999', '1e3']) expect((await call('GET', `/api/v1/ledger/entries/${id}`)).status).toBe(404);
  });

  test('is exported as lines, the last of which says that it is whole', async () => {
    const { call } = makeApi();
    const { status, headers, text } = await call('GET', '/api/v1/ledger/export');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { path: 'checkpoint', base64: 'b25l' },
      { path: 'tile/entries/000.p/1', base64: 'AAH/' },
      { done: true, files: 2 },
    ]);
  });

  test('an export that the road denies is a problem document', async () => {
    const { status, json } = await makeApi().call('GET', '/api/v1/ledger/export', { as: 'usr_vic' });
    expect([status, json['code']]).toEqual([403, 'policy.denied']);
  });

  test('is not for agents', async () => {
    const { call } = makeApi();
    const paths = [
      'ledger/entries',
      'ledger/checkpoint',
      'ledger/export',
      'events',
      'jobs',
      'budgets',
      'bundles',
      'people',
      'kill-switches',
      'break-glass',
    ];
    for (const path of paths)
      expect([path, (await call('GET', `/api/v1/${path}`, { as: AGENT.id })).status]).toEqual([path, 403]);
  });
});

describe('payloads', () => {
  test('are read with a reason and erased by digest or subject', async () => {
    const { call } = makeApi();
    expect((await call('GET', `/api/v1/payloads/${'a'.repeat(64)}?reason=an+audit`)).json).toEqual({
      state: 'present',
      kind: 'facts',
      class: 'internal',
      base64: 'e30=',
    });
    expect((await call('GET', `/api/v1/payloads/${'e'.repeat(64)}?reason=an+audit`)).json['state']).toBe('erased');
    expect((await call('GET', `/api/v1/payloads/${'a'.repeat(64)}`)).status).toBe(400);
    expect(
      (await call('POST', '/api/v1/payloads/erase', { body: { digests: ['a'.repeat(64)], reason: 'asked for' } })).json,
    ).toEqual({ erased: ['a'.repeat(64)] });
    for (const body of [{ reason: 'asked for' }, { digests: ['a'.repeat(64)], subject: 'usr_ada', reason: 'asked for' }])
      expect((await call('POST', '/api/v1/payloads/erase', { body })).status).toBe(400);
  });
});

describe('decisions', () => {
  test('one is read with its entry; an agent reads its own only', async () => {
    const { call, decision } = await withHistory();
    expect((await call('GET', `/api/v1/decisions/${decision}`)).json).toMatchObject({
      type: 'decision',
      entry: { decision: { id: decision, answer: 'allow' } },
    });
    expect((await call('GET', `/api/v1/decisions/${decision}`, { as: AGENT.id })).status).toBe(200);
    expect((await call('GET', `/api/v1/decisions/${decision}`, { as: OTHER_AGENT.id })).status).toBe(404);
    expect((await call('GET', '/api/v1/decisions/dec_none')).status).toBe(404);
  });

  test('the timeline of a task is what the ledger has about it, page by page', async () => {
    const { call, world } = await withHistory();
    const task = String((world.entries.find((entry) => 'task' in entry) as { task?: string } | undefined)?.task ?? 'tsk_none');
    const whole = (await call('GET', `/api/v1/decisions?task=${task}`)).json['data'] as { seq: number }[];
    const paged: { seq: number }[] = [];
    for (let cursor: unknown = '0'; cursor !== undefined; ) {
      const page = await call('GET', `/api/v1/decisions?task=${task}&limit=1&cursor=${String(cursor)}`);
      paged.push(...(page.json['data'] as { seq: number }[]));
      cursor = page.json['nextCursor'];
    }
    expect(paged).toEqual(whole);
    expect((await call('GET', `/api/v1/decisions?task=${task}`, { as: OTHER_AGENT.id })).json).toEqual({ data: [] });
  });

  test('budgets tell what is left', async () => {
    expect((await makeApi().call('GET', '/api/v1/budgets')).json['data']).toMatchObject([
      { scope: 'org', limit: 5_000_000, left: 3_500_000 },
    ]);
  });
});
