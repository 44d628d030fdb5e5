import { request as httpRequest } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { modelRecord, Stage, type StageOptions } from './testing/stage.ts';
import type { Mode, Turn } from './testing/scripted-upstream.ts';
import { KEY } from '../wire/testing/test-road.ts';

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const FAST = { connectMs: 300, firstByteMs: 400, idleMs: 400, totalMs: 10_000 };

async function open(turn: Turn | readonly Turn[], options: StageOptions = {}): Promise<Stage> {
  const turns = Array.isArray(turn) ? (turn as readonly Turn[]) : [turn as Turn];
  stage = await Stage.open({
    script: (_seen, index) => turns[Math.min(index, turns.length - 1)] ?? {},
    models: [
      modelRecord({ id: 'gpt-5.5', timeouts: FAST }),
      modelRecord({ id: 'claude-sonnet-5', provider: 'scripted-anthropic', formats: ['messages'], timeouts: FAST }),
    ],
    ...options,
  });
  return stage;
}

interface Raw {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** False when the connection ended before the body did. */
  readonly clean: boolean;
}

function post(stage: Stage, path: string, body: string, headers: Record<string, string> = {}): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const req = httpRequest(
      `${stage.origin}${path}`,
      {
        method: 'POST',
        agent: false,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
      },
      (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (chunk: string) => (text += chunk));
        res.on('error', () => undefined);
        res.on('close', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text, clean: res.complete }));
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

const BODIES = {
  responses: ['/v1/responses', { model: 'gpt-5.5', input: 'hi', stream: true }],
  chat: ['/v1/chat/completions', { model: 'gpt-5.5', messages: [{ role: 'user', content: 'hi' }], stream: true }],
  messages: [
    '/v1/messages',
    { model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], stream: true },
  ],
} as const;
type Format = keyof typeof BODIES;
const FORMATS = Object.keys(BODIES) as Format[];

const streamed = (stage: Stage, format: Format): Promise<Raw> =>
  post(stage, BODIES[format][0], JSON.stringify(BODIES[format][1]));

/** Drains the official client's raw iterator. */
async function drain(stage: Stage, format: Format): Promise<void> {
  const openai = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey: KEY, baseURL: stage.origin, maxRetries: 0 });
  const user = [{ role: 'user' as const, content: 'hi' }];
  const stream =
    format === 'responses'
      ? await openai.responses.create({ model: 'gpt-5.5', input: 'hi', stream: true })
      : format === 'chat'
        ? await openai.chat.completions.create({ model: 'gpt-5.5', messages: user, stream: true })
        : await anthropic.messages.create({ model: 'claude-sonnet-5', max_tokens: 100, messages: user, stream: true });
  for await (const _event of stream) void _event;
}

const BROKEN: readonly Mode[] = ['stall', 'cut', 'cut-close', 'break', 'break-inside', 'garbage'];

