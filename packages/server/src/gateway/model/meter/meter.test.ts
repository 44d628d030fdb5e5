import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '@countersign/kernel/json';
import { meterFor } from './index.ts';
import { CHAT_NAMES, openaiUsage, RESPONSES_NAMES } from './vector.ts';

const vector = (input: number, cacheRead: number, cacheWrite5m: number, cacheWrite1h: number, output: number) => ({
  input,
  cacheRead,
  cacheWrite5m,
  cacheWrite1h,
  output,
});

describe('usage becomes disjoint kinds', () => {
  const rows: readonly [string, JsonRecord, ReturnType<typeof vector> | undefined][] = [
    ['plain', { input_tokens: 10, output_tokens: 5, total_tokens: 15 }, vector(10, 0, 0, 0, 5)],
    [
      'cached is inside',
      { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5, total_tokens: 15 },
      vector(6, 4, 0, 0, 5),
    ],
    [
      'written is inside',
      { input_tokens: 10, input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 }, output_tokens: 5 },
      vector(3, 4, 3, 0, 5),
    ],
    [
      'the total says that cached is beside: the dearer reading',
      { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5, total_tokens: 19 },
      vector(10, 4, 0, 0, 5),
    ],
    [
      'more cached than input',
      { input_tokens: 2, input_tokens_details: { cached_tokens: 9 }, output_tokens: 1 },
      vector(2, 9, 0, 0, 1),
    ],
    [
      'reasoning beside the output',
      { input_tokens: 1, output_tokens: 5, output_tokens_details: { reasoning_tokens: 7 }, total_tokens: 13 },
      vector(1, 0, 0, 0, 12),
    ],
    ['nonsense counts as nothing', { input_tokens: -5, output_tokens: 3 }, vector(0, 0, 0, 0, 3)],
    ['fractions count as whole', { input_tokens: 1.2, output_tokens: 3 }, vector(2, 0, 0, 0, 3)],
    ['no figures', { tokens: 5 }, undefined],
  ];
  for (const [what, usage, tokens] of rows)
    it(what, () => {
      expect(openaiUsage(usage, RESPONSES_NAMES)?.tokens).toEqual(tokens);
      const chat = JSON.parse(
        JSON.stringify(usage).replaceAll('"input_tokens', '"prompt_tokens').replaceAll('"output_tokens', '"completion_tokens'),
      ) as JsonRecord;
      expect(openaiUsage(chat, CHAT_NAMES)?.tokens).toEqual(tokens);
    });
});

describe('Messages', () => {
  const meter = (...events: object[]) => {
    const one = meterFor('messages', false);
    for (const event of events) one.event('', JSON.stringify(event));
    return one;
  };
  const start = (usage: object) => ({ type: 'message_start', message: { id: 'msg_1', usage } });
  const delta = (usage: object | null) => ({ type: 'message_delta', delta: {}, usage });

  it('takes the maximum of each member, never the sum', () => {
    const read = meter(
      start({
        input_tokens: 10,
        cache_read_input_tokens: 5,
        cache_creation_input_tokens: 7,
        cache_creation: { ephemeral_1h_input_tokens: 3 },
        output_tokens: 1,
      }),
      delta({ output_tokens: 20, input_tokens: null }),
      delta({ output_tokens: 30, input_tokens: 10, cache_read_input_tokens: 5 }),
    );
    expect([read.usage()?.tokens, read.complete()]).toEqual([vector(10, 5, 4, 3, 30), true]);
  });

  it('counts every call of a loop on the provider’s side', () => {
    const read = meter(
      start({ input_tokens: 10, output_tokens: 1 }),
      delta({
        output_tokens: 5,
        iterations: [
          { input_tokens: 10, output_tokens: 5 },
          { input_tokens: 90, output_tokens: 40 },
        ],
      }),
    );
    expect(read.usage()?.tokens).toEqual(vector(100, 0, 0, 0, 45));
  });

  it('is not complete without the output', () => {
    const read = meter(start({ input_tokens: 10, output_tokens: 1 }), delta(null));
    expect([read.usage()?.tokens, read.complete()]).toEqual([vector(10, 0, 0, 0, 1), false]);
  });

  it('counts text, thinking and arguments that passed', () => {
    const block = (one: object) => ({ type: 'content_block_delta', index: 0, delta: one });
    const read = meter(
      block({ text: 'grün' }),
      block({ thinking: 'abc' }),
      block({ partial_json: '{}' }),
      block({ signature: 'zzz' }),
    );
    expect([read.outputBytes(), read.usage()]).toEqual([10, undefined]);
  });
});

describe('ends', () => {
  const note = (format: 'responses' | 'chat' | 'messages', ...data: string[]) => {
    const meter = meterFor(format, true);
    return data.map((one) => meter.event('', one));
  };
  it('Chat ends with [DONE] after a finish reason only', () => {
    expect(note('chat', '[DONE]')).toEqual(['bad']);
    expect(
      note('chat', '{"choices":[{"finish_reason":"stop"}]}', '{"choices":[],"usage":{"prompt_tokens":1}}', '[DONE]'),
    ).toEqual(['pass', 'usage', 'done']);
    expect(note('chat', '{"error":{"message":"x"}}')).toEqual(['failed']);
  });
  it('Responses end with completed and incomplete; failed and error are failures', () => {
    const types = ['response.completed', 'response.incomplete', 'response.failed', 'error', 'response.novelty'];
    expect(types.map((type) => note('responses', JSON.stringify({ type }))[0])).toEqual([
      'done',
      'done',
      'failed',
      'failed',
      'pass',
    ]);
    expect(note('responses', '{"no":"type"}', 'null', '{')).toEqual(['bad', 'bad', 'bad']);
  });
  it('Messages end with message_stop', () => {
    expect(note('messages', '{"type":"message_stop"}', '{"type":"error"}', '{"type":"novelty"}', 'x')).toEqual([
      'done',
      'failed',
      'pass',
      'bad',
    ]);
  });

  it('a model that writes usage into its text has not used it', () => {
    const meter = meterFor('responses', false);
    meter.event(
      '',
      JSON.stringify({ type: 'response.output_text.delta', delta: '"usage":{"input_tokens":0,"output_tokens":0}' }),
    );
    expect(meter.usage()).toBeUndefined();
  });
});
