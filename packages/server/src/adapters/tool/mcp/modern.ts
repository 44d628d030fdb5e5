/** MCP 2026-07-28: no session, every request says all that is needed. The same over HTTP and over a child's standard streams. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ToolReply } from '../../../ports/tool.ts';
import { Failed, garbage } from '../failed.ts';
import { pollPause } from '../parts/pause.ts';
import { within } from '../parts/within.ts';
import type { Answer, Ask, Wire } from '../wire/wire.ts';
import { HttpWire } from '../wire/http/wire.ts';
import type { Act } from './act.ts';
import { LiveCall } from './live.ts';
import { envelope, MODERN_VERSION, TASKS_EXTENSION } from './meta.ts';
import { allPages } from './pages.ts';
import { headerValue, paramHeaderValues } from './param-headers.ts';
import { errorOf, errorReply, inputRequests, resultOf, resultReply } from './reply.ts';
import { resultOrThrow } from './rpc-failed.ts';
import type { Query, Session, SessionTerms } from './session.ts';
import { keepListening } from './watch.ts';

const HEADER_MISMATCH = -32020;
const STATE_CHARS_MAX = 16_384;
const CANCEL_TIMEOUT_MS = 5_000;
const SMALL_ANSWER_BYTES = 1_024 * 1_024;
const LISTEN_BYTES_MAX = 16 * 1_024 * 1_024;
/** Methods whose results may be requests for input. */
const INPUT_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

export class ModernSession implements Session {
  readonly era = 'modern';
  readonly protocolVersion = MODERN_VERSION;
  readonly #terms: SessionTerms;
  readonly #wire: Wire;
  readonly #lives = new Map<Ask, LiveCall>();
  capabilities: JsonRecord = {};
  instructions: string | null = null;
  ttlMs: number | null = null;
  /** Tasks that wait for input. */
  readonly #waiting = new Set<string>();
  #tokens = 0;

