import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { KEY } from '../wire/testing/test-road.ts';
import { Stage, type StageOptions } from './testing/stage.ts';

let stage: Stage | undefined;

async function open(options: StageOptions = {}): Promise<{ stage: Stage; openai: OpenAI; anthropic: Anthropic }> {
  stage = await Stage.open(options);
  return {
    stage,
    openai: new OpenAI({ apiKey: KEY, baseURL: `${stage.origin}/v1` }),
    anthropic: new Anthropic({ apiKey: KEY, baseURL: stage.origin }),
  };
}

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const TEXT = 'Hello from the scripted provider, with as much text as it takes.';

describe('official clients get what the provider sent', () => {
  it('Responses, whole', async () => {
    const { openai, stage } = await open();
    const answer = await openai.responses.create({ model: 'gpt-5.5', input: 'hi', max_output_tokens: 500 });
    expect(answer.output_text).toBe(TEXT);
    const [outcome] = await stage.road.settled(1);
    expect(outcome?.act).toEqual({
      status: 'done',
      upstream: 'resp_scripted',
      charge: { microUsd: 80 + 2 + 160, tokens: 140, requests: 1 },
      cost: {
        microUsd: 242,
        inputTokens: 80,
        cacheReadTokens: 20,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: 0,
        outputTokens: 40,
        reasoningTokens: 10,
        usage: 'provider',
        priceRevision: 'test-1',
      },
    });
  });

  it('Responses, streamed', async () => {
    const { openai, stage } = await open();
    const stream = await openai.responses.create({ model: 'gpt-5.5', input: 'hi', stream: true });
    let text = '';
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe(TEXT);
    expect(types.at(-1)).toBe('response.completed');
    expect((await stage.road.settled(1))[0]?.act.cost?.microUsd).toBe(242);
  });

  it('Chat Completions, whole and streamed; usage that the client did not ask for is withheld', async () => {
    const { openai, stage } = await open();
    const whole = await openai.chat.completions.create({ model: 'gpt-5.5', messages: [{ role: 'user', content: 'hi' }] });
    expect(whole.choices[0]?.message.content).toBe(TEXT);
    for (const asked of [false, true]) {
      const stream = await openai.chat.completions.create({
        model: 'gpt-5.5',
        messages: [{ role: 'user', content: 'hi' }],
        stream: true,
        ...(asked ? { stream_options: { include_usage: true } } : {}),
      });
      let text = '';
      let usages = 0;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        if (chunk.usage) usages += 1;
      }
      expect([text, usages]).toEqual([TEXT, asked ? 1 : 0]);
    }
    const outcomes = await stage.road.settled(3);
    expect(outcomes.map((one) => [one.act.status, one.act.cost?.microUsd, one.act.cost?.usage])).toEqual([
      ['done', 242, 'provider'],
      ['done', 242, 'provider'],
      ['done', 242, 'provider'],
    ]);
  });

  it('Messages, whole, streamed and counted', async () => {
    const { anthropic, stage } = await open();
    const ask = { model: 'claude-sonnet-5', max_tokens: 300, messages: [{ role: 'user' as const, content: 'hi' }] };
    const whole = await anthropic.messages.create(ask);
    expect(whole.content).toEqual([{ type: 'text', text: TEXT }]);
    const streamed = await anthropic.messages.stream(ask).finalMessage();
    expect(streamed.content).toEqual([{ type: 'text', text: TEXT }]);
    const count = await anthropic.messages.countTokens({ model: ask.model, messages: ask.messages });
    expect(count).toEqual({ input_tokens: 42 });
    const outcomes = await stage.road.settled(3);
    // Messages report cached tokens beside the input, not inside it.
    expect(outcomes.map((one) => [one.ask.action, one.act.charge])).toEqual([
      ['model.call', { microUsd: 100 + 2 + 160, tokens: 160, requests: 1 }],
      ['model.call', { microUsd: 262, tokens: 160, requests: 1 }],
      ['model.count', { requests: 1 }],
    ]);
  });

  it('models, in both forms', async () => {
    const { openai, anthropic } = await open();
    expect((await openai.models.list()).data.map((model) => model.id)).toEqual(['gpt-5.5']);
    expect((await anthropic.models.list()).data.map((model) => model.id)).toEqual(['claude-sonnet-5', 'gpt-5.5']);
    expect((await openai.models.retrieve('gpt-5.5')).owned_by).toBe('scripted');
  });
});
