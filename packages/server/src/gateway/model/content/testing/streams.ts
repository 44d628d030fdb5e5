/** Streams of a provider in each format, with a text and a call's arguments in pieces as a test wants them, and what a client makes of a stream. */
import type { WireFormat } from '../../../../ports/registry.ts';

/** GitHub's form; it belongs to nobody. */
export const SECRET = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;

/** Pieces of these sizes, over and over; never inside a surrogate pair, as no serialiser would. */
function pieces(text: string, sizes: readonly number[]): string[] {
  const all: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    let end = Math.min(text.length, at + 1 + (sizes[turn % Math.max(1, sizes.length)] ?? 4));
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1] ?? '')) end += 1;
    all.push(text.slice(at, end));
    at = end;
  }
  return all;
}

const named = (type: string, body: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
const plain = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;

/** A text, then a call `note` whose arguments are `{"text": <the same>, "n": 1.0}`. */
export function streamOf(format: WireFormat, text: string, sizes: readonly number[]): string {
  const args = `{ "text":${JSON.stringify(text)}, "n": 1.0}`;
  switch (format) {
    case 'responses':
      return responses(text, args, sizes);
    case 'chat':
      return chat(text, args, sizes);
    case 'messages':
      return messages(text, args, sizes);
  }
}

function responses(text: string, args: string, sizes: readonly number[]): string {
  let sequence = 0;
  const event = (type: string, body: object): string => named(type, { sequence_number: sequence++, ...body });
  const at = { output_index: 0, content_index: 0, item_id: 'msg_1' };
  const part = { type: 'output_text', text, annotations: [], logprobs: [] };
  const message = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [part] };
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'note', arguments: args, status: 'completed' };
  const response = { id: 'resp_1', object: 'response', created_at: 1, model: 'm', instructions: null, tools: [] };
  return [
    event('response.created', { response: { ...response, status: 'in_progress', output: [] } }),
    event('response.output_item.added', { output_index: 0, item: { ...message, status: 'in_progress', content: [] } }),
    event('response.content_part.added', { ...at, part: { ...part, text: '' } }),
    ...pieces(text, sizes).map((delta) => event('response.output_text.delta', { ...at, delta, logprobs: [] })),
    event('response.output_text.done', { ...at, text, logprobs: [] }),
    event('response.content_part.done', { ...at, part }),
    event('response.output_item.done', { output_index: 0, item: message }),
    event('response.output_item.added', { output_index: 1, item: { ...call, arguments: '', status: 'in_progress' } }),
    ...pieces(args, sizes).map((delta) =>
      event('response.function_call_arguments.delta', { output_index: 1, item_id: 'fc_1', delta }),
    ),
    event('response.function_call_arguments.done', { output_index: 1, item_id: 'fc_1', arguments: args }),
    event('response.output_item.done', { output_index: 1, item: call }),
    event('response.completed', {
      response: {
        ...response,
        status: 'completed',
        output: [message, call],
        usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
      },
    }),
  ].join('');
}

function chat(text: string, args: string, sizes: readonly number[]): string {
  const chunk = (delta: object, finish: string | null = null): string =>
    plain({
      id: 'chatcmpl_1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(text, sizes).map((content) => chunk({ content })),
    chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'note', arguments: '' } }] }),
    ...pieces(args, sizes).map((part) => chunk({ tool_calls: [{ index: 0, function: { arguments: part } }] })),
    chunk({}, 'tool_calls'),
    'data: [DONE]\n\n',
  ].join('');
}

function messages(text: string, args: string, sizes: readonly number[]): string {
  const delta = (index: number, body: object): string => named('content_block_delta', { index, delta: body });
  const usage = { input_tokens: 1, output_tokens: 1 };
  return [
    named('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ': a comment\n\n',
    ...pieces(text, sizes).map((piece) => delta(0, { type: 'text_delta', text: piece })),
    named('content_block_stop', { index: 0 }),
    named('content_block_start', { index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'note', input: {} } }),
    delta(1, { type: 'input_json_delta', partial_json: '' }),
    ...pieces(args, sizes).map((piece) => delta(1, { type: 'input_json_delta', partial_json: piece })),
    named('content_block_stop', { index: 1 }),
    named('message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 1 } }),
    named('message_stop', {}),
  ].join('');
}

export interface SeenText {
  /** The text's pieces, joined. */
  readonly spoken: string;
  /** The arguments' pieces, joined. */
  readonly args: string;
  /** The text as the last event repeats it, where the format does. */
  readonly final?: string;
}

type Loose = Record<string, never> & { [key: string]: Loose };

/** What a client makes of a stream; throws where its order is not the format's. */
export function joinedText(format: WireFormat, stream: string): SeenText {
  const events = stream
    .split('\n\n')
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => line.slice(6))
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as Loose);
  const join = (of: (event: Loose) => unknown): string =>
    events
      .map(of)
      .filter((piece): piece is string => typeof piece === 'string')
      .join('');
  switch (format) {
    case 'responses': {
      events.forEach((event, index) => {
        if (Number(event['sequence_number']) !== index) throw new Error(`event ${index} has another number`);
      });
      const of = (type: string, key: string) => join((event) => (String(event['type']) === type ? event[key] : undefined));
      const output = events.at(-1)?.['response']?.['output'] as unknown as readonly Loose[];
      const [final, part, item, args] = [
        of('response.output_text.done', 'text'),
        events.find((event) => String(event['type']) === 'response.content_part.done')?.['part']?.['text'],
        output[0]?.['content']?.['0']?.['text'],
        of('response.function_call_arguments.done', 'arguments'),
      ] as unknown as readonly string[];
      const joinedArgs = of('response.function_call_arguments.delta', 'delta');
      if (final !== part || part !== item || args !== joinedArgs || String(output[1]?.['arguments']) !== args)
        throw new Error('what is repeated differs');
      return { spoken: of('response.output_text.delta', 'delta'), args: joinedArgs, ...(final === undefined ? {} : { final }) };
    }
    case 'chat':
      return {
        spoken: join((event) => event['choices']?.['0']?.['delta']?.['content']),
        args: join((event) => event['choices']?.['0']?.['delta']?.['tool_calls']?.['0']?.['function']?.['arguments']),
      };
    case 'messages':
      return {
        spoken: join((event) => event['delta']?.['text']),
        args: join((event) => event['delta']?.['partial_json']),
      };
  }
}