  constructor(terms: SessionTerms) {
    this.#terms = terms;
    this.#wire = terms.wire((message, ask) => this.#hear(message, ask));
    if (this.#wire instanceof HttpWire) this.#wire.version = MODERN_VERSION;
  }

  get alive(): boolean {
    return this.#wire.alive;
  }

  get busy(): boolean {
    return this.#lives.size > 0 || this.#waiting.size > 0;
  }

  /** Reads what the server is. @throws Failed, RpcFailed */
  async discover(signal: AbortSignal): Promise<void> {
    const result = await this.query({ method: 'server/discover', params: {}, bytesMax: SMALL_ANSWER_BYTES, signal });
    const versions = result.supportedVersions;
    if (!Array.isArray(versions) || !versions.includes(MODERN_VERSION)) throw garbage('no version of the protocol that is known');
    this.capabilities = isRecord(result.capabilities) ? result.capabilities : {};
    this.instructions = typeof result.instructions === 'string' ? result.instructions : null;
    this.ttlMs = typeof result.ttlMs === 'number' && result.ttlMs >= 0 ? result.ttlMs : null;
  }

  async call(act: Act): Promise<ToolReply> {
    this.#tokens += 1;
    const live = new LiveCall(this.#tokens, act);
    const { request } = act;
    const resume = request.resume;
    const answers =
      resume === undefined
        ? {}
        : { inputResponses: resume.inputResponses, ...(resume.state === null ? {} : { requestState: resume.state }) };
    const params = { ...request.params, ...answers };
    let answer = await this.#act(live, params);
    if (errorOf(answer)?.code === HEADER_MISMATCH && this.#wire instanceof HttpWire) {
      // Our picture of the tool is old; the server says that it has not acted.
      this.#terms.known.forget();
      answer = await this.#act(live, params);
    }
    const error = errorOf(answer);
    return error === undefined ? this.#reply(live, resultOf(answer) ?? {}, answer.bytes) : errorReply(error);
  }

  async query({ method, params, bytesMax, signal }: Query): Promise<JsonRecord> {
    const meta = this.#meta({}, undefined);
    const headers = this.#headers(method, params, []);
    const result = resultOrThrow(await this.#wire.ask({ method, params: { ...params, _meta: meta }, bytesMax, signal, headers }));
    if (result.resultType !== 'complete') throw garbage('a result of a kind that is not known');
    return result;
  }

  watch(): void {
    const { tools, prompts, resources } = this.capabilities;
    const notifications = {
      ...(isRecord(tools) && tools.listChanged === true ? { toolsListChanged: true } : {}),
      ...(isRecord(prompts) && prompts.listChanged === true ? { promptsListChanged: true } : {}),
      ...(isRecord(resources) && resources.listChanged === true ? { resourcesListChanged: true } : {}),
    };
    if (Object.keys(notifications).length === 0) return;
    const never = new AbortController().signal;
    const query = { method: 'subscriptions/listen', params: { notifications }, bytesMax: LISTEN_BYTES_MAX, signal: never };
    keepListening(this.#wire, () => this.query(query).then(() => undefined));
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  #meta(capabilities: JsonRecord, logLevel: string | undefined): JsonRecord {
    return envelope({ version: MODERN_VERSION, capabilities, client: this.#terms.client, logLevel });
  }

  /** Headers that repeat the body. */
  #headers(method: string, params: JsonRecord, more: readonly string[]): string[] {
    if (this.#terms.transport !== 'http') return [];
    const name = method === 'resources/read' ? params.uri : method.startsWith('tasks/') ? params.taskId : params.name;
    const named = typeof name === 'string' && NAMED.test(method) ? ['mcp-name', headerValue(name)] : [];
    return ['mcp-method', method, ...named, ...more];
  }

  async #act(live: LiveCall, params: JsonRecord): Promise<Answer> {
    const { request, signal } = live.act;
    const call = request.method === 'tools/call';
    const declared = call && this.#terms.transport === 'http' ? (await this.#known(String(params.name), signal)).headers : [];
    const capabilities = call ? { ...request.capabilities, extensions: { [TASKS_EXTENSION]: {} } } : request.capabilities;
    const meta = {
      ...this.#meta(capabilities, request.logLevel),
      traceparent: request.traceparent,
      ...(request.progress ? { progressToken: live.token } : {}),
    };
    const headers = this.#headers(request.method, params, [
      ...paramHeaderValues(declared, params.arguments),
      ...live.act.headers,
    ]);
    return this.#ask(live, { method: request.method, params: { ...params, _meta: meta }, headers });
  }

  async #ask(live: LiveCall, parts: Pick<Ask, 'method' | 'params' | 'headers'>): Promise<Answer> {
    const ask: Ask = { ...parts, bytesMax: live.act.request.resultBytesMax, signal: live.act.signal };
    this.#lives.set(ask, live);
    try {
      return await this.#wire.ask(ask);
    } finally {
      this.#lives.delete(ask);
    }
  }

  /** The list is asked for on behalf of all who wait for it: no one caller's end may end it. */
  #known(name: string, signal: AbortSignal): ReturnType<SessionTerms['known']['of']> {
    const { known, limits } = this.#terms;
    const list = async (): Promise<readonly JsonRecord[]> => {
      const late = AbortSignal.timeout(limits.offerMs);
      const page = (params: JsonRecord) =>
        this.query({ method: 'tools/list', params, bytesMax: limits.offerBytesMax, signal: late });
      return (await allPages({ member: 'tools', page })).items;
    };
    return within(known.of(name, list), signal, false);
  }

  #reply(live: LiveCall, result: JsonRecord, bytes: number): ToolReply | Promise<ToolReply> {
    const { method, capabilities } = live.act.request;
    switch (result.resultType) {
      case 'complete':
        return resultReply(method, result, bytes);
      case 'input_required':
        if (!INPUT_METHODS.has(method)) throw garbage(`${method} asks for input`);
        return this.#input(result, capabilities);
      case 'task':
        if (method !== 'tools/call') throw garbage(`${method} answers with a task`);
        return this.#drive(live, result, result.taskId);
      default:
        throw garbage('a result of a kind that is not known');
    }
  }

