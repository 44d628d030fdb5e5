import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { Denial } from '../../ports/road.ts';
import { modelRecord, Stage, type StageOptions } from './testing/stage.ts';
import { denial, KEY } from '../wire/testing/test-road.ts';

let stage: Stage | undefined;

async function open(options: StageOptions = {}): Promise<Stage> {
  stage = await Stage.open(options);
  return stage;
}

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const send = (
  stage: Stage,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<Response> =>
  fetch(`${stage.origin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

const RESPONSES = { model: 'gpt-5.5', input: 'hi' };
const MESSAGES = { model: 'claude-sonnet-5', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] };
const CODEX = { 'user-agent': 'codex_exec/0.169.0' };
const CLAUDE = { 'user-agent': 'claude-cli/2.1.329 (external, cli)' };

describe('a denial has the status that its client shows and does not repeat', () => {
  const policy = denial('policy.denied');
  const budget = denial('budget.exceeded', { kind: 'budget', retryAfterMs: 1_500 });
  const store = denial('store.unavailable', { kind: 'store' });
  const killed = denial('identity.killed', { kind: 'killed' });
  const rows: readonly [string, Denial, Record<string, string>, readonly [number, string], readonly [number, string]][] = [
    ['policy', policy, {}, [400, 'permission_error'], [403, 'permission_error']],
    ['policy', policy, CODEX, [400, 'permission_error'], [403, 'permission_error']],
    ['policy', policy, CLAUDE, [400, 'permission_error'], [403, 'permission_error']],
    ['budget', budget, CODEX, [400, 'insufficient_quota'], [429, 'billing_error']],
    ['budget', budget, CLAUDE, [400, 'insufficient_quota'], [429, 'billing_error']],
    ['store', store, {}, [503, 'server_error'], [503, 'api_error']],
    ['kill switch', killed, {}, [400, 'permission_error'], [403, 'permission_error']],
  ];
  for (const [what, answer, headers, openai, anthropic] of rows)
    it(`${what}, ${headers['user-agent'] ?? 'a program'}`, async () => {
      const stage = await open();
      stage.road.answer = () => ({ deny: answer });
      for (const [path, body, [status, type]] of [
        ['/v1/responses', RESPONSES, openai],
        ['/v1/messages', MESSAGES, anthropic],
      ] as const) {
        const response = await send(stage, path, body, headers);
        const { error } = (await response.json()) as { error: { type: string; message: string } };
        expect([response.status, error.type]).toEqual([status, type]);
        expect(error.message).toBe(`Countersign: A policy denies this. [${answer.code}, request req_denied]`);
        expect(response.headers.get('x-should-retry')).toBe(what === 'store' ? null : 'false');
        expect(response.headers.get('x-countersign-decision')).toBe('dec_denied');
        expect(response.headers.get('x-countersign-request-id')).toBe('req_denied');
        expect(response.headers.get('retry-after')).toBe(what === 'budget' ? '2' : null);
      }
    });

  it('teaches: policies, instead, who can lift it, and how to go on', async () => {
    const stage = await open();
    stage.road.answer = () => ({
      deny: denial('approval.required', {
        kind: 'approval',
        message: 'A person must approve this.',
        instead: 'Use gpt-5.5-mini.',
        escalate: { group: 'team:platform' },
        approval: { id: 'apr_1', url: 'https://countersign.example/approvals/apr_1', expiresAt: '2026-01-01T00:00:00Z' },
        reasons: [
          {
            code: 'gate.preview',
            message: 'Preview models need approval.',
            policy: 'preview',
            reference: 'policies/30.cedar:4#preview',
          },
        ],
        whyNot: [{ policy: 'p', reference: 'policies/10.cedar:1#p', failed: ['resource.preview'] }],
      }),
    });
    const body = (await (await send(stage, '/v1/responses', RESPONSES)).json()) as { error: Record<string, unknown> };
    expect(body).toEqual({
      error: {
        message:
          'Countersign: A person must approve this. Use gpt-5.5-mini. Ask for approval: https://countersign.example/approvals/apr_1 (apr_1), then send the same request again. [approval.required, request req_denied]',
        type: 'permission_error',
        param: null,
        code: 'approval.required',
        countersign: {
          kind: 'approval',
          requestId: 'req_denied',
          decision: 'dec_denied',
          policies: ['policies/30.cedar:4#preview'],
          instead: 'Use gpt-5.5-mini.',
          escalate: { group: 'team:platform' },
          approval: { id: 'apr_1', url: 'https://countersign.example/approvals/apr_1', expiresAt: '2026-01-01T00:00:00Z' },
        },
      },
    });
  });

  it('official clients throw our sentence after one request', async () => {
    const stage = await open();
    stage.road.answer = () => ({ deny: budget });
    const openai = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1` });
    const anthropic = new Anthropic({ apiKey: KEY, baseURL: stage.origin });
    await expect(openai.responses.create(RESPONSES)).rejects.toThrow(/Countersign: A policy denies this/);
    await expect(anthropic.messages.create({ ...MESSAGES, messages: [{ role: 'user', content: 'hi' }] })).rejects.toThrow(
      /Countersign: A policy/,
    );
    expect(stage.road.asks.length).toBe(2);
  });

  it('a road that breaks is a fault without inner text, and the process goes on', async () => {
    const stage = await open();
    stage.road.answer = () => {
      throw new Error('the secret inside');
    };
    const response = await send(stage, '/v1/responses', RESPONSES);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(JSON.stringify(stage.logged)).toContain('the secret inside');
    stage.road.answer = () => ({});
    expect((await send(stage, '/v1/responses', RESPONSES)).status).toBe(200);
  });
});

