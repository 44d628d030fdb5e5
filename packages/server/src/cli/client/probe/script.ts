/** What a model of a script says to either client: any tool calls, and at the end what the client told of the last one. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { answerJson } from './loopback.ts';

type Input = object | string;

export interface Step {
  /** Of the client: `Bash`, `exec_command`, `mcp__countersign__x`. */
  readonly tool: string;
  /** A text is a free-form call. A function is asked when the model speaks, with what came back so far. */
  readonly input: Input | ((results: readonly string[]) => Input | Promise<Input>);
}

interface Call {
  readonly tool: string;
  readonly input: Input;
}

type Item = Readonly<Record<string, unknown>>;
const itemsOf = (value: unknown): readonly Item[] => (Array.isArray(value) ? (value as Item[]) : []);
const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;

/** Paths on which a client asks its model for something. */
const ANSWERS = /\/(responses|messages)$/;

export class ToolScript {
  steps: readonly Step[] = [];
  /** What the client told the model of each call. */
  results: readonly string[] = [];
  /** Requests for an answer of the model. */
  asked = 0;

  /** @returns false where the path is none of a model's answers; nothing was sent then */
  async answer(path: string, body: Item, res: ServerResponse): Promise<boolean> {
    if (!ANSWERS.test(path)) return false;
    this.asked += 1;
    await (path.endsWith('/responses') ? this.#responses(body, res) : this.#messages(body, res));
    return true;
  }

  async #next(results: readonly string[]): Promise<Call | undefined> {
    this.results = results;
    const step = this.steps[results.length];
    if (step === undefined) return undefined;
    return { tool: step.tool, input: typeof step.input === 'function' ? await step.input(results) : step.input };
  }

  async #responses(body: Item, res: ServerResponse): Promise<void> {
    const results = itemsOf(body['input'])
      .filter(({ type }) => type === 'function_call_output' || type === 'custom_tool_call_output')
      .map(({ output }) => (typeof output === 'string' ? output : JSON.stringify(output)));
    const item = openaiItem(await this.#next(results), `Last: ${results.at(-1) ?? ''}`);
    const usage = {
      ...{ input_tokens: 10, output_tokens: 10, total_tokens: 20 },
      ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
    };
    const base = { id: newId('resp'), object: 'response', created_at: 1, model: body['model'] };
    const emit = stream(res);
    emit('response.created', { response: { ...base, status: 'in_progress', output: [], usage: null } });
    const { arguments: text } = item;
    if (typeof text === 'string') {
      // As providers do: the item is empty at first, and its arguments come in pieces.
      emit('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', arguments: '' } });
      const at = { output_index: 0, item_id: item['id'] };
      emit('response.function_call_arguments.delta', { ...at, delta: text });
      emit('response.function_call_arguments.done', { ...at, arguments: text });
    } else emit('response.output_item.added', { output_index: 0, item });
    emit('response.output_item.done', { output_index: 0, item });
    emit('response.completed', { response: { ...base, status: 'completed', output: [item], usage } });
    res.end();
  }

  async #messages(body: Item, res: ServerResponse): Promise<void> {
    // A request without tools is the client's own: a title for the session.
    const own = itemsOf(body['tools']).length === 0;
    const results = itemsOf(body['messages'])
      .flatMap(({ content }) => itemsOf(content))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
    const call = own ? undefined : await this.#next(results);
    const text = own ? 'Title' : `Last: ${results.at(-1) ?? ''}`;
    const block =
      call === undefined ? { type: 'text', text } : { type: 'tool_use', id: newId('toolu'), name: call.tool, input: call.input };
    const stop_reason = call === undefined ? 'end_turn' : 'tool_use';
    const usage = { input_tokens: 10, output_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const message = { id: newId('msg'), type: 'message', role: 'assistant', model: body['model'], stop_sequence: null };
    if (body['stream'] !== true) return answerJson(res, { ...message, content: [block], stop_reason, usage });
    const emit = stream(res);
    const begin = call === undefined ? { ...block, text: '' } : { ...block, input: {} };
    const delta =
      call === undefined ? { type: 'text_delta', text } : { type: 'input_json_delta', partial_json: JSON.stringify(call.input) };
    emit('message_start', { message: { ...message, content: [], stop_reason: null, usage } });
    emit('content_block_start', { index: 0, content_block: begin });
    emit('content_block_delta', { index: 0, delta });
    emit('content_block_stop', { index: 0 });
    emit('message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
    emit('message_stop', {});
    res.end();
  }
}

function openaiItem(call: Call | undefined, last: string): Item {
  if (call === undefined)
    return {
      ...{ id: newId('msg'), type: 'message', role: 'assistant', status: 'completed' },
      content: [{ type: 'output_text', text: last, annotations: [] }],
    };
  const { tool, input } = call;
  const call_id = newId('call');
  if (typeof input === 'string')
    return { id: newId('ctc'), type: 'custom_tool_call', status: 'completed', call_id, name: tool, input };
  const [, namespace, name] = /^(mcp__[a-z]+)__(.*)$/.exec(tool) ?? [];
  return {
    ...{ id: newId('fc'), type: 'function_call', status: 'completed', call_id },
    ...(namespace === undefined ? { name: tool } : { namespace, name }),
    arguments: JSON.stringify(input),
  };
}

function stream(res: ServerResponse): (type: string, fields: object) => void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  let sequence = 0;
  return (type, fields) => {
    res.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: sequence })}\n\n`);
    sequence += 1;
  };
}
