import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonRecord } from '@countersign/kernel/json';
import { Seal } from './approval/seal.ts';
import { catalogueServer, catalogueTool, reply, serverRecord, text } from './testing/servers.ts';
import { errorOf, messagesOf, resultOf, Stage, type StageOptions, textsOf, told } from './testing/stage.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000);
const stages: Stage[] = [];

async function open(options: StageOptions = {}): Promise<Stage> {
  const stage = await Stage.open({
    tools: [catalogueTool({ name: 'pay', class: 'mutate-high' }), catalogueTool({ name: 'echo' })],
    ...options,
  });
  stages.push(stage);
  return stage;
}

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

const URLS = { capabilities: { elicitation: { url: {} } } };
const TASKS = { capabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } };
const PAY = { cents: 5 };

/** The first round: a person has to approve. */
async function held(stage: Stage): Promise<string> {
  stage.road.answer = stage.approvals.gate;
  const result = resultOf(await stage.call('lab__pay', PAY, URLS));
  expect(result['resultType']).toBe('input_required');
  return String(result['requestState']);
}

const again = (stage: Stage, requestState: string, args: JsonRecord = PAY, over: object = {}) =>
  stage.call('lab__pay', args, {
    ...URLS,
    id: 2,
    more: { requestState, inputResponses: { approval: { action: 'accept' } } },
    ...over,
  });

describe('an approval travels as a link, never as an answer', () => {
  it('accepting the link approves nothing', async () => {
    const stage = await open();
    const state = await held(stage);
    const result = resultOf(await again(stage, state));
    expect(result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { approval: { method: 'elicitation/create', params: { mode: 'url' } } },
    });
    expect([stage.upstreams.calls.length, stage.road.asks.length]).toEqual([0, 1]);
  });

  it('a client that answers at once, as one without a person does, is told with the request id after a few rounds', async () => {
    const stage = await open();
    let state = await held(stage);
    const kinds: unknown[] = [];
    let result: JsonRecord = {};
    for (let round = 0; round < 4; round += 1) {
      result = resultOf(await again(stage, state));
      kinds.push(result['resultType']);
      state = String(result['requestState']);
    }
    expect(kinds).toEqual(['input_required', 'input_required', 'input_required', 'complete']);
    expect([result['isError'], textsOf(result)[0]]).toEqual([true, expect.stringContaining('apr_1')]);
    stage.approvals.decide('apr_1', 'approved');
    stage.road.answer = () => ({});
    expect(textsOf(resultOf(await stage.call('lab__pay', PAY, URLS)))).toEqual(['pay was called']);
    expect(stage.upstreams.calls.length).toBe(1);
  });

  it('the link carries no secret, and the answer names the approval request', async () => {
    const stage = await open();
    stage.road.answer = stage.approvals.gate;
    const result = resultOf(await stage.call('lab__pay', PAY, URLS));
    const { params } = (result['inputRequests'] as JsonRecord)['approval'] as { params: JsonRecord };
    expect(params['url']).toBe('https://countersign.example/approve/apr_1');
    expect(result['_meta']).toMatchObject({ 'countersign/denial': { code: 'approval.required', approval: { id: 'apr_1' } } });
  });

  it('after the verdict the retry acts once; its state is used up', async () => {
    const stage = await open();
    const state = await held(stage);
    stage.approvals.decide('apr_1', 'approved');
    expect(textsOf(resultOf(await again(stage, state)))).toEqual(['pay was called']);
    expect(textsOf(resultOf(await again(stage, state)))[0]).toContain('used already');
    expect(stage.upstreams.calls.length).toBe(1);
  });

  it.each([
    ['denied', 'said no'],
    ['expired', 'is closed'],
  ] as const)('%s is told, and nobody is asked again', async (verdict, words) => {
    const stage = await open();
    const state = await held(stage);
    stage.approvals.decide('apr_1', verdict);
    expect(textsOf(resultOf(await again(stage, state)))[0]).toContain(words);
    expect([stage.approvals.rows.size, stage.upstreams.calls.length]).toEqual([1, 0]);
  });

  it('exactly one act for fifty retries at once on two nodes', async () => {
    const one = await open();
    const two = await open({ beside: one });
    const state = await held(one);
    one.approvals.decide('apr_1', 'approved');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => again(i % 2 === 0 ? one : two, state, PAY, { id: i + 10 })),
    );
    expect(answers.filter((answer) => textsOf(resultOf(answer))[0] === 'pay was called').length).toBe(1);
    expect(one.upstreams.calls.length + two.upstreams.calls.length).toBe(1);
  });
});

