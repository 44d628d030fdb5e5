import { describe, expect, test } from 'vitest';
import { AGENT, makeApi, OTHER_AGENT, TASK } from '../testing/world.ts';

const ONE = '/access/v1/evaluation';
const MANY = '/access/v1/evaluations';
const args = {
  declaredRank: 0,
  useCase: 'test-repair',
  stream: true,
  needs: [],
  hosted: [],
  opaque: [],
  customerData: false,
  estimateMicroUsd: 100,
  inputTokens: 10,
  outputTokens: 10,
};
const subject = { type: 'agent', id: AGENT.id };
const action = { name: 'model.call' };
const plain = { type: 'model', id: 'plain' };
const preview = { type: 'model', id: 'next' };

describe('POST /access/v1/evaluation', () => {
  test('allows with a recorded decision', async () => {
    const { call, world } = makeApi();
    const { status, json } = await call('POST', ONE, {
      as: 'usr_vic',
      body: { subject, action, resource: plain, context: args },
    });
    expect([status, json['decision']]).toEqual([200, true]);
    const { id } = json['context'] as { id: string };
    expect(
      world.entries.filter(({ type }) => type === 'decision').map((entry) => (entry as { decision: { id: string } }).decision.id),
    ).toEqual([id]);
  });

  test('a denial is 200 with false, and says why', async () => {
    const { call, world } = makeApi();
    const { status, json } = await call('POST', ONE, { body: { subject, action, resource: preview, context: args } });
    expect([status, json['decision']]).toEqual([200, false]);
    expect(json['context']).toMatchObject({
      answer: 'requireApproval',
      reason: 'Preview models need a person.',
      gates: [{ gate: 'preview-model', approvers: 'group:security', min: 1 }],
      revision: 'r1',
    });
    const [approval] = [...world.approvals.values()];
    expect((json['context'] as { approval: unknown }).approval).toMatchObject({
      id: approval?.id,
      url: `http://localhost/approve/${approval?.id}`,
    });
  });

  test('properties of subject, action, resource and context are all arguments', async () => {
    const { call } = makeApi();
    const { declaredRank, stream, ...rest } = args;
    const body = {
      subject: { ...subject, properties: { declaredRank } },
      action: { ...action, properties: { stream } },
      resource: plain,
      context: rest,
    };
    expect((await call('POST', ONE, { body })).json['decision']).toBe(true);
  });

  test.each([
    ['an argument that the action does not declare', { resource: { ...plain, properties: { colour: 'red' } } }],
    ['a fact of ours', { context: { ...args, budgetLeftMicroUsd: 1_000_000_000 } }],
    ['an argument of the wrong type', { context: { ...args, stream: 'yes' } }],
    ['a missing argument', { context: { stream: true } }],
    ['an unknown action', { action: { name: 'model.steal' } }],
    ['an unknown type of resource', { resource: { type: 'teapot', id: 'x' } }],
    ['an unregistered subject', { subject: { type: 'agent', id: 'nobody' } }],
    ['a subject that is no agent', { subject: { type: 'user', id: 'usr_root' } }],
  ])('is never true for %s', async (_name, change) => {
    const { call } = makeApi();
    const { status, json } = await call('POST', ONE, { body: { subject, action, resource: plain, context: args, ...change } });
    expect([status, json['decision']]).toEqual([200, false]);
    expect((json['context'] as { code: string; reason: string }).reason).toBeTruthy();
  });

  test('the same argument with two values is an invalid call', async () => {
    const { call } = makeApi();
    const body = { subject, action, resource: { ...plain, properties: { stream: false } }, context: args };
    expect((await call('POST', ONE, { body })).status).toBe(400);
  });

  test('an approval that the caller claims counts for nothing', async () => {
    const { call } = makeApi();
    const body = { subject, action, resource: preview, context: { ...args, approval: { id: 'apr_1', state: 'approved' } } };
    expect((await call('POST', ONE, { body })).json).toMatchObject({ decision: false, context: { answer: 'requireApproval' } });
  });

  test('a mandate is named by id, and must be the subject’s own', async () => {
    const { call } = makeApi();
    const admitted = await call('POST', '/api/v1/tasks', { as: 'usr_ada', body: TASK });
    const { id } = admitted.json['mandate'] as { id: string };
    const ask = (who: string, mandate: string) =>
      call('POST', ONE, { body: { subject: { ...subject, id: who }, action, resource: plain, context: { ...args, mandate } } });
    expect((await ask(AGENT.id, id)).json['decision']).toBe(true);
    expect((await ask(AGENT.id, 'man_none')).json).toMatchObject({ decision: false, context: { code: 'mandate.missing' } });
    expect((await ask(OTHER_AGENT.id, id)).json).toMatchObject({ decision: false });
  });

  test('an agent may ask about itself only', async () => {
    const { call } = makeApi();
    expect(
      (await call('POST', ONE, { as: AGENT.id, body: { subject, action, resource: plain, context: args } })).json['decision'],
    ).toBe(true);
    expect(
      (await call('POST', ONE, { as: OTHER_AGENT.id, body: { subject, action, resource: plain, context: args } })).status,
    ).toBe(403);
  });

  test('the request id is echoed', async () => {
    const { call } = makeApi();
    const { headers } = await call('POST', ONE, {
      body: { subject, action, resource: plain, context: args },
      headers: { 'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' },
    });
    expect(headers.get('x-request-id')).toBe('bfe9eb29-ab87-4ca3-be83-a1d5d8305716');
  });

  test.each([
    ['no subject', { action, resource: plain }],
    ['a subject without id', { subject: { type: 'agent' }, action, resource: plain }],
    ['an action without name', { subject, action: {}, resource: plain }],
    ['a type that is no name', { subject, action, resource: { type: 'a b', id: 'x' } }],
    ['a context that is no object', { subject, action, resource: plain, context: 'x' }],
  ])('400 for %s', async (_name, body) => {
    expect((await makeApi().call('POST', ONE, { body })).status).toBe(400);
  });

  test('401 without a key, 503 without a bundle', async () => {
    const { call, world } = makeApi();
    const body = { subject, action, resource: plain, context: args };
    expect((await call('POST', ONE, { as: null, body })).status).toBe(401);
    const snapshot = world.snapshot;
    world.broken = true;
    expect((await call('POST', ONE, { body })).json['decision']).not.toBe(true);
    world.broken = false;
    world.snapshot = undefined;
    expect((await call('POST', ONE, { body })).status).toBe(503);
    world.snapshot = snapshot;
  });
});