describe('a request that never reaches a decision is refused in the form of its client, with a record', () => {
  const rows: readonly [string, string, unknown, Record<string, string>, number, string][] = [
    ['no JSON', '/v1/responses', '{', {}, 400, 'request.invalid'],
    ['a member twice', '/v1/responses', '{"model":"gpt-5.5","model":"other"}', {}, 400, 'request.invalid'],
    ['an unknown model', '/v1/responses', { model: 'gpt-9', input: 'hi' }, {}, 404, 'model.unknown'],
    ['an unknown model, Codex', '/v1/responses', { model: 'gpt-9', input: 'hi' }, CODEX, 400, 'model.unknown'],
    ['an unknown model, Claude Code', '/v1/messages', { ...MESSAGES, model: 'x' }, CLAUDE, 403, 'model.unknown'],
    [
      'a format that the model does not speak',
      '/v1/responses',
      { model: 'claude-sonnet-5', input: 'hi' },
      {},
      400,
      'model.capability',
    ],
    [
      'a picture for a model without eyes',
      '/v1/responses',
      { ...RESPONSES, input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:,' }] }] },
      {},
      400,
      'model.capability',
    ],
    ['a hosted tool', '/v1/responses', { ...RESPONSES, tools: [{ type: 'web_search' }] }, {}, 400, 'model.smuggled'],
    ['other models', '/v1/chat/completions', { model: 'gpt-5.5', messages: [], models: ['x'] }, {}, 400, 'model.smuggled'],
    ['Messages without a limit', '/v1/messages', { model: 'claude-sonnet-5', messages: [] }, {}, 400, 'request.invalid'],
    ['another content type', '/v1/responses', RESPONSES, { 'content-type': 'text/plain' }, 415, 'request.media-type'],
    ['a compressed body', '/v1/responses', RESPONSES, { 'content-encoding': 'gzip' }, 415, 'request.media-type'],
    ['a query that names a model', '/v1/responses?model=other', RESPONSES, {}, 400, 'request.invalid'],
    ['a data class that is none', '/v1/responses', RESPONSES, { 'x-countersign-data-class': 'secret' }, 400, 'request.invalid'],
    ['two credentials that differ', '/v1/responses', RESPONSES, { 'x-api-key': 'other' }, 401, 'identity.invalid'],
    ['stored state', '/v1/responses/resp_1/cancel', {}, {}, 400, 'request.unsupported'],
    ['files', '/v1/files', {}, {}, 400, 'request.unsupported'],
    ['nothing there', '/v1/nothing', {}, {}, 404, 'request.not-found'],
    [
      'counting for another vendor',
      '/v1/messages/count_tokens',
      { model: 'gpt-5.5', messages: [] },
      {},
      400,
      'request.unsupported',
    ],
  ];
  for (const [what, path, body, headers, status, code] of rows)
    it(`${what}: ${status} ${code}`, async () => {
      const stage = await open();
      const response = await send(stage, path, body, headers);
      const text = await response.text();
      expect([response.status, stage.road.refusals.map((one) => one.code)]).toEqual([status, [code]]);
      expect(text).toContain('"countersign":{');
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect([stage.road.asks.length, stage.upstream.seen.length]).toEqual([0, 0]);
    });

  it('no credential, and a wrong one', async () => {
    const stage = await open();
    for (const authorization of ['', 'Bearer wrong', 'Basic eDp5'])
      expect((await send(stage, '/v1/responses', RESPONSES, { authorization })).status).toBe(401);
    expect((await send(stage, '/v1/responses', RESPONSES, { authorization: '', ...CODEX })).status).toBe(400);
  });
});

describe('what clients do besides', () => {
  const rows: readonly [string, string, string, Record<string, string>, number][] = [
    ['a sign of life', 'HEAD', '/', {}, 200],
    ['the hello of Claude Code', 'HEAD', '/api/hello', {}, 200],
    ['analytics of Codex', 'POST', '/v1/analytics/codex/turn-costs', {}, 200],
    ['models below a prefix', 'GET', '/openai/v1/models', {}, 200],
    ['models of the other vendor', 'GET', '/anthropic/v1/models', {}, 200],
  ];
  for (const [what, method, path, headers, status] of rows)
    it(`${what}: ${status}`, async () => {
      const stage = await open();
      expect((await send(stage, path, undefined, headers, method)).status).toBe(status);
    });

  it('calls below both prefixes reach the same provider path', async () => {
    const stage = await open({ models: [modelRecord({ id: 'gpt-5.5' })] });
    expect((await send(stage, '/openai/v1/chat/completions', { model: 'gpt-5.5', messages: [] })).status).toBe(200);
    expect((await send(stage, '/anthropic/v1/messages?beta=true', { ...MESSAGES, model: 'gpt-5.5' })).status).toBe(200);
    expect(stage.upstream.seen.map((one) => one.url)).toEqual(['/v1/chat/completions', '/v1/messages?beta=true']);
  });

  it('a web socket is refused so that Codex falls back', async () => {
    const stage = await open();
    const { request } = await import('node:http');
    const status = await new Promise<number>((resolve, reject) => {
      const req = request(`${stage.origin}/v1/responses`, {
        headers: { connection: 'upgrade', upgrade: 'websocket', authorization: `Bearer ${KEY}` },
      });
      req.on('response', (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      });
      req.on('error', reject);
      req.end();
    });
    expect(status).toBe(426);
  });
});
