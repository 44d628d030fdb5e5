import { describe, expect, test } from 'vitest';
import { AGENT, makeApi, OTHER_AGENT, TASK } from '../testing/world.ts';

describe('POST /api/v1/tasks', () => {
  test('201: an admitted task comes with its mandate and five answers', async () => {
    const { call } = makeApi();
    const { status, json } = await call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
    expect(status).toBe(201);
    expect(json).toMatchObject({ task: expect.stringMatching(/^tsk_/), decision: expect.stringMatching(/^dec_/) });
    expect(json['mandate']).toMatchObject({
      agent: AGENT.id,
      onBehalfOf: 'usr_ada',
      ticket: 'PAY-1',
      state: 'active',
      budgetMicroUsd: 200_000,
    });
    expect((json['answers'] as unknown[]).length).toBe(5);
  });

  test('201: an agent admits a task for itself, for whom its credential says', async () => {
    const { call } = makeApi();
    const { agent: _agent, ...body } = TASK;
    const { status, json } = await call('POST', '/api/v1/tasks', { as: AGENT.id, body });
    expect([status, (json['mandate'] as { onBehalfOf: string }).onBehalfOf]).toEqual([201, 'usr_ada']);
  });

  test('200: a dry run decides, and issues nothing', async () => {
    const { call } = makeApi();
    const { status, json } = await call('POST', '/api/v1/tasks?dryRun=true', { body: TASK });
    expect([status, json['dryRun'], (json['decision'] as { answer: string }).answer]).toEqual([200, true, 'allow']);
    expect((await call('GET', '/api/v1/tasks')).json).toEqual({ data: [] });
  });

  test('403: a denial says which policy, and what it would take', async () => {
    const { call } = makeApi();
    const { status, json, headers } = await call('POST', '/api/v1/tasks', { body: { ...TASK, estimateMicroUsd: 9_000_000 } });
    expect([status, headers.get('content-type'), json['code'], json['type']]).toEqual([
      403,
      'application/problem+json',
      'budget.exhausted',
      '/docs/faults/policy.denied',
    ]);
    expect(json['denial']).toMatchObject({
      kind: 'policy',
      escalate: { group: 'team:finops' },
      reasons: [{ policy: 'limit.budget' }],
    });
  });

  test.each([
    ['an agent for another agent', AGENT.id, { ...TASK, agent: OTHER_AGENT.id }, 403],
    ['an agent on behalf of somebody else', AGENT.id, { ...TASK, onBehalfOf: 'usr_sam' }, 403],
    ['a person on behalf of somebody else', 'usr_sam', { ...TASK, onBehalfOf: 'usr_ada' }, 403],
    ['a person without naming an agent', 'usr_sam', { ...TASK, agent: undefined }, 400],
    ['an unknown agent', 'usr_sam', { ...TASK, agent: 'nobody' }, 400],
    ['an unknown repository', 'usr_sam', { ...TASK, repository: 'nowhere' }, 400],
    ['an unknown member', 'usr_sam', { ...TASK, admin: true }, 400],
    ['money with a fraction', 'usr_sam', { ...TASK, estimateMicroUsd: 1.5 }, 400],
    ['money below nothing', 'usr_sam', { ...TASK, estimateMicroUsd: -1 }, 400],
  ])('refused: %s', async (_name, as, body, status) => {
    const { call } = makeApi();
    expect((await call('POST', '/api/v1/tasks', { as, body })).status).toBe(status);
  });
});

describe('mandates', () => {
  test('are listed page by page, and an agent sees its own only', async () => {
    const { call } = makeApi();
    for (let n = 0; n < 3; n++) await call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
    const first = await call('GET', '/api/v1/mandates?limit=2');
    const second = await call('GET', `/api/v1/mandates?limit=2&cursor=${String(first.json['nextCursor'])}`);
    expect([
      (first.json['data'] as unknown[]).length,
      (second.json['data'] as unknown[]).length,
      second.json['nextCursor'],
    ]).toEqual([2, 1, undefined]);
    expect((await call('GET', '/api/v1/mandates', { as: OTHER_AGENT.id })).json).toEqual({ data: [] });
    const [{ id }] = second.json['data'] as [{ id: string }];
    expect((await call('GET', `/api/v1/mandates/${id}`, { as: OTHER_AGENT.id })).status).toBe(404);
    expect((await call('GET', `/api/v1/mandates/${id}`, { as: AGENT.id })).status).toBe(200);
  });

  test.each([
    ['an administrator', 'usr_root', 200],
    ['the person it acts for', 'usr_ada', 200],
    ['anybody else', 'usr_sam', 403],
    ['the agent', AGENT.id, 403],
  ])('revoked by %s', async (_name, as, status) => {
    const { call } = makeApi();
    const admitted = await call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
    const { id } = admitted.json['mandate'] as { id: string };
    const body = { reason: 'the ticket was closed' };
    expect((await call('POST', `/api/v1/mandates/${id}/revoke?dryRun=true`, { as, body })).status).toBe(status);
    expect((await call('POST', `/api/v1/mandates/${id}/revoke`, { as, body })).status).toBe(status);
    expect((await call('GET', `/api/v1/mandates/${id}`)).json['state']).toBe(status === 200 ? 'revoked' : 'active');
    if (status === 200) expect((await call('POST', `/api/v1/mandates/${id}/revoke`, { as, body })).status).toBe(409);
  });
});
