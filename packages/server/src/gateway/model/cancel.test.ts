import { connect, type Socket } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { Turn } from './testing/scripted-upstream.ts';
import { modelRecord, Stage, type StageOptions } from './testing/stage.ts';
import { KEY } from '../wire/testing/test-road.ts';

let stage: Stage | undefined;

async function open(turn: Turn, options: StageOptions = {}): Promise<Stage> {
  stage = await Stage.open({ script: () => turn, ...options });
  return stage;
}

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!what() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(what()).toBe(true);
}

describe('a client that goes away', () => {
  it('Responses: the provider is cut off at once, what passed is charged', async () => {
    const stage = await open({ mode: 'stall' });
    const client = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1` });
    const stream = await client.responses.create({ model: 'gpt-5.5', input: 'hi', stream: true });
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    const [outcome] = await stage.road.settled(1);
    expect(outcome?.act).toMatchObject({ status: 'cancelled', cost: { usage: 'counted' } });
    expect(outcome?.act.cost?.outputTokens).toBeGreaterThan(0);
    await until(() => stage.upstream.seen[0]?.aborted === true);
  });

  it('Messages: the reported input is charged with the output that passed', async () => {
    const stage = await open({ mode: 'stall' });
    const client = new Anthropic({ apiKey: KEY, baseURL: stage.origin });
    const user = [{ role: 'user' as const, content: 'hi' }];
    const stream = await client.messages.create({ model: 'claude-sonnet-5', max_tokens: 50, messages: user, stream: true });
    for await (const event of stream) if (event.type === 'content_block_delta') break;
    const [outcome] = await stage.road.settled(1);
    expect(outcome?.act).toMatchObject({
      status: 'cancelled',
      cost: { usage: 'counted', inputTokens: 100, cacheReadTokens: 20 },
    });
  });

  it('with a model that reasons in hiding: all that was reserved', async () => {
    const base = modelRecord({ id: 'gpt-5.5' });
    const models = [{ ...base, capabilities: { ...base.capabilities, reasoning: true } }];
    const stage = await open({ mode: 'stall' }, { models });
    const client = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1` });
    const stream = await client.responses.create({ model: 'gpt-5.5', input: 'hi', stream: true });
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    const [outcome] = await stage.road.settled(1);
    expect([outcome?.act.status, outcome?.act.charge, outcome?.act.cost?.microUsd]).toEqual([
      'cancelled',
      'full',
      outcome?.granted.microUsd,
    ]);
  });

  it('before the first byte: all that was reserved, since nobody knows', async () => {
    const stage = await open({ mode: 'silent' });
    const client = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1`, maxRetries: 0 });
    const abort = new AbortController();
    const answer = client.responses.create({ model: 'gpt-5.5', input: 'hi' }, { signal: abort.signal });
    const failed = expect(answer).rejects.toThrow();
    await until(() => stage.upstream.seen.length === 1);
    abort.abort();
    await failed;
    const [outcome] = await stage.road.settled(1);
    expect([outcome?.act.status, outcome?.act.charge]).toEqual(['cancelled', 'full']);
    await until(() => stage.upstream.seen[0]?.aborted === true);
  });

  it('while an approval is waited for: the hold ends, nothing is sent', async () => {
    const stage = await open({});
    let held: AbortSignal | undefined;
    stage.road.answer = (ask) =>
      new Promise((resolve) => {
        held = ask.signal;
        ask.signal?.addEventListener('abort', () => resolve({}));
      });
    const client = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1`, maxRetries: 0 });
    const abort = new AbortController();
    const failed = expect(client.responses.create({ model: 'gpt-5.5', input: 'hi' }, { signal: abort.signal })).rejects.toThrow();
    await until(() => held !== undefined);
    abort.abort();
    await failed;
    const [outcome] = await stage.road.settled(1);
    expect([outcome?.act.status, outcome?.act.charge, stage.upstream.seen.length]).toEqual(['released', 'none', 0]);
  });

  it('while waiting for a place at the provider: released', async () => {
    const stage = await open({ mode: 'silent' }, { provider: { concurrency: 1, queueMs: 60_000 } });
    const client = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1`, maxRetries: 0 });
    const first = new AbortController();
    const second = new AbortController();
    const one = expect(client.responses.create({ model: 'gpt-5.5', input: '1' }, { signal: first.signal })).rejects.toThrow();
    await until(() => stage.upstream.seen.length === 1);
    const two = expect(client.responses.create({ model: 'gpt-5.5', input: '2' }, { signal: second.signal })).rejects.toThrow();
    await until(() => stage.road.asks.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    second.abort();
    await two;
    expect((await stage.road.settled(1))[0]?.act).toMatchObject({ status: 'released', charge: 'none' });
    first.abort();
    await one;
  });
});

describe('a client that is slow or breaks off its request', () => {
  const raw = async (stage: Stage, text: string): Promise<{ socket: Socket; read: () => string; closed: Promise<void> }> => {
    const socket = connect(stage.port, '127.0.0.1');
    let read = '';
    socket.on('data', (chunk) => (read += chunk.toString()));
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
    socket.write(text);
    return { socket, read: () => read, closed };
  };
  const head = (length: number): string =>
    `POST /v1/responses HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

  it('a body that does not arrive in time is refused, and the connection ends', async () => {
    const stage = await open({}, { limits: { bytesMax: 1_000, timeoutMs: 100 } });
    const { read, closed } = await raw(stage, `${head(100)}{"model`);
    await until(() => read() !== '');
    expect(read()).toMatch(/^HTTP\/1\.1 408 /);
    await closed;
    expect(stage.road.refusals.map((one) => one.code)).toEqual(['request.timeout']);
  });

  it('a body that is announced too large is refused before it is read', async () => {
    const stage = await open({}, { limits: { bytesMax: 1_000, timeoutMs: 1_000 } });
    const { read } = await raw(stage, head(100_000_000));
    await until(() => read() !== '');
    expect(read()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('a chunked body that grows too large is refused', async () => {
    const stage = await open({}, { limits: { bytesMax: 1_000, timeoutMs: 1_000 } });
    const start = head(1).replace('content-length: 1', 'transfer-encoding: chunked');
    const { read } = await raw(stage, `${start}800\r\n${'a'.repeat(2_048)}\r\n`);
    await until(() => read() !== '');
    expect(read()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('100 MB get their answer, and the process keeps none of it', async () => {
    const stage = await open({});
    const before = process.memoryUsage().arrayBuffers;
    const client = new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1`, maxRetries: 0 });
    const piece = 'x'.repeat(1_000_000);
    const input = Array.from({ length: 100 }, () => ({ role: 'user' as const, content: piece }));
    await expect(client.responses.create({ model: 'gpt-5.5', input })).rejects.toThrow(/413 Countersign: The body is larger/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(250_000_000);
  });

  it('a request that is broken off asks for nothing, and is on record', async () => {
    const stage = await open({});
    const { socket } = await raw(stage, `${head(100)}{"model`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([stage.road.asks.length, stage.road.refusals.map((one) => one.code)]).toEqual([0, ['request.invalid']]);
  });

  it('a client that reads slowly holds the provider back, and gets every byte', async () => {
    const text = 'word '.repeat(200_000);
    const stage = await open({ reply: { text } });
    const { socket, read, closed } = await raw(
      stage,
      (() => {
        const body = JSON.stringify({ model: 'gpt-5.5', input: 'hi', stream: true });
        return head(body.length).replace('host: x', 'host: x\r\nconnection: close') + body;
      })(),
    );
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stage.road.outcomes.length).toBe(0);
    socket.resume();
    await closed;
    expect(read()).toContain('response.completed');
    expect((await stage.road.settled(1))[0]?.act.status).toBe('done');
  });
});
