/** A model of a script, for both clients: it calls a tool of the door a number of times, and then says what came back last. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';

export interface Step {
  /** Exposed name of the tool at the door. */
  readonly tool: string;
  readonly args: object;
  /** Runs before the model asks: a person may decide meanwhile. `results` are those so far, as the client sent them. */
  readonly before?: (results: readonly string[]) => Promise<void>;
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
type Item = Readonly<Record<string, unknown>>;
const itemsOf = (value: unknown): readonly Item[] => (Array.isArray(value) ? (value as Item[]) : []);

export class ScriptedModel {
  steps: readonly Step[] = [];
  /** What the client told the model of each call. */
  results: readonly string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((req, res) => {
      this.#serve(req, res).catch(() => res.destroy());
    });
  }

  static async open(): Promise<ScriptedModel> {
    const model = new ScriptedModel();
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
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    if (path.endsWith('/responses')) return this.#responses(body, res);
    if (path.endsWith('/count_tokens')) return json(res, { input_tokens: 100 });
    return this.#messages(body, res);
  }

  async #next(results: readonly string[]): Promise<Step | undefined> {
    this.results = results;
    const step = this.steps[results.length];
    await step?.before?.(results);
    return step;
  }

  async #responses(body: Record<string, unknown>, res: ServerResponse): Promise<void> {
    const results = itemsOf(body['input'])
      .filter(({ type }) => type === 'function_call_output')
      .map(({ output }) => JSON.stringify(output));
    const step = await this.#next(results);
    const item =
      step === undefined
        ? {
            ...{ id: newId('msg'), type: 'message', role: 'assistant', status: 'completed' },
            content: [{ type: 'output_text', text: `Last: ${results.at(-1) ?? ''}`, annotations: [] }],
          }
        : {
            ...{ id: newId('fc'), type: 'function_call', status: 'completed', call_id: newId('call') },
            ...{ namespace: 'mcp__countersign', name: step.tool, arguments: JSON.stringify(step.args) },
          };
    const usage = {
      ...{ input_tokens: 10, output_tokens: 10, total_tokens: 20 },
      ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
    };
    const base = { id: newId('resp'), object: 'response', created_at: 1, model: body['model'] };
    const emit = stream(res);
    emit('response.created', { response: { ...base, status: 'in_progress', output: [], usage: null } });
    emit('response.output_item.added', { output_index: 0, item });
    emit('response.output_item.done', { output_index: 0, item });
    emit('response.completed', { response: { ...base, status: 'completed', output: [item], usage } });
    res.end();
  }

  async #messages(body: Record<string, unknown>, res: ServerResponse): Promise<void> {
    const results = itemsOf(body['messages'])
      .flatMap(({ content }) => itemsOf(content))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) => JSON.stringify(content));
    // A request without tools is the client's own: a title for the session.
    const own = itemsOf(body['tools']).length === 0;
    const step = own ? undefined : await this.#next(results);
    const block =
      step === undefined
        ? { type: 'text', text: own ? 'Title' : `Last: ${results.at(-1) ?? ''}` }
        : { type: 'tool_use', id: newId('toolu'), name: `mcp__countersign__${step.tool}`, input: step.args };
    const stop_reason = step === undefined ? 'end_turn' : 'tool_use';
    const usage = { input_tokens: 10, output_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const message = { id: newId('msg'), type: 'message', role: 'assistant', model: body['model'], stop_sequence: null };
    if (body['stream'] !== true) return json(res, { ...message, content: [block], stop_reason, usage });
    const emit = stream(res);
    emit('message_start', { message: { ...message, content: [], stop_reason: null, usage } });
    emit('content_block_start', {
      index: 0,
      content_block: step === undefined ? { ...block, text: '' } : { ...block, input: {} },
    });
    const delta =
      step === undefined
        ? { type: 'text_delta', text: (block as { text: string }).text }
        : { type: 'input_json_delta', partial_json: JSON.stringify(step.args) };
    emit('content_block_delta', { index: 0, delta });
    emit('content_block_stop', { index: 0 });
    emit('message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
    emit('message_stop', {});
    res.end();
  }
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