describe('a state counts for this very request only', () => {
  const expectRefused = async (stage: Stage, answer: Promise<{ status: number; body: JsonRecord }>): Promise<void> => {
    const { status, body } = await answer;
    expect([status, (body['error'] as JsonRecord)['code']]).toEqual([400, -32602]);
    expect([stage.upstreams.calls.length, stage.road.refusals.at(-1)?.code]).toEqual([0, 'approval.invalid']);
  };

  const approved = async (): Promise<readonly [Stage, string]> => {
    const stage = await open();
    const state = await held(stage);
    stage.approvals.decide('apr_1', 'approved');
    return [stage, state];
  };

  it('other arguments', async () => {
    const [stage, state] = await approved();
    await expectRefused(stage, again(stage, state, { cents: 5_000 }));
  });

  it('another tool', async () => {
    const [stage, state] = await approved();
    await expectRefused(stage, stage.call('lab__echo', PAY, { ...URLS, more: { requestState: state } }));
  });

  it('another principal, another mandate, on behalf of another', async () => {
    const [stage, state] = await approved();
    const [own] = [...stage.road.callers.values()];
    if (own === undefined) throw new Error('no caller');
    stage.road.callers.set('k1', { ...own, agent: { ...own.agent, id: 'other' } });
    stage.road.callers.set('k2', { ...own, mandate: { id: 'man_2' } as never });
    stage.road.callers.set('k3', { ...own, onBehalfOf: 'person:eve' });
    for (const key of ['k1', 'k2', 'k3'])
      await expectRefused(stage, again(stage, state, PAY, { headers: { authorization: `Bearer ${key}` } }));
  });

  it('a changed tool, and changed rules', async () => {
    const [stage, state] = await approved();
    stage.snapshot = { ...stage.snapshot, revision: 'rev-2' };
    await expectRefused(stage, again(stage, state));
    stage.snapshot = { ...stage.snapshot, revision: 'rev-1' };
    stage.catalogue.change(
      [...stage.catalogue.current().servers.values()],
      [catalogueTool({ name: 'pay', class: 'mutate-high', input: { type: 'object', title: 'new' } })],
    );
    await expectRefused(stage, again(stage, state));
  });

  it('after its time', async () => {
    const [stage, state] = await approved();
    stage.ahead = 15 * 60_000 + 1;
    await expectRefused(stage, again(stage, state));
  });

  it('of another installation', async () => {
    const [stage] = await approved();
    const other = await open({ key: new Uint8Array(32).fill(8) });
    await expectRefused(stage, again(stage, await held(other)));
  });

  it('a megabyte, an empty text, a number', async () => {
    const [stage] = await approved();
    for (const state of ['x'.repeat(1_000_000), '', 7 as never]) await expectRefused(stage, again(stage, state));
  });

  it('with any character changed, at the door', async () => {
    const [stage, state] = await approved();
    const step = Math.max(1, Math.floor(state.length / 60));
    for (let at = 0; at < state.length; at += step) {
      const flipped = `${state.slice(0, at)}${state[at] === 'A' ? 'B' : 'A'}${state.slice(at + 1)}`;
      if (flipped !== state) await expectRefused(stage, again(stage, flipped));
    }
    expect(textsOf(resultOf(await again(stage, state)))).toEqual(['pay was called']);
  });

  it('any mutation of a sealed text opens to nothing', () => {
    const seal = new Seal(new Uint8Array(32).fill(1));
    const sealed = seal.text('round', { a: 1, nonce: 'x' });
    fc.assert(
      fc.property(
        fc.nat(sealed.length - 1),
        fc.constantFrom(...'ABCxyz019._-=+/ é'),
        fc.constantFrom('replace', 'insert', 'delete'),
        (at, letter, how) => {
          const rest = sealed.slice(how === 'insert' ? at : at + 1);
          const mutated = `${sealed.slice(0, at)}${how === 'delete' ? '' : letter}${rest}`;
          return mutated === sealed || seal.openText('round', mutated) === undefined;
        },
      ),
      { numRuns: Math.max(RUNS, 100_000) },
    );
    expect(seal.openText('round', sealed)).toEqual({ a: 1, nonce: 'x' });
    expect(seal.openText('task-request', sealed)).toBeUndefined();
    expect(seal.openText('round', sealed.replace('cs1', 'cs2'))).toBeUndefined();
  });
});