describe('POST /access/v1/evaluations', () => {
  const both = [{ resource: preview }, { resource: plain }, { resource: preview }];
  const defaults = { subject, action, context: args };

  test.each([
    ['execute_all', undefined, [false, true, false]],
    ['execute_all', 'execute_all', [false, true, false]],
    ['deny_on_first_deny', 'deny_on_first_deny', [false]],
    ['permit_on_first_permit', 'permit_on_first_permit', [false, true]],
  ])('%s', async (_name, semantic, expected) => {
    const { call } = makeApi();
    const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic } };
    const { status, json } = await call('POST', MANY, { body: { ...defaults, evaluations: both, ...options } });
    expect([status, (json['evaluations'] as { decision: boolean }[]).map(({ decision }) => decision)]).toEqual([200, expected]);
  });

  test('without evaluations it is one evaluation, and answers as one', async () => {
    const { call } = makeApi();
    expect((await call('POST', MANY, { body: { ...defaults, resource: plain } })).json['decision']).toBe(true);
    expect((await call('POST', MANY, { body: { ...defaults, resource: plain, evaluations: [] } })).json['decision']).toBe(true);
  });

  test('what no default completes is named, and nothing is decided', async () => {
    const { call, world } = makeApi();
    const { status, json } = await call('POST', MANY, { body: { ...defaults, evaluations: [{ resource: plain }, {}] } });
    expect([status, json['errors'], world.entries.length]).toMatchObject([400, [{ pointer: '#/evaluations/1/resource' }], 0]);
  });

  test('refused: an unknown semantic, and more than a hundred', async () => {
    const { call } = makeApi();
    expect(
      (await call('POST', MANY, { body: { ...defaults, evaluations: both, options: { evaluations_semantic: 'any' } } })).status,
    ).toBe(400);
    expect((await call('POST', MANY, { body: { ...defaults, evaluations: Array(101).fill({ resource: plain }) } })).status).toBe(
      400,
    );
  });
});

test('the metadata document is public', async () => {
  const { json } = await makeApi().call('GET', '/.well-known/authzen-configuration', { as: null });
  expect(json).toEqual({
    policy_decision_point: 'http://127.0.0.1:7070',
    access_evaluation_endpoint: 'http://127.0.0.1:7070/access/v1/evaluation',
    access_evaluations_endpoint: 'http://127.0.0.1:7070/access/v1/evaluations',
  });
});
