/** OpenID AuthZEN 1.0 as another enforcement point speaks it: the shapes of the standard, real decisions, all on record. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonOf } from '../support/calls.ts';
import { AGENT, type Installation, ledgerOf, openInstallation, type TestTask } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';

let at: Installation;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({ governance: roomy });
  task = await at.task({ actions: ['model.call', 'model.count', 'repository.read', 'file.edit', 'pr.open'] });
});
afterAll(() => at?.close());

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

interface AskOptions {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function post(
  path: string,
  body: unknown,
  { key = String(at.server.adminKey), headers = {} }: AskOptions = {},
): Promise<Answered> {
  const response = await fetch(at.server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: jsonOf(await response.text()) ?? {} };
}

const subject = { type: 'agent', id: AGENT };
const payments = { type: 'repository', id: 'payments' };
const handbook = { type: 'repository', id: 'handbook' };
const context = () => ({ mandate: task.mandate, declaredRank: 1 });
const read = { name: 'repository.read' };
const one = (body: object, options?: AskOptions) => post('/access/v1/evaluation', body, options);
const many = (body: object, options?: AskOptions) => post('/access/v1/evaluations', body, options);

const modelContext = () => ({
  ...context(),
  useCase: 'code-maintenance',
  stream: false,
  needs: [],
  hosted: [],
  opaque: [],
  customerData: false,
  estimateMicroUsd: 100,
  inputTokens: 10,
  outputTokens: 10,
});

describe('metadata', () => {
  test('is public and names both endpoints', async () => {
    const response = await fetch(`${at.server.url}/.well-known/authzen-configuration`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')]);
    expect(await response.json()).toEqual({
      policy_decision_point: at.server.url,
      access_evaluation_endpoint: `${at.server.url}/access/v1/evaluation`,
      access_evaluations_endpoint: `${at.server.url}/access/v1/evaluations`,
    });
  });
});

describe('one evaluation', () => {
  test('of what is permitted is true, and its id is on the ledger', async () => {
    const { status, headers, json } = await one({ subject, action: read, resource: payments, context: context() });
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')]);
    expect(json).toMatchObject({ decision: true, context: { answer: 'allow', id: expect.stringMatching(/^dec_/) } });
    const { id } = json['context'] as { id: string };
    const entry = (await ledgerOf(at)).find(({ decision }) => (decision as { id?: string } | undefined)?.id === id);
    expect(entry).toMatchObject({
      type: 'decision',
      principal: AGENT,
      action: 'repository.read',
      resource: 'Repository:payments',
      mandate: task.mandate,
    });
  });

  test('of what is not is 200 with false, a code and a reason', async () => {
    const { status, json } = await one({ subject, action: read, resource: handbook, context: context() });
    expect([status, json['decision']]).toEqual([200, false]);
    expect(json['context']).toMatchObject({
      answer: 'deny',
      code: 'mandate.exceeded',
      reason: 'The mandate is for another repository.',
      reasons: [{ policy: 'limit.mandate-repository' }],
    });
  });

  test('that needs a person says so, whom, and where to ask; once approved it is true, once', async () => {
    const ask = {
      subject,
      action: { name: 'model.call' },
      resource: { type: 'model', id: 'gpt-6-astra' },
      context: modelContext(),
    };
    const { json } = await one(ask);
    expect(json).toMatchObject({
      decision: false,
      context: {
        answer: 'requireApproval',
        gates: [{ gate: 'preview-model', approvers: 'group:security', min: 1 }],
        approval: { id: expect.stringMatching(/^apr_/), url: expect.stringContaining('/approve/apr_') },
      },
    });
    const { id } = (json['context'] as { approval: { id: string } }).approval;
    const grace = await at.personClient('grace');
    const { json: shown } = await grace.get(`/api/v1/approvals/${id}`);
    await grace.post(`/api/v1/approvals/${id}/verdict`, {
      answer: 'approve',
      reason: 'fine with me',
      shownDigest: String(shown['shownDigest']),
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => one(ask)));
    expect(answers.filter(({ json: told }) => told['decision'] === true)).toHaveLength(1);
    expect((await grace.get(`/api/v1/approvals/${id}`)).json['state']).toBe('used');
  });

  test('takes arguments from the properties of subject, action, resource and context', async () => {
    const { declaredRank, ...rest } = context();
    const answers = await Promise.all([
      one({ subject: { ...subject, properties: { declaredRank } }, action: read, resource: payments, context: rest }),
      one({ subject, action: { ...read, properties: { declaredRank } }, resource: payments, context: rest }),
      one({ subject, action: read, resource: { ...payments, properties: { declaredRank } }, context: rest }),
    ]);
    expect(answers.map(({ json }) => json['decision'])).toEqual([true, true, true]);
  });

  test.each<readonly [string, () => object, boolean]>([
    ['an unregistered subject', () => ({ subject: { type: 'agent', id: 'nobody' } }), false],
    ['a subject of another type', () => ({ subject: { type: 'user', id: 'ada' } }), false],
    ['an action that does not exist', () => ({ action: { name: 'repository.burn' } }), false],
    ['a resource of the wrong type', () => ({ resource: { type: 'teapot', id: 'x' } }), false],
    ['a property that nobody declared', () => ({ subject: { ...subject, properties: { mood: 'good' } } }), false],
    ['a property of the wrong type', () => ({ context: { ...context(), declaredRank: 'low' } }), false],
    ['a claimed fact', () => ({ context: { ...context(), approvals: ['preview-model'] } }), false],
    ['a claimed time', () => ({ context: { ...context(), now: '2020-01-01T00:00:00Z' } }), false],
    ['a mandate that does not exist', () => ({ context: { declaredRank: 1, mandate: 'man_none' } }), false],
  ])('is never true for %s', async (_name, change, expected) => {
    const { status, json } = await one({ subject, action: read, resource: payments, context: context(), ...change() });
    expect([status, json['decision'], typeof (json['context'] as { reason?: unknown }).reason]).toEqual([
      200,
      expected,
      'string',
    ]);
  });

  test.each([
    ['no subject', { action: read, resource: payments }],
    ['a subject without an id', { subject: { type: 'agent' }, action: read, resource: payments }],
    ['properties that are a list', { subject: { ...subject, properties: ['x'] }, action: read, resource: payments }],
    ['an action that is a string', { subject, action: 'repository.read', resource: payments }],
    ['broken JSON', '{"subject":'],
  ])('400 as a problem for %s', async (_name, body) => {
    const { status, headers, json } = await post('/access/v1/evaluation', body);
    expect([status, headers.get('content-type'), json['code']]).toEqual([400, 'application/problem+json', 'request.invalid']);
  });

  test('echoes the request id, and makes one where there is none', async () => {
    const body = { subject, action: read, resource: payments, context: context() };
    const id = 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716';
    expect((await one(body, { headers: { 'x-request-id': id } })).headers.get('x-request-id')).toBe(id);
    expect((await one({}, { headers: { 'x-request-id': id } })).headers.get('x-request-id')).toBe(id);
    expect((await one(body)).headers.get('x-request-id')).toMatch(/^req_/);
  });

  test('is 401 for nobody, and for an agent about another 403', async () => {
    const body = { subject, action: read, resource: payments, context: context() };
    expect((await one(body, { key: 'csk_p_crd_nobody' })).status).toBe(401);
    expect((await one({ ...body, subject: { ...subject, id: 'docs-refresh-planner-dev' } }, { key: task.key })).status).toBe(403);
    expect((await one(body, { key: task.key })).json['decision']).toBe(true);
  });
});

describe('several evaluations', () => {
  const items = [{ resource: payments }, { resource: handbook }, { resource: payments }];

  test.each([
    [undefined, [true, false, true]],
    ['execute_all', [true, false, true]],
    ['deny_on_first_deny', [true, false]],
    ['permit_on_first_permit', [true]],
  ])('%s', async (semantic, expected) => {
    const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic } };
    const { status, json } = await many({ subject, action: read, context: context(), evaluations: items, ...options });
    const answers = json['evaluations'] as { decision: boolean; context: { id: string } }[];
    expect([status, answers.map(({ decision }) => decision)]).toEqual([200, expected]);
    // What was not reached was not decided; what was has an id of its own.
    expect(new Set(answers.map(({ context: { id } }) => id)).size).toBe(expected.length);
  });

  test('an item overrides the defaults whole', async () => {
    const { json } = await many({
      subject,
      action: read,
      resource: handbook,
      context: context(),
      evaluations: [{ resource: payments }, { action: { name: 'repository.burn' } }, {}],
    });
    expect((json['evaluations'] as { decision: boolean }[]).map(({ decision }) => decision)).toEqual([true, false, false]);
  });

  test('without items it answers as one', async () => {
    expect((await many({ subject, action: read, resource: payments, context: context() })).json).toMatchObject({
      decision: true,
    });
  });

  test('with an item that nothing completes decides nothing', async () => {
    const before = (await ledgerOf(at)).length;
    const { status, json } = await many({ subject, action: read, context: context(), evaluations: [{ resource: payments }, {}] });
    expect([status, json['code']]).toEqual([400, 'request.invalid']);
    expect((await ledgerOf(at)).length).toBe(before);
  });
});