const LAB = catalogueServer({
  record: serverRecord({ id: 'lab', elicitation: true, elicitationHosts: ['login.example', '*.apps.example'] }),
});
const BOTH = { capabilities: { elicitation: { form: {}, url: {} } } };

const asking = (requests: JsonRecord, state: string | null = 'theirs') => ({
  pay: ({ resume }: { resume?: { inputResponses: JsonRecord; state: string | null } | undefined }) =>
    resume === undefined ? ({ kind: 'input', requests, state } as const) : text(JSON.stringify(resume)),
});

const form = (properties: JsonRecord, message = 'Which?'): JsonRecord => ({
  method: 'elicitation/create',
  params: { mode: 'form', message, requestedSchema: { type: 'object', properties } },
});
const link = (url: string): JsonRecord => ({ method: 'elicitation/create', params: { mode: 'url', message: 'Open', url } });

describe('a server that asks', () => {
  it('its state goes inside of ours and comes back to the byte; unknown answers are ignored, missing ones asked again', async () => {
    const theirs = 'theirs: "\u00e4"\n\u0000';
    const stage = await open({
      servers: [LAB],
      scripts: asking({ a: form({ x: { type: 'string' } }), b: form({ y: { type: 'string' } }) }, theirs),
    });
    const first = resultOf(await stage.call('lab__pay', PAY, BOTH));
    expect(JSON.stringify(first)).not.toContain('theirs');
    const retry = (state: unknown, inputResponses: JsonRecord) =>
      stage.call('lab__pay', PAY, { ...BOTH, more: { requestState: String(state), inputResponses } });
    const answer = { action: 'accept', content: { x: '1' } };
    const second = resultOf(await retry(first['requestState'], { a: answer, nobody: answer }));
    expect(Object.keys(second['inputRequests'] as JsonRecord)).toEqual(['b']);
    const third = resultOf(await retry(second['requestState'], { b: { action: 'decline' } }));
    expect(JSON.parse(textsOf(third)[0] ?? '')).toEqual({
      inputResponses: { a: answer, b: { action: 'decline' } },
      state: theirs,
    });
    expect(stage.road.asks.length).toBe(2);
  });

  const rows: readonly [string, JsonRecord][] = [
    ['a form for a password', form({ password: { type: 'string' } })],
    ['a form for a secret in the title', form({ x: { type: 'string', title: 'Your API key' } })],
    ['a form for a secret in its words', form({ x: { type: 'string' } }, 'Please enter your pass-phrase')],
    ['a form for a secret in wide letters', form({ x: { type: 'string', title: 'Ｐａｓｓｗｏｒｄ' } })],
    ['a form for a camel', form({ accessToken: { type: 'string' } })],
    ['a nested form', form({ x: { type: 'object' } })],
    ['a link to another host', link('https://evil.example/login')],
    ['a link to a host that ends alike', link('https://evillogin.example/')],
    ['a link without encryption', link('http://login.example/')],
    ['a link with a name in front', link('https://login.example@evil.example/')],
    ['a script', link('javascript:alert(1)')],
    ['sampling', { method: 'sampling/createMessage', params: {} }],
    ['roots', { method: 'roots/list' }],
  ];
  for (const [what, request] of rows)
    it(`${what} never reaches anybody: it is declined`, async () => {
      const stage = await open({ servers: [LAB], scripts: asking({ q: request }) });
      const result = resultOf(await stage.call('lab__pay', PAY, BOTH));
      expect(JSON.parse(textsOf(result)[0] ?? '')).toEqual({ inputResponses: { q: { action: 'decline' } }, state: 'theirs' });
      expect(stage.logged).toContainEqual(expect.objectContaining({ event: 'tool.question' }));
    });

  it.each(['https://login.example/x', 'https://a.b.apps.example/'])('a link to a listed host is let through: %s', async (url) => {
    const stage = await open({ servers: [LAB], scripts: asking({ q: link(url) }) });
    const result = resultOf(await stage.call('lab__pay', PAY, BOTH));
    expect(((result['inputRequests'] as JsonRecord)['q'] as { params: JsonRecord }).params).toEqual({
      mode: 'url',
      message: 'The tool server "The lab server" (lab) asks through Countersign: Open',
      url,
    });
  });

  it('is only told what the client can do and the operator lets through', async () => {
    const stage = await open({ servers: [LAB] });
    const seen = async (capabilities: JsonRecord): Promise<unknown> => {
      await stage.call('lab__pay', PAY, { capabilities });
      return stage.upstreams.calls.at(-1)?.capabilities;
    };
    expect(await seen({ sampling: {}, roots: {}, elicitation: { form: {} } })).toEqual({ elicitation: { form: {} } });
    expect(await seen({ elicitation: {} })).toEqual({ elicitation: { form: {} } });
    expect(await seen({ sampling: {} })).toEqual({});
    stage.catalogue.change(
      [catalogueServer({ record: serverRecord({ id: 'lab' }) })],
      [...stage.catalogue.current().tools.values()],
    );
    expect(await seen({ elicitation: { form: {}, url: {} } })).toEqual({});
  });

  it('for ever is stopped, and wants too much carried is withheld', async () => {
    const endless = await open({
      servers: [LAB],
      scripts: { pay: () => ({ kind: 'input', requests: { q: { method: 'roots/list' } }, state: null }) },
    });
    expect(textsOf(resultOf(await endless.call('lab__pay', PAY, BOTH)))[0]).toContain('more than 8 times');
    const large = await open({ servers: [LAB], scripts: asking({ q: form({ x: { type: 'string' } }) }, 'x'.repeat(20_000)) });
    expect(textsOf(resultOf(await large.call('lab__pay', PAY, BOTH)))[0]).toContain('more carried');
  });

  it('may ask the model and for roots where the operator and the client let it', async () => {
    const record = { ...serverRecord({ id: 'lab' }), sampling: true, roots: true };
    const requests = {
      s: { method: 'sampling/createMessage', params: { messages: [], maxTokens: 5 } },
      r: { method: 'roots/list' },
    };
    const stage = await open({ servers: [catalogueServer({ record })], scripts: asking(requests) });
    const capabilities = { sampling: {}, roots: {} };
    const first = resultOf(await stage.call('lab__pay', PAY, { capabilities }));
    expect(first['inputRequests']).toEqual(requests);
    expect(stage.upstreams.calls[0]?.capabilities).toEqual(capabilities);
    const inputResponses = {
      s: { role: 'assistant', model: 'm', content: { type: 'text', text: 'x' } },
      r: { roots: [{ uri: 'file:///a' }] },
    };
    const more = { requestState: String(first['requestState']), inputResponses };
    const result = resultOf(await stage.call('lab__pay', PAY, { capabilities, more }));
    expect(JSON.parse(textsOf(result)[0] ?? '')).toEqual({ inputResponses, state: 'theirs' });
  });

  it('and needs what the client did not declare: the client is told what', async () => {
    const data = { requiredCapabilities: { elicitation: { form: {} }, sampling: {} } };
    const stage = await open({ servers: [LAB], scripts: { pay: () => ({ kind: 'error', code: -32021, message: 'no', data }) } });
    const answer = await stage.call('lab__pay', PAY);
    expect([answer.status, errorOf(answer)['code'], errorOf(answer)['data']]).toEqual([
      400,
      -32021,
      { requiredCapabilities: { elicitation: { form: {} } } },
    ]);
  });

  it('gets answers that the inspector has read', async () => {
    const inspect = (given: string) => ({ text: given.replace('AKIA1', '[REDACTED:key]'), findings: [] });
    const stage = await open({ servers: [LAB], scripts: asking({ q: form({ x: { type: 'string' } }) }), inspector: { inspect } });
    const first = resultOf(await stage.call('lab__pay', PAY, BOTH));
    const inputResponses = { q: { action: 'accept', content: { x: 'AKIA1' } } };
    const result = resultOf(
      await stage.call('lab__pay', PAY, { ...BOTH, more: { requestState: String(first['requestState']), inputResponses } }),
    );
    expect(textsOf(result)[0]).toContain('[REDACTED:key]');
  });

  it('and needs an approval as well: the answers are kept over the approval', async () => {
    const stage = await open({ servers: [LAB], scripts: asking({ q: form({ x: { type: 'string' } }) }) });
    const first = resultOf(await stage.call('lab__pay', PAY, BOTH));
    stage.road.answer = stage.approvals.gate;
    const retry = (state: unknown, inputResponses: JsonRecord) =>
      stage.call('lab__pay', PAY, { ...BOTH, more: { requestState: String(state), inputResponses } });
    const answer = { action: 'accept', content: { x: '1' } };
    const second = resultOf(await retry(first['requestState'], { q: answer }));
    expect(Object.keys(second['inputRequests'] as JsonRecord)).toEqual(['approval']);
    stage.approvals.decide('apr_1', 'approved');
    const third = resultOf(await retry(second['requestState'], { approval: { action: 'accept' } }));
    expect(JSON.parse(textsOf(third)[0] ?? '')).toEqual({ inputResponses: { q: answer }, state: 'theirs' });
  });
});