  #input(result: JsonRecord, declared: JsonRecord): ToolReply {
    const requests = inputRequests(result.inputRequests, declared);
    const state = result.requestState ?? null;
    if (state !== null && typeof state !== 'string') throw garbage('a request state that is no string');
    if (state !== null && state.length > STATE_CHARS_MAX) throw garbage('a request state above the cap');
    if (state === null && Object.keys(requests).length === 0) throw garbage('a request for input that asks for nothing');
    return { kind: 'input', requests, state };
  }

  /** A task of the extension, asked after until it is done. */
  async #drive(live: LiveCall, created: JsonRecord, taskId: Json | undefined): Promise<ToolReply> {
    if (typeof taskId !== 'string') throw garbage('a task without an id');
    let task = created;
    let bytes = 0;
    try {
      // At least once: what was created says no more than its state.
      do {
        await pollPause(task.pollIntervalMs, live.act.signal);
        const answer = await this.#task(live, 'tasks/get', { taskId });
        task = resultOrThrow(answer);
        bytes = answer.bytes;
      } while (task.status === 'working');
    } catch (thrown) {
      this.#cancelTask(taskId);
      throw thrown;
    }
    return this.#taskReply(live, task, { taskId, bytes });
  }

  #taskReply(live: LiveCall, task: JsonRecord, { taskId, bytes }: { taskId: string; bytes: number }): ToolReply {
    switch (task.status) {
      case 'completed':
        if (!isRecord(task.result)) throw garbage('a task without its result');
        return resultReply('tools/call', task.result, bytes);
      case 'failed':
        if (!isRecord(task.error) || typeof task.error.message !== 'string') throw garbage('a failed task without its error');
        return errorReply(task.error);
      case 'cancelled':
        return { kind: 'error', code: -32603, message: 'The server cancelled the task.' };
      case 'input_required':
        return this.#parkTask(live, inputRequests(task.inputRequests, live.act.request.capabilities), taskId);
      default:
        throw garbage('a task in a state that is not known');
    }
  }

  #parkTask(live: LiveCall, requests: JsonRecord, taskId: string): ToolReply {
    const { binding } = live.act.request;
    const state = this.#terms.parked.park({
      binding,
      cancel: () => {
        this.#waiting.delete(taskId);
        this.#cancelTask(taskId);
      },
      resume: async (responses, act) => {
        if (!this.alive) throw new Failed('lost', 'the server ended while its task waited for input', { sent: true });
        this.#waiting.delete(taskId);
        live.act = act;
        const known = Object.fromEntries(Object.entries(responses).filter(([key]) => Object.hasOwn(requests, key)));
        if (Object.keys(known).length === 0) return this.#parkTask(live, requests, taskId);
        resultOrThrow(await this.#task(live, 'tasks/update', { taskId, inputResponses: known }));
        return this.#drive(live, { status: 'working', pollIntervalMs: 0 }, taskId);
      },
    });
    if (state !== undefined) {
      this.#waiting.add(taskId);
      return { kind: 'input', requests, state };
    }
    this.#cancelTask(taskId);
    throw new Failed('queue', 'too many calls of this binding wait for input', { sent: true });
  }

  #task(live: LiveCall, method: string, params: JsonRecord): Promise<Answer> {
    const capabilities = { ...live.act.request.capabilities, extensions: { [TASKS_EXTENSION]: {} } };
    const meta = this.#meta(capabilities, undefined);
    return this.#ask(live, { method, params: { ...params, _meta: meta }, headers: this.#headers(method, params, []) });
  }

  #cancelTask(taskId: string): void {
    const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
    const params = { taskId };
    const meta = this.#meta({ extensions: { [TASKS_EXTENSION]: {} } }, undefined);
    const headers = this.#headers('tasks/cancel', params, []);
    const ask = { method: 'tasks/cancel', params: { ...params, _meta: meta }, bytesMax: SMALL_ANSWER_BYTES, signal, headers };
    this.#wire.ask(ask).catch(() => undefined);
  }

  #hear(message: JsonRecord, ask: Ask | undefined): void {
    const params = isRecord(message.params) ? message.params : {};
    // Requests of the server are forbidden in this era; on a shared stream one that waits should not wait for ever.
    if (message.id !== undefined) {
      if (this.#terms.transport === 'stdio')
        this.#wire.tell({ jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'Method not found' } });
      return;
    }
    const method = String(message.method);
    if (method === 'notifications/progress') this.#byToken(params.progressToken)?.progress(params);
    else if (method === 'notifications/message') this.#only(ask)?.message(params);
    else if (/^notifications\/(tools|prompts|resources)\/list_changed$/.test(method)) this.#terms.changed('list');
    else if (method === 'notifications/resources/updated' && typeof params.uri === 'string')
      this.#terms.changed('resource', params.uri);
  }

  #byToken(token: Json | undefined): LiveCall | undefined {
    for (const live of this.#lives.values()) if (live.token === token && live.act.request.progress) return live;
    return undefined;
  }

  #only(ask: Ask | undefined): LiveCall | undefined {
    if (ask !== undefined) return this.#lives.get(ask);
    return this.#lives.size === 1 ? [...this.#lives.values()][0] : undefined;
  }
}

const NAMED = /^(tools\/call|prompts\/get|resources\/read|tasks\/(get|update|cancel))$/;