describe('a stream that breaks at the provider never ends well for the client', () => {
  for (const format of FORMATS)
    for (const mode of BROKEN)
      it(`${format}, ${mode}: error event, connection ends without the last chunk, charged, counted`, async () => {
        const stage = await open({ mode });
        const raw = await streamed(stage, format);
        expect([raw.status, raw.clean]).toEqual([200, false]);
        const last = raw.text.trimEnd().split('\n\n').at(-1) ?? '';
        expect(last).toMatch(format === 'chat' ? /^data: \{"error":\{"message":"Countersign: / : /^event: error\ndata: \{/);
        expect(raw.text).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
        const [outcome] = await stage.road.settled(1);
        expect([outcome?.act.status, outcome?.act.cost?.usage]).toEqual([
          'failed',
          expect.stringMatching(/^(?:provider|counted)$/),
        ]);
        expect(outcome?.act.code).toMatch(/^upstream\.(?:timeout|unavailable|garbage)$/);
      });

  for (const format of FORMATS)
    it(`${format}: the official client's raw iterator throws`, async () => {
      const stage = await open({ mode: 'cut' });
      await expect(drain(stage, format)).rejects.toThrow();
    });

  it('the stream helpers of the official clients throw our sentence', async () => {
    const stage = await open({ mode: 'cut' });
    const sentence = /Countersign: The model provider sent something that cannot be read/;
    const openai = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1`, maxRetries: 0 });
    const anthropic = new Anthropic({ apiKey: KEY, baseURL: stage.origin, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'hi' }];
    await expect(openai.chat.completions.stream({ model: 'gpt-5.5', messages }).finalChatCompletion()).rejects.toThrow(sentence);
    await expect(openai.responses.stream({ model: 'gpt-5.5', input: 'hi' }).finalResponse()).rejects.toThrow(sentence);
    await expect(anthropic.messages.stream({ model: 'claude-sonnet-5', max_tokens: 9, messages }).finalMessage()).rejects.toThrow(
      sentence,
    );
  });

  it('an end of stream before the first event is answered with a status', async () => {
    const stage = await open({ events: [] });
    const raw = await streamed(stage, 'responses');
    expect([raw.status, raw.clean, JSON.parse(raw.text).error.code]).toEqual([502, true, 'upstream.garbage']);
    expect((await stage.road.settled(1))[0]?.act).toMatchObject({ status: 'unknown', charge: 'full' });
  });

  it('an event above the cap ends the stream', async () => {
    const stage = await open({ events: [`data: ${JSON.stringify({ type: 'response.created', pad: 'x'.repeat(2 ** 20) })}`] });
    expect((await streamed(stage, 'responses')).status).toBe(502);
  });

  it('a stream in single bytes is the same stream', async () => {
    const stage = await open([{}, { mode: 'bytes' }]);
    for (const format of FORMATS) {
      stage.upstream.script = () => ({});
      const whole = await streamed(stage, format);
      stage.upstream.script = () => ({ mode: 'bytes' });
      const bytes = await streamed(stage, format);
      expect([bytes.clean, bytes.text]).toEqual([true, whole.text]);
    }
  });

  it('a provider that keeps the connection open after the end does not keep the client waiting', async () => {
    const stage = await open({ mode: 'linger' });
    for (const format of FORMATS) expect((await streamed(stage, format)).clean).toBe(true);
  });
});

describe('errors of the provider', () => {
  const whole = (stage: Stage): Promise<Raw> => post(stage, '/v1/responses', JSON.stringify({ model: 'gpt-5.5', input: 'hi' }));
  const rows: readonly [string, Turn, number, string, string | undefined][] = [
    ['401 is our credential, not the client', { mode: 'status', status: 401 }, 502, 'upstream.refused', 'failed'],
    ['403 alike', { mode: 'status', status: 403 }, 502, 'upstream.refused', 'failed'],
    ['429 stays one, after our own attempts', { mode: 'status', status: 429 }, 429, 'request.rate-limited', 'failed'],
    ['500', { mode: 'status', status: 500 }, 500, 'upstream.unavailable', 'failed'],
    ['a reset', { mode: 'reset' }, 502, 'upstream.unavailable', 'unknown'],
    ['no HTTP', { mode: 'not-http' }, 502, 'upstream.garbage', 'unknown'],
    ['no JSON', { mode: 'garbage' }, 502, 'upstream.garbage', 'unknown'],
    ['silence', { mode: 'silent' }, 504, 'upstream.timeout', 'unknown'],
    ['half an answer', { mode: 'break' }, 502, 'upstream.unavailable', 'unknown'],
    ['half an answer, then silence', { mode: 'stall' }, 504, 'upstream.timeout', 'unknown'],
  ];
  for (const [name, turn, status, code, outcome] of rows)
    it(`${name}: ${status}, recorded as ${outcome}`, async () => {
      const stage = await open(turn);
      const raw = await whole(stage);
      const body = JSON.parse(raw.text) as { error: { code: string; message: string } };
      expect([raw.status, body.error.code]).toEqual([status, code]);
      expect(raw.text).not.toContain('scripted');
      expect(raw.headers['x-countersign-decision']).toMatch(/^dec_/);
      const settled = await stage.road.settled(1);
      expect(settled.at(-1)?.act.status).toBe(outcome);
      expect(settled.at(-1)?.act.charge).toBe(outcome === 'unknown' ? 'full' : 'none');
    });

  it('the reason of a refused body is passed on without identifiers', async () => {
    const message =
      'Unknown parameter: foo. Key sk-abc123456789 of org-Zz12345678 at https://api.example.com/x, request req_0123456789abcdef.';
    const body = JSON.stringify({ error: { type: 'invalid_request_error', message, code: 'unknown_parameter' } });
    const stage = await open({ mode: 'status', status: 400, body });
    const raw = await whole(stage);
    const { error } = JSON.parse(raw.text) as { error: { message: string } };
    expect(raw.status).toBe(400);
    expect(error.message).toBe(
      'Countersign: The model provider refused the request: Unknown parameter: foo. Key [removed] of [removed] at [removed] request [removed]. [upstream.refused, request dec_1]',
    );
    expect(raw.headers['x-should-retry']).toBe('false');
  });

  it('a provider that recovers within our attempts is not noticed', async () => {
    const stage = await open([
      { mode: 'status', status: 503 },
      { mode: 'status', status: 429, headers: { 'retry-after': '0' } },
      {},
    ]);
    expect((await whole(stage)).status).toBe(200);
    expect([stage.upstream.seen.length, stage.road.asks.length]).toEqual([3, 1]);
  });

  it('a lost connection is tried once more as a new act, and the first one stays charged', async () => {
    const stage = await open([{ mode: 'reset' }, {}]);
    expect((await whole(stage)).status).toBe(200);
    expect((await stage.road.settled(2)).map((one) => [one.act.status, one.act.charge === 'full'])).toEqual([
      ['unknown', true],
      ['done', false],
    ]);
  });

  it('nothing listens: released, 503', async () => {
    const stage = await open({}, { provider: { baseUrl: 'http://127.0.0.1:9/v1' } });
    expect((await whole(stage)).status).toBe(503);
    expect((await stage.road.settled(1))[0]?.act).toMatchObject({
      status: 'released',
      charge: 'none',
      code: 'upstream.unavailable',
    });
  });

  it('a credential that is not there: nothing is sent', async () => {
    const stage = await open({}, { provider: { credential: 'env:NOT_THERE' } });
    expect((await whole(stage)).status).toBe(502);
    expect([stage.upstream.seen.length, (await stage.road.settled(1))[0]?.act.charge]).toEqual([0, 'none']);
  });
});