describe('a legacy client that is asked', () => {
  it('an answer from another session, and a second one, find nothing', async () => {
    const stage = await open({ servers: [LAB], scripts: asking({ q: form({ x: { type: 'string' } }) }) });
    const session = await stage.session({ elicitation: {} });
    const other = await stage.session({ elicitation: {} });
    const response = await stage.post(
      { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'lab__pay', arguments: PAY } },
      session,
    );
    const reader = response.body?.getReader();
    const chunk = await reader?.read();
    const [question] = messagesOf(Buffer.from(chunk?.value ?? []).toString());
    expect(question).toMatchObject({ method: 'elicitation/create', params: { mode: 'form' } });
    const answer = { jsonrpc: '2.0', id: question?.['id'], result: { action: 'accept', content: { x: '1' } } };
    expect((await stage.post(answer, other)).status).toBe(404);
    expect((await stage.post(answer, session)).status).toBe(202);
    expect((await stage.post(answer, session)).status).toBe(404);
    const rest = await reader?.read();
    expect(Buffer.from(rest?.value ?? []).toString()).toContain('accept');
    await reader?.cancel();
  });

  it('the same id twice at once is refused', async () => {
    let free: () => void = () => undefined;
    const stage = await open({
      scripts: {
        pay: () =>
          new Promise((resolve) => {
            free = () => resolve(text('ok'));
          }),
      },
    });
    const session = await stage.session();
    const first = stage.legacy(session, 'tools/call', { name: 'lab__pay' }, 9);
    while (stage.upstreams.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(errorOf(await stage.legacy(session, 'tools/call', { name: 'lab__pay' }, 9))['code']).toBe(-32602);
    free();
    expect((await first).status).toBe(200);
  });

  it('log messages come only as asked', async () => {
    const stage = await open({
      scripts: {
        pay: (_request, events) => {
          events.message({ level: 'debug', data: 'small' });
          events.message({ level: 'error', logger: 'db', data: { text: 'big' } });
          return text('ok');
        },
      },
    });
    const session = await stage.session();
    expect((await stage.legacy(session, 'tools/call', { name: 'lab__pay' })).before).toEqual([]);
    await stage.legacy(session, 'logging/setLevel', { level: 'warning' });
    const { before } = await stage.legacy(session, 'tools/call', { name: 'lab__pay' });
    expect(before).toEqual([
      { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'error', logger: 'lab/db', data: { text: 'big' } } },
    ]);
    const modern = await stage.call('lab__pay', {}, { meta: { 'io.modelcontextprotocol/logLevel': 'debug' } });
    expect(modern.before.length).toBe(2);
  });
});

