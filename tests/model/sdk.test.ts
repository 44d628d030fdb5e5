/** The official clients, unmodified, through the whole road: key, policy, budget, durable record, provider. */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installation, ledgerOf, openInstallation, type TestTask } from '../support/installation.ts';

let at: Installation;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({ script: () => ({ reply: { text: 'Hello from the far side.' } }) });
  task = await at.task();
});
afterAll(() => at?.close());

const openai = (key = task.key) => new OpenAI({ apiKey: key, baseURL: `${at.server.url}/v1`, maxRetries: 0 });
const anthropic = (key = task.key) => new Anthropic({ apiKey: key, baseURL: at.server.url, maxRetries: 0 });
const ask = { model: 'gpt-5.5', max_output_tokens: 500, input: 'hello' } as const;
const messages = { model: 'claude-sonnet-5-5', max_tokens: 500, messages: [{ role: 'user' as const, content: 'hello' }] };

test('Responses, whole', async () => {
  const response = await openai().responses.create(ask);
  expect(response.output_text).toBe('Hello from the far side.');
});

test('Responses, streamed, with the final response', async () => {
  const stream = openai().responses.stream(ask);
  let text = '';
  for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
  expect(text).toBe('Hello from the far side.');
  expect((await stream.finalResponse()).status).toBe('completed');
});

test('Chat Completions, whole and streamed', async () => {
  const chat = { model: 'gpt-5.5', max_completion_tokens: 500, messages: [{ role: 'user' as const, content: 'hello' }] };
  const whole = await openai().chat.completions.create(chat);
  let text = '';
  for await (const chunk of await openai().chat.completions.create({ ...chat, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  expect([whole.choices[0]?.message.content, text]).toEqual(['Hello from the far side.', 'Hello from the far side.']);
});

test('Messages, whole and streamed', async () => {
  const whole = await anthropic().messages.create(messages);
  const streamed = await anthropic().messages.stream(messages).finalText();
  expect([whole.content.map((block) => (block.type === 'text' ? block.text : '')).join(''), streamed]).toEqual([
    'Hello from the far side.',
    'Hello from the far side.',
  ]);
});

test('count_tokens', async () => {
  const counted = await anthropic().messages.countTokens({ model: messages.model, messages: messages.messages });
  expect(counted.input_tokens).toBe(42);
});

test('the model list holds what this agent may use, in the shape of each vendor', async () => {
  const ids: string[] = [];
  for await (const model of openai().models.list()) ids.push(model.id);
  const theirs: string[] = [];
  for await (const model of anthropic().models.list()) theirs.push(model.id);
  expect(ids).toContain('gpt-5.5');
  expect(theirs).toContain('claude-sonnet-5-5');
});

test('every call has a decision before and an outcome after, with the provider’s own figures', async () => {
  const before = (await ledgerOf(at)).length;
  await openai().responses.create(ask);
  await expect.poll(async () => (await ledgerOf(at)).length).toBe(before + 2);
  const [decision, outcome] = (await ledgerOf(at)).slice(before) as {
    type: string;
    decision?: { id: string; answer: string };
    outcome?: { decision: string; status: string };
    cost?: { inputTokens: number; cacheReadTokens: number; outputTokens: number; usage: string; microUsd: number };
    onBehalfOf: string;
    ticket: string;
  }[];
  expect([decision?.type, decision?.decision?.answer, decision?.onBehalfOf, decision?.ticket]).toEqual([
    'decision',
    'allow',
    'ada',
    'PAY-1',
  ]);
  expect(outcome).toMatchObject({
    type: 'outcome',
    outcome: { decision: decision?.decision?.id, status: 'done' },
    cost: { inputTokens: 80, cacheReadTokens: 20, outputTokens: 40, usage: 'provider' },
  });
});

test('a denial reaches the OpenAI client as its own error, in one request', async () => {
  const seen = at.upstream.seen.length;
  const error = await openai()
    .responses.create(ask, { headers: { 'x-countersign-data-class': 'restricted' } })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect(String(error)).toContain('higher class than the agent may touch');
  expect(at.upstream.seen.length).toBe(seen);
});

test('a denial reaches the Anthropic client as its own error', async () => {
  const error = await anthropic()
    .messages.create(messages, { headers: { 'x-countersign-data-class': 'restricted' } })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Anthropic.PermissionDeniedError);
  expect(String(error)).toContain('higher class');
});

test.each([
  ['an unknown key', () => openai('csk_a_crd_0123456789abcdef_' + 'A'.repeat(43)), 401],
  ['a provider key', () => openai('sk-proj-something'), 401],
])('%s is refused', async (_name, client, status) => {
  const error = await client()
    .responses.create(ask)
    .catch((thrown: unknown) => thrown);
  expect((error as { status?: number }).status).toBe(status);
});

test('the provider never sees an agent’s key, the client never sees the provider’s', async () => {
  const response = await openai().responses.create(ask).asResponse();
  const last = at.upstream.seen.at(-1);
  expect(last?.headers.authorization).toBe('Bearer provider-secret-never-seen-by-agents');
  expect(JSON.stringify(at.upstream.seen.map(({ rawHeaders }) => rawHeaders))).not.toContain(task.key);
  expect(JSON.stringify([...response.headers])).not.toContain('provider-secret');
});

test('a held call goes on when a person approves, and the approval is good once', async () => {
  const grace = await at.personClient('grace');
  const held = openai().responses.create({ ...ask, model: 'gpt-6-astra' });
  let approval: Record<string, unknown> | undefined;
  await expect
    .poll(
      async () =>
        (approval = ((await grace.get('/api/v1/approvals', { state: 'open' })).json['data'] as Record<string, unknown>[])[0]),
    )
    .toBeDefined();
  const path = `/api/v1/approvals/${String(approval?.['id'])}/verdict`;
  await grace.post(path, { answer: 'approve', reason: 'fine', shownDigest: String(approval?.['shownDigest']) });
  expect((await held).output_text).toBe('Hello from the far side.');
  const { json } = await grace.get(`/api/v1/approvals/${String(approval?.['id'])}`);
  expect(json['state']).toBe('used');
});

test('a client that hangs up is settled, and the provider is cut off', async () => {
  at.upstream.script = () => ({
    mode: 'slow',
    delayMs: 200,
    reply: { text: 'one two three four five six seven eight nine ten' },
  });
  const abort = new AbortController();
  const stream = await openai().responses.create({ ...ask, stream: true }, { signal: abort.signal });
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') abort.abort();
  }
  await expect.poll(() => at.upstream.seen.at(-1)?.aborted).toBe(true);
  await expect.poll(async () => (await ledgerOf(at)).at(-1)).toMatchObject({ type: 'outcome', outcome: { status: 'cancelled' } });
  at.upstream.script = () => ({ reply: { text: 'Hello from the far side.' } });
});
