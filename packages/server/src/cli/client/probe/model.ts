/** A model of a script for either client, on a loopback port: any tool calls, and what the client told of each. It stands where the real provider would. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Step {
  /** Of the client: `Bash`, `exec_command`, `mcp__countersign__x`. */
  readonly tool: string;
  readonly input: object | string | ((results: readonly string[]) => object);
}

type Item = Readonly<Record<string, unknown>>;
const itemsOf = (value: unknown): readonly Item[] => (Array.isArray(value) ? (value as Item[]) : []);
const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;

export class ScriptedTools {
  steps: readonly Step[] = [];
  /** What the client told the model of each call. */
  results: readonly string[] = [];
  /** Requests for an answer of the model. */
  asked = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((req, res) => {
      this.#serve(req, res).catch(() => res.destroy());
    });
  }

  static async open(): Promise<ScriptedTools> {
    const model = new ScriptedTools();
    await new Promise<void>((done) => model.#server.listen(0, '127.0.0.1', done));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    if (req.method !== 'POST') return json(res, { object: 'list', data: [] });
    if (!/\/(responses|messages)$/.test(path)) return json(res, { input_tokens: 100 });
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Item;
    this.asked += 1;
    return path.endsWith('/responses') ? this.#responses(body, res) : this.#messages(body, res);
  }

  #responses(body: Item, res: ServerResponse): void {
    this.results = itemsOf(body['input'])
      .filter(({ type }) => type === 'function_call_output' || type === 'custom_tool_call_output')
      .map(({ output }) => (typeof output === 'string' ? output : JSON.stringify(output)));
    const item = openaiItem(this.steps[this.results.length], this.results);
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

  #messages(body: Item, res: ServerResponse): void {
    // A request without tools is the client's own: a title for the session.
    const own = itemsOf(body['tools']).length === 0;
    if (!own)
      this.results = itemsOf(body['messages'])
        .flatMap(({ content }) => itemsOf(content))
        .filter(({ type }) => type === 'tool_result')
        .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
    const step = own ? undefined : this.steps[this.results.length];
    const text = own ? 'Title' : `Last: ${this.results.at(-1) ?? ''}`;
    const block =
      step === undefined
        ? { type: 'text', text }
        : { type: 'tool_use', id: newId('toolu'), name: step.tool, input: inputOf(step, this.results) };
    const stop_reason = step === undefined ? 'end_turn' : 'tool_use';
    const usage = { input_tokens: 10, output_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const message = { id: newId('msg'), type: 'message', role: 'assistant', model: body['model'], stop_sequence: null };
    if (body['stream'] !== true) return json(res, { ...message, content: [block], stop_reason, usage });
    const emit = stream(res);
    const begin = step === undefined ? { ...block, text: '' } : { ...block, input: {} };
    const delta =
      step === undefined
        ? { type: 'text_delta', text }
        : { type: 'input_json_delta', partial_json: JSON.stringify(inputOf(step, this.results)) };
    emit('message_start', { message: { ...message, content: [], stop_reason: null, usage } });
    emit('content_block_start', { index: 0, content_block: begin });
    emit('content_block_delta', { index: 0, delta });
    emit('content_block_stop', { index: 0 });
    emit('message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
    emit('message_stop', {});
    res.end();
  }
}

const inputOf = ({ input }: Step, results: readonly string[]): object | string =>
  typeof input === 'function' ? input(results) : input;

function openaiItem(step: Step | undefined, results: readonly string[]): Item {
  if (step === undefined)
    return {
      ...{ id: newId('msg'), type: 'message', role: 'assistant', status: 'completed' },
      content: [{ type: 'output_text', text: `Last: ${results.at(-1) ?? ''}`, annotations: [] }],
    };
  const { tool } = step;
  const input = inputOf(step, results);
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

const json = (res: ServerResponse, value: object): void => {
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
