// The wire formats of the scripted provider, as small as their official clients accept.
export const USAGE = { input: 500, output: 100 };

const event = (data) => `data: ${JSON.stringify(data)}\n\n`;
const named = (type, rest) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;

const TEXT = 'Add the missing bounds check in src/index.ts and run the tests again.';

const chatUsage = (usage) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: 0 },
});

const chatChunk = (model, rest) => ({
  id: 'chatcmpl-scripted',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model,
  ...rest,
});

const chat = {
  name: 'chat',
  path: '/chat/completions',
  answer: (model, usage) => ({
    id: 'chatcmpl-scripted',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }],
    usage: chatUsage(usage),
  }),
  opening: (model) =>
    event(chatChunk(model, { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] })),
  chunk: (model, text) => event(chatChunk(model, { choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })),
  closing: (model, usage) =>
    event(chatChunk(model, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })) +
    event(chatChunk(model, { choices: [], usage: chatUsage(usage) })) +
    'data: [DONE]\n\n',
};

const responsesUsage = (usage) => ({
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: usage.input + usage.output,
});

const message = (text) => ({
  type: 'message',
  id: 'msg_scripted',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});

const response = (model, status, rest) => ({
  id: 'resp_scripted',
  object: 'response',
  created_at: 1_700_000_000,
  status,
  model,
  ...rest,
});

const responses = {
  name: 'responses',
  path: '/responses',
  answer: (model, usage) => response(model, 'completed', { output: [message(TEXT)], usage: responsesUsage(usage) }),
  opening: (model) =>
    named('response.created', { sequence_number: 0, response: response(model, 'in_progress', { output: [] }) }) +
    named('response.output_item.added', {
      sequence_number: 1,
      output_index: 0,
      item: { ...message(''), status: 'in_progress', content: [] },
    }),
  chunk: (_model, text) =>
    named('response.output_text.delta', {
      sequence_number: 2,
      item_id: 'msg_scripted',
      output_index: 0,
      content_index: 0,
      delta: text,
    }),
  closing: (model, usage) =>
    named('response.output_item.done', { sequence_number: 3, output_index: 0, item: message('') }) +
    named('response.completed', {
      sequence_number: 4,
      response: response(model, 'completed', { output: [message('')], usage: responsesUsage(usage) }),
    }),
};

const messages = {
  name: 'messages',
  path: '/messages',
  answer: (model, usage) => ({
    id: 'msg_scripted',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: TEXT }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: usage.input, output_tokens: usage.output },
  }),
  opening: (model) =>
    named('message_start', {
      message: {
        id: 'msg_scripted',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: USAGE.input, output_tokens: 1 },
      },
    }) + named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  chunk: (_model, text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  closing: (_model, usage) =>
    named('content_block_stop', { index: 0 }) +
    named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: usage.output } }) +
    named('message_stop', {}),
};

export const FORMATS = [chat, responses, messages];
