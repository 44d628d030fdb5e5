/** The far side of the real clients where only their files are tested: a scripted model, and a decision point that keeps what it is asked. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Record_ = Readonly<Record<string, unknown>>;

/** One thing that the model does: a call of a tool by its name, or a free-form one. */
export interface Move {
  readonly tool: string;
  readonly input: object | string;
}

export interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record_;
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
const listOf = (value: unknown): readonly Record_[] => (Array.isArray(value) ? (value as Record_[]) : []);

export class ClientStand {
  moves: readonly Move[] = [];
  /** What the decision point says of a tool call. */
  allows: (input: string) => boolean = () => true;
  readonly seen: Seen[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((req, res) => {
      this.#serve(req, res).catch(() => res.destroy());
    });
  }

  static async open(): Promise<ClientStand> {
    const stand = new ClientStand();
    await new Promise<void>((done) => stand.#server.listen(0, '127.0.0.1', done));
    return stand;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  at(suffix: string): readonly Seen[] {
    return this.seen.filter(({ path }) => path.endsWith(suffix));
  }

  /** Questions to the decision point: event and tool. */
  get asked(): readonly string[] {
    const preflights = this.at('/mcp').flatMap(({ body }) => {
      const params = body['params'] as { name?: string; arguments?: Record_ } | undefined;
      return params?.name === 'preflight' ? [`${String(params.arguments?.['event'])} ${String(params.arguments?.['tool'])}`] : [];
    });
    const hooks = this.at('/hooks/claude').map(({ body }) => `${String(body['hook_event_name'])} ${String(body['tool_name'])}`);
    return [...preflights, ...hooks];
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = text.startsWith('{') ? (JSON.parse(text) as Record_) : {};
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    this.seen.push({ path, headers: req.headers, body });
    if (req.method !== 'POST') return void res.writeHead(req.method === 'GET' && path === '/mcp' ? 405 : 200).end();
    if (path === '/mcp') return this.#mcp(body, res);
    if (path === '/hooks/claude')
      return json(res, this.#verdict(String(body['hook_event_name']), JSON.stringify(body['tool_input'] ?? null)));
    if (path.endsWith('/responses')) return this.#responses(body, res);
    if (path.endsWith('/messages')) return this.#messages(body, res);
    return json(res, {});
  }

  #verdict(event: string, input: string): object {
    const allowed = this.allows(input);
    const reason = 'denied by the stand';
    if (event === 'PermissionRequest')
      return {
        hookSpecificOutput: {
          hookEventName: event,
          decision: allowed ? { behavior: 'allow' } : { behavior: 'deny', message: reason },
        },
      };
    if (event !== 'PreToolUse') return {};
    const permissionDecision = allowed ? 'allow' : 'deny';
    return { hookSpecificOutput: { hookEventName: event, permissionDecision, permissionDecisionReason: reason } };
  }

  #mcp(body: Record_, res: ServerResponse): void {
    if (body['id'] === undefined) return void res.writeHead(202).end();
    const params = (body['params'] ?? {}) as { name?: string; arguments?: Record_; protocolVersion?: string };
    const answer = (result: object) => json(res, { jsonrpc: '2.0', id: body['id'], result }, { 'mcp-session-id': 'one' });
    switch (body['method']) {
      case 'initialize':
        return answer({
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'stand', version: '1' },
        });
      case 'tools/list':
        return answer({ tools: [] });
      case 'tools/call': {
        const verdict = this.#verdict(String(params.arguments?.['event']), JSON.stringify(params.arguments?.['tool_input']));
        // Codex has no word for an explicit allow before a tool: what is not denied goes on to the permission request.
        const denies = JSON.stringify(verdict).includes('deny') || params.arguments?.['event'] === 'PermissionRequest';
        return answer({ content: [{ type: 'text', text: JSON.stringify(denies ? verdict : {}) }] });
      }
      default:
        return json(res, { jsonrpc: '2.0', id: body['id'], error: { code: -32_601, message: 'no such method' } });
    }
  }

  #responses(body: Record_, res: ServerResponse): void {
    const results = listOf(body['input']).filter(({ type }) => String(type).endsWith('_output'));
    const move = this.moves[results.length];
    const call = { status: 'completed', call_id: newId('call'), name: move?.tool };
    const said = { id: newId('msg'), type: 'message', role: 'assistant', status: 'completed' };
    const item =
      move === undefined
        ? { ...said, content: [{ type: 'output_text', text: `Done after ${results.length}`, annotations: [] }] }
        : typeof move.input === 'string'
          ? { id: newId('ctc'), type: 'custom_tool_call', ...call, input: move.input }
          : { id: newId('fc'), type: 'function_call', ...call, arguments: JSON.stringify(move.input) };
    const usage = {
      input_tokens: 10,
      output_tokens: 10,
      total_tokens: 20,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    };
    const base = { id: newId('resp'), object: 'response', created_at: 1, model: body['model'] };
    const emit = stream(res);
    emit('response.created', { response: { ...base, status: 'in_progress', output: [], usage: null } });
    emit('response.output_item.added', { output_index: 0, item });
    emit('response.output_item.done', { output_index: 0, item });
    emit('response.completed', { response: { ...base, status: 'completed', output: [item], usage } });
    res.end();
  }

  #messages(body: Record_, res: ServerResponse): void {
    const results = listOf(body['messages'])
      .flatMap(({ content }) => listOf(content))
      .filter(({ type }) => type === 'tool_result');
    const move = listOf(body['tools']).length === 0 ? undefined : this.moves[results.length];
    const text = `Done after ${results.length}`;
    const block =
      move === undefined ? { type: 'text', text } : { type: 'tool_use', id: newId('toolu'), name: move.tool, input: move.input };
    const stop_reason = move === undefined ? 'end_turn' : 'tool_use';
    const usage = { input_tokens: 10, output_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const message = { id: newId('msg'), type: 'message', role: 'assistant', model: body['model'], stop_sequence: null };
    if (body['stream'] !== true) return json(res, { ...message, content: [block], stop_reason, usage });
    const emit = stream(res);
    emit('message_start', { message: { ...message, content: [], stop_reason: null, usage } });
    emit('content_block_start', {
      index: 0,
      content_block: move === undefined ? { type: 'text', text: '' } : { ...block, input: {} },
    });
    const delta =
      move === undefined ? { type: 'text_delta', text } : { type: 'input_json_delta', partial_json: JSON.stringify(move.input) };
    emit('content_block_delta', { index: 0, delta });
    emit('content_block_stop', { index: 0 });
    emit('message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
    emit('message_stop', {});
    res.end();
  }
}

function json(res: ServerResponse, body: object, headers: Readonly<Record<string, string>> = {}): void {
  res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function stream(res: ServerResponse): (type: string, body: object) => void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  return (type, body) => void res.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`);
}
