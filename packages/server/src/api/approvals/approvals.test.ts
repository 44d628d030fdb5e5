import { describe, expect, test } from 'vitest';
import { modelAsk } from '../../govern/testing/world.ts';
import { AGENT, type ApiWorld, makeApi, OTHER_AGENT } from '../testing/world.ts';

/** A model call that needs a person: preview models are gated. */
async function asked(): Promise<ApiWorld & { id: string; digest: string }> {
  const made = makeApi();
  const governed = await made.world.road.govern(modelAsk('next'), () => Promise.reject(new Error('must not act')));
  if (governed.ok || governed.denial.approval === undefined) throw new Error('no approval was asked');
  const { id } = governed.denial.approval;
  return { ...made, id, digest: made.world.approvals.get(id)?.shownDigest ?? '' };
}

const path = (id: string) => `/api/v1/approvals/${id}`;
const verdict = (shownDigest: string, answer = 'approve') => ({ answer, reason: 'looks right to me', shownDigest });

describe('approval requests', () => {
  test('are read with what is shown, and its digest as ETag', async () => {
    const { call, id, digest } = await asked();
    const { status, headers, json } = await call('GET', path(id), { as: 'usr_sam' });
    expect([status, headers.get('etag')]).toEqual([200, `"${digest}"`]);
    expect(json).toMatchObject({
      id,
      state: 'open',
      requester: AGENT.id,
      action: 'model.call',
      url: `http://127.0.0.1:7070/approve/${id}`,
      gates: [{ approvers: 'group:security', min: 1 }],
    });
    expect((await call('GET', '/api/v1/approvals?state=open')).json['data']).toMatchObject([{ id }]);
    expect((await call('GET', '/api/v1/approvals?state=denied')).json).toEqual({ data: [] });
  });

  test('of another agent do not exist for an agent', async () => {
    const { call, id } = await asked();
    expect((await call('GET', path(id), { as: OTHER_AGENT.id })).status).toBe(404);
    expect((await call('GET', '/api/v1/approvals', { as: OTHER_AGENT.id })).json).toEqual({ data: [] });
    expect((await call('GET', path(id), { as: AGENT.id })).status).toBe(200);
  });
});

describe('verdicts', () => {
  test.each(['approve', 'deny'])('%s: by a member of the group, once', async (answer) => {
    const { call, id, digest } = await asked();
    const dry = await call('POST', `${path(id)}/verdict?dryRun=true`, { as: 'usr_sam', body: verdict(digest, answer) });
    expect(dry.json).toMatchObject({ dryRun: true });
    const given = await call('POST', `${path(id)}/verdict`, {
      as: 'usr_sam',
      body: verdict(digest, answer),
      headers: { 'if-match': `"${digest}"` },
    });
    expect([given.status, given.json['state']]).toEqual([200, answer === 'approve' ? 'approved' : 'denied']);
    const again = await call('POST', `${path(id)}/verdict`, { as: 'usr_sam', body: verdict(digest, answer) });
    expect([again.status, again.json['code']]).toEqual([409, 'approval.closed']);
  });

  test.each([
    ['somebody outside the group', 'usr_vic', {}, {}, 403, 'approval.forbidden'],
    ['the person it acts for', 'usr_ada', {}, {}, 403, 'approval.forbidden'],
    ['an administrator outside the group', 'usr_root', {}, {}, 403, 'approval.forbidden'],
    ['the agent itself', AGENT.id, {}, {}, 403, 'identity.forbidden'],
    ['who saw something else', 'usr_sam', { shownDigest: 'f'.repeat(64) }, {}, 409, 'approval.stale'],
    ['who read an older version', 'usr_sam', {}, { 'if-match': '"old"' }, 412, 'request.precondition'],
    ['who gives no reason', 'usr_sam', { reason: '' }, {}, 400, 'request.invalid'],
    ['who says neither', 'usr_sam', { answer: 'maybe' }, {}, 400, 'request.invalid'],
  ])('of %s do not count', async (_name, as, change, headers, status, code) => {
    const { call, id, digest, world } = await asked();
    const given = await call('POST', `${path(id)}/verdict`, { as, body: { ...verdict(digest), ...change }, headers });
    expect([given.status, given.json['code'], world.approvals.get(id)?.state]).toEqual([status, code, 'open']);
  });

  test('after the expiry do not count', async () => {
    const { call, id, digest, world } = await asked();
    world.nowMs += 3_600_000;
    expect((await call('POST', `${path(id)}/verdict`, { as: 'usr_sam', body: verdict(digest) })).json['code']).toBe(
      'approval.closed',
    );
  });
});

describe('withdrawal', () => {
  test.each([
    ['the agent that asked', AGENT.id, 200],
    ['the person it acts for', 'usr_ada', 200],
    ['an administrator', 'usr_root', 200],
    ['an approver', 'usr_sam', 403],
    ['another agent', OTHER_AGENT.id, 404],
  ])('by %s', async (_name, as, status) => {
    const { call, id, world } = await asked();
    expect((await call('POST', `${path(id)}/withdraw?dryRun=true`, { as })).status).toBe(status);
    expect((await call('POST', `${path(id)}/withdraw`, { as })).status).toBe(status);
    expect(world.approvals.get(id)?.state).toBe(status === 200 ? 'withdrawn' : 'open');
  });
});

describe('break-glass', () => {
  const body = { agent: AGENT.id, gates: ['preview-model'], reason: 'production is down', ttlSeconds: 600 };

  test('is opened with a reason for a short time, and reviewed by somebody else', async () => {
    const { call } = makeApi();
    expect((await call('POST', '/api/v1/break-glass?dryRun=true', { as: 'usr_ada', body })).status).toBe(200);
    const opened = await call('POST', '/api/v1/break-glass', { as: 'usr_ada', body });
    // The settings allow a minute, whatever was asked.
    expect([opened.status, opened.json['expiresAt']]).toEqual([201, '2026-06-01T12:01:00.000Z']);
    const review = `/api/v1/break-glass/${String(opened.json['id'])}/review`;
    const verdictBody = { verdict: 'justified', note: 'it was down indeed' };
    expect((await call('POST', review, { as: 'usr_ada', body: verdictBody })).json['code']).toBe('approval.forbidden');
    expect((await call('POST', review, { as: 'usr_vic', body: verdictBody })).status).toBe(403);
    expect((await call('POST', review, { body: verdictBody })).json['review']).toMatchObject({
      by: 'usr_root',
      verdict: 'justified',
    });
    expect((await call('POST', review, { body: verdictBody })).status).toBe(409);
    expect(((await call('GET', '/api/v1/break-glass', { as: 'usr_vic' })).json['data'] as unknown[]).length).toBe(1);
  });

  test.each([
    ['by another group', 'usr_sam', body, 403],
    ['by an agent', AGENT.id, body, 403],
    ['for an unknown agent', 'usr_root', { ...body, agent: 'nobody' }, 400],
    ['without a reason', 'usr_root', { ...body, reason: '' }, 400],
    ['for no gate', 'usr_root', { ...body, gates: [] }, 400],
    ['for a day', 'usr_root', { ...body, ttlSeconds: 86_400 }, 400],
  ])('refused: %s', async (_name, as, asked_, status) => {
    expect((await makeApi().call('POST', '/api/v1/break-glass', { as, body: asked_ })).status).toBe(status);
  });
});
