/** Answers of a scripted provider in the three formats, as events and whole. */

export interface ScriptedCall {
  readonly id: string;
  readonly name: string;
  /** JSON text; for a custom tool its plain input. */
  readonly input: string;
  readonly custom?: boolean;
}

export interface ScriptedUsage {
  readonly input: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  readonly output: number;
  readonly reasoning?: number;
}

export interface Reply {
  readonly text?: string;
  readonly calls?: readonly ScriptedCall[];
  /** `null`: the provider reports none. */
  readonly usage?: ScriptedUsage | null;
}

export interface Rendered {
  /** Server-sent events, blank lines included; the last one is the terminal event. */
  readonly events: readonly string[];
  readonly whole: string;
}

export const USAGE: ScriptedUsage = { input: 100, cacheRead: 20, output: 40, reasoning: 10 };

const named = (type: string, body: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
const plain = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;

/** Text in pieces of two words, as models stream it. */
const pieces = (text: string): string[] => text.match(/\S+\s*\S*\s*/g) ?? [text];

export function renderResponses(model: string, reply: Reply): Rendered {
  const usage = reply.usage === undefined ? USAGE : reply.usage;
  const events: string[] = [];
  let sequence = 0;
  const push = (type: string, body: object): void => void events.push(named(type, { sequence_number: sequence++, ...body }));
  const response = (status: string, output: readonly object[]): object => ({
    id: 'resp_scripted',
    object: 'response',
    created_at: 1_700_000_000,
    status,
    model,
    output,
    parallel_tool_calls: true,
    tools: [],
    usage: status === 'completed' && usage !== null ? responsesUsage(usage) : null,
  });
  push('response.created', { response: response('in_progress', []) });
  const output: object[] = [];
  if (reply.text !== undefined) {
    const item = { type: 'message', id: 'msg_1', role: 'assistant' };
    const at = { output_index: 0, content_index: 0, item_id: 'msg_1' };
    push('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } });
    push('response.content_part.added', { ...at, part: { type: 'output_text', text: '', annotations: [] } });
    for (const delta of pieces(reply.text)) push('response.output_text.delta', { ...at, delta, logprobs: [] });
    const part = { type: 'output_text', text: reply.text, annotations: [] };
    push('response.output_text.done', { ...at, text: reply.text, logprobs: [] });
    push('response.content_part.done', { ...at, part });
    const done = { ...item, status: 'completed', content: [part] };
    push('response.output_item.done', { output_index: 0, item: done });
    output.push(done);
  }
  for (const call of reply.calls ?? []) {
    const index = output.length;
    const item = call.custom
      ? {
          type: 'custom_tool_call',
          id: `ctc_${call.id}`,
          call_id: call.id,
          name: call.name,
          input: call.input,
          status: 'completed',
        }
      : {
          type: 'function_call',
          id: `fc_${call.id}`,
          call_id: call.id,
          name: call.name,
          arguments: call.input,
          status: 'completed',
        };
    push('response.output_item.added', { output_index: index, item: { ...item, status: 'in_progress' } });
    push('response.output_item.done', { output_index: index, item });
    output.push(item);
  }
  const completed = response('completed', output);
  push('response.completed', { response: completed });
  return { events, whole: JSON.stringify(completed) };
}

const responsesUsage = (usage: ScriptedUsage): object => ({
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: usage.cacheRead ?? 0 },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  total_tokens: usage.input + usage.output,
});

export function renderChat(model: string, reply: Reply, includeUsage: boolean): Rendered {
  const usage = reply.usage === undefined ? USAGE : reply.usage;
  const base = { id: 'chatcmpl_scripted', object: 'chat.completion.chunk', created: 1_700_000_000, model };
  const chunk = (delta: object, finish: string | null): string =>
    plain({ ...base, choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }] });
  const calls = (reply.calls ?? []).map((call, index) => ({
    index,
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.input },
  }));
  const finish = calls.length > 0 ? 'tool_calls' : 'stop';
  const events = [chunk({ role: 'assistant', content: '' }, null)];
  for (const content of pieces(reply.text ?? '')) events.push(chunk({ content }, null));
  for (const call of calls) events.push(chunk({ tool_calls: [call] }, null));
  events.push(chunk({}, finish));
  if (includeUsage && usage !== null) events.push(plain({ ...base, choices: [], usage: chatUsage(usage) }));
  events.push('data: [DONE]\n\n');
  const message = {
    role: 'assistant',
    content: reply.text ?? null,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  const whole = JSON.stringify({
    ...base,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
    ...(usage === null ? {} : { usage: chatUsage(usage) }),
  });
  return { events, whole };
}

const chatUsage = (usage: ScriptedUsage): object => ({
  prompt_tokens: usage.input,
  prompt_tokens_details: { cached_tokens: usage.cacheRead ?? 0 },
  completion_tokens: usage.output,
  completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  total_tokens: usage.input + usage.output,
});

export function renderMessages(model: string, reply: Reply): Rendered {
  const usage = reply.usage === undefined ? USAGE : reply.usage;
  const base = { id: 'msg_scripted', type: 'message', role: 'assistant', model };
  const calls = reply.calls ?? [];
  const stop = calls.length > 0 ? 'tool_use' : 'end_turn';
  const start = usage === null ? { input_tokens: 0, output_tokens: 0 } : messagesUsage(usage, 1);
  const events = [
    named('message_start', { message: { ...base, content: [], stop_reason: null, stop_sequence: null, usage: start } }),
    named('ping', {}),
  ];
  const content: object[] = [];
  const block = (first: object, deltas: readonly object[], whole: object): void => {
    const index = content.length;
    events.push(named('content_block_start', { index, content_block: first }));
    for (const delta of deltas) events.push(named('content_block_delta', { index, delta }));
    events.push(named('content_block_stop', { index }));
    content.push(whole);
  };
  if (reply.text !== undefined)
    block(
      { type: 'text', text: '' },
      pieces(reply.text).map((text) => ({ type: 'text_delta', text })),
      { type: 'text', text: reply.text },
    );
  for (const call of calls) {
    const use = { type: 'tool_use', id: call.id, name: call.name };
    block({ ...use, input: {} }, [{ type: 'input_json_delta', partial_json: call.input }], {
      ...use,
      input: JSON.parse(call.input) as object,
    });
  }
  events.push(
    named('message_delta', {
      delta: { stop_reason: stop, stop_sequence: null },
      ...(usage === null ? {} : { usage: messagesUsage(usage, usage.output) }),
    }),
    named('message_stop', {}),
  );
  const whole = JSON.stringify({
    ...base,
    content,
    stop_reason: stop,
    stop_sequence: null,
    ...(usage === null ? {} : { usage: messagesUsage(usage, usage.output) }),
  });
  return { events, whole };
}

const messagesUsage = (usage: ScriptedUsage, output: number): object => ({
  input_tokens: usage.input,
  cache_read_input_tokens: usage.cacheRead ?? 0,
  cache_creation_input_tokens: (usage.cacheWrite ?? 0) + (usage.cacheWrite1h ?? 0),
  cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite ?? 0, ephemeral_1h_input_tokens: usage.cacheWrite1h ?? 0 },
  output_tokens: output,
});