describe('tasks', () => {
  const task = (stage: Stage, method: string, taskId: unknown, over: object = {}) =>
    stage.modern(method, { taskId: String(taskId) }, { ...TASKS, ...over });

  async function waiting(stage: Stage): Promise<JsonRecord> {
    stage.road.answer = stage.approvals.gate;
    return resultOf(await stage.call('lab__pay', PAY, TASKS));
  }

  it('wait for the approval, act once, and keep the result', async () => {
    const stage = await open();
    const opened = await waiting(stage);
    expect(opened).toMatchObject({ resultType: 'task', status: 'working', pollIntervalMs: 5_000 });
    expect(opened['taskId']).toMatch(/^[0-9a-f]{32}$/);
    expect(resultOf(await task(stage, 'tasks/get', opened['taskId']))).toMatchObject({
      resultType: 'complete',
      status: 'working',
    });
    expect(stage.road.asks.length).toBe(1);
    stage.approvals.decide('apr_1', 'approved');
    await Promise.all(Array.from({ length: 10 }, () => task(stage, 'tasks/get', opened['taskId'])));
    await stage.road.settled(1);
    const done = resultOf(await task(stage, 'tasks/get', opened['taskId']));
    expect(done).toMatchObject({
      status: 'completed',
      result: { resultType: 'complete', content: [{ type: 'text', text: 'pay was called' }] },
    });
    expect(stage.upstreams.calls.length).toBe(1);
  });

  it('say no when a person says no: completed, with an error as result', async () => {
    const stage = await open();
    const { taskId } = await waiting(stage);
    stage.approvals.decide('apr_1', 'denied');
    expect(resultOf(await task(stage, 'tasks/get', taskId))).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(stage.upstreams.calls.length).toBe(0);
  });

  it('can be cancelled before they act, and are then never made', async () => {
    const stage = await open();
    const { taskId } = await waiting(stage);
    expect(resultOf(await task(stage, 'tasks/cancel', taskId))).toEqual({ resultType: 'complete' });
    stage.approvals.decide('apr_1', 'approved');
    expect(resultOf(await task(stage, 'tasks/get', taskId))['status']).toBe('cancelled');
    expect(resultOf(await task(stage, 'tasks/update', taskId))).toEqual({ resultType: 'complete' });
    expect(stage.upstreams.calls.length).toBe(0);
  });

  it('unknown and foreign ids give the same answer', async () => {
    const stage = await open();
    const { taskId } = await waiting(stage);
    const [own] = [...stage.road.callers.values()];
    if (own === undefined) throw new Error('no caller');
    stage.road.callers.set('other', { ...own, agent: { ...own.agent, id: 'other' } });
    stage.road.callers.set('mandate', { ...own, mandate: { id: 'man_2' } as never });
    const answers = [
      await task(stage, 'tasks/get', 'f'.repeat(32)),
      await task(stage, 'tasks/get', taskId, { headers: { authorization: 'Bearer other' } }),
      await task(stage, 'tasks/get', taskId, { headers: { authorization: 'Bearer mandate' } }),
      await task(stage, 'tasks/get', 'x'.repeat(1_000)),
    ];
    for (const answer of answers) expect(errorOf(answer)).toEqual(errorOf(answers[0] ?? answer));
    expect(errorOf(answers[0] ?? (await task(stage, 'tasks/get', 'x')))['code']).toBe(-32602);
  });

  it('are not made when the tool changed meanwhile', async () => {
    const stage = await open();
    const { taskId } = await waiting(stage);
    stage.catalogue.change(
      [...stage.catalogue.current().servers.values()],
      [catalogueTool({ name: 'pay', class: 'mutate-high', input: { type: 'object', title: 'new' } })],
    );
    stage.approvals.decide('apr_1', 'approved');
    await task(stage, 'tasks/get', taskId);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(resultOf(await task(stage, 'tasks/get', taskId))).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(stage.upstreams.calls.length).toBe(0);
  });

  it('whose node died in the act are of unknown fate, and are not repeated', async () => {
    const stage = await open();
    const { taskId } = await waiting(stage);
    stage.approvals.decide('apr_1', 'approved');
    await stage.tasks.claim({ org: 'org', id: String(taskId), principal: 'payments-flaky-test-fixer' });
    expect(resultOf(await task(stage, 'tasks/get', taskId))['status']).toBe('working');
    stage.ahead = 31 * 60_000;
    const result = resultOf(await task(stage, 'tasks/get', taskId));
    expect(JSON.stringify(result)).toContain('It is not known whether the call acted');
    expect(stage.upstreams.calls.length).toBe(0);
  });

  it('are pushed to those who listen, whichever node they listen on', async () => {
    const one = await open();
    const two = await open({ beside: one });
    const { taskId } = await waiting(one);
    const listening = two.modern('subscriptions/listen', { notifications: { taskIds: [String(taskId)] } }, { ...TASKS, id: 3 });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    one.approvals.decide('apr_1', 'approved');
    await one.road.settled(1);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await two.door.close();
    const states = (await listening).before.map(({ method, params }) => [method, (params as JsonRecord)['status']]);
    expect(states.at(-1)).toEqual(['notifications/tasks', 'completed']);
  });

  it('a client that takes links gets a link first, and a task when it takes longer', async () => {
    const stage = await open();
    stage.road.answer = stage.approvals.gate;
    const both = { capabilities: { ...URLS.capabilities, ...TASKS.capabilities } };
    const first = resultOf(await stage.call('lab__pay', PAY, both));
    expect(first['resultType']).toBe('input_required');
    stage.ahead = 121_000;
    const second = resultOf(
      await stage.call('lab__pay', PAY, { ...both, more: { requestState: String(first['requestState']) } }),
    );
    expect(second['resultType']).toBe('task');
  });
});

it('an approval that is needed for a prompt is an error that names it', async () => {
  const stage = await open({
    servers: [catalogueServer({ record: serverRecord({ id: 'lab' }), prompts: [{ name: 'p' }] })],
    scripts: { 'prompts/get': () => reply({ messages: [] }) },
  });
  stage.road.answer = stage.approvals.gate;
  const params = { name: 'lab__p' };
  expect(JSON.stringify(errorOf(await stage.modern('prompts/get', params)))).toContain('apr_1');
  expect(resultOf(await stage.modern('prompts/get', params, URLS))['resultType']).toBe('input_required');
  const session = await stage.session({ elicitation: { url: {} } });
  expect(errorOf(await told(await stage.post({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params }, session)))['code']).toBe(
    -32042,
  );
});
