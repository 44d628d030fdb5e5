/**
 * A session of the legacy era, 2024-11-05 to 2025-11-25. The server may ask while a call is on its way: the call is then parked, and
 * what it asked is handed out as the modern era would.
 */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ToolReply } from '../../../ports/tool.ts';
import { Failed, garbage } from '../failed.ts';
import { pollPause } from '../parts/pause.ts';
import { within } from '../parts/within.ts';
import type { Answer, Ask, Wire } from '../wire/wire.ts';
import { HttpWire } from '../wire/http/wire.ts';
import type { Act } from './act.ts';
import { Ears } from './ears.ts';
import { Lane } from './lane.ts';
import { LiveCall } from './live.ts';
import { LEGACY_VERSIONS } from './meta.ts';
import { allPages } from './pages.ts';
import { errorOf, errorReply, inputRequest, resultOf, resultReply, URL_ELICITATION } from './reply.ts';
import { resultOrThrow } from './rpc-failed.ts';
import type { Query, Session, SessionTerms } from './session.ts';
import { watchStream } from './watch.ts';

/** A server that has no such stream says so at once. */
const LISTEN_MS = 1_000;
const CANCEL_TIMEOUT_MS = 5_000;
const SMALL_ANSWER_BYTES = 1_024 * 1_024;

export class LegacySession implements Session {
  readonly era = 'legacy';
  readonly ttlMs = null;
  readonly #terms: SessionTerms;
  readonly #wire: Wire;
  readonly #ears: Ears;
  readonly #lane: Lane;
  protocolVersion = '';
  capabilities: JsonRecord = {};
  instructions: string | null = null;
  #tokens = 0;
  #listening: Promise<void> | undefined;
  #level: string | undefined;

  /** @throws Failed; the wire is closed then */
  static async open(terms: SessionTerms, signal: AbortSignal): Promise<LegacySession> {
    const session = new LegacySession(terms);
    try {
      await session.#initialize(signal);
      await session.#hearQuestions();
      return session;
    } catch (thrown) {
      await session.close();
      throw thrown;
    }
  }

  private constructor(terms: SessionTerms) {
    this.#terms = terms;
    this.#ears = new Ears({
      tell: (message) => this.#wire.tell(message),
      declared: terms.capabilities,
      changed: terms.changed,
    });
    this.#wire = terms.wire((message, ask) => this.#ears.hear(message, ask));
    // On one shared stream a question names no call: there is only one that may be meant.
    this.#lane = new Lane(terms.transport === 'http' || Object.keys(terms.capabilities).length === 0);
  }

  get alive(): boolean {
    return this.#wire.alive;
  }

  get busy(): boolean {
    return this.#ears.lives.size > 0;
  }

  async call(act: Act): Promise<ToolReply> {
    await this.#lane.enter(act.signal);
    try {
      await this.#setLevel(act);
      this.#tokens += 1;
      const live = new LiveCall(this.#tokens, act);
      this.#ears.lives.add(live);
      live.run = this.#run(live).finally(() => {
        live.over = true;
        this.#ears.lives.delete(live);
      });
      live.run.catch(() => {
        live.failed = true;
      });
      return await this.#next(live);
    } finally {
      this.#lane.leave();
    }
  }

  async query(query: Query): Promise<JsonRecord> {
    return resultOrThrow(await this.#wire.ask(query));
  }

  watch(): void {
    if (this.#wire instanceof HttpWire) this.#listening ??= watchStream(this.#wire);
  }

  /** Servers may ask on the stream of the call, or on that of the session: then it must be open before the first call. */
  async #hearQuestions(): Promise<void> {
    if (Object.keys(this.#terms.capabilities).length === 0) return;
    this.watch();
    await Promise.race([this.#listening, new Promise((late) => setTimeout(late, LISTEN_MS).unref())]);
  }

  close(): Promise<void> {
    for (const live of this.#ears.lives) live.stop.abort();
    return this.#wire.close();
  }

  async #initialize(signal: AbortSignal): Promise<void> {
    const params = {
      protocolVersion: LEGACY_VERSIONS[0] ?? '',
      capabilities: this.#terms.capabilities,
      clientInfo: this.#terms.client,
    };
    const result = await this.query({ method: 'initialize', params, bytesMax: SMALL_ANSWER_BYTES, signal });
    const { protocolVersion: version } = result;
    if (typeof version !== 'string' || !LEGACY_VERSIONS.includes(version)) throw garbage('a protocol version that is not known');
    this.protocolVersion = version;
    this.capabilities = isRecord(result.capabilities) ? result.capabilities : {};
    this.instructions = typeof result.instructions === 'string' ? result.instructions : null;
    if (this.#wire instanceof HttpWire) this.#wire.version = version;
    this.#wire.tell({ jsonrpc: '2.0', method: 'notifications/initialized' });
  }

  /** The log level is the session's in this era. */
  async #setLevel(act: Act): Promise<void> {
    const level = act.request.logLevel;
    if (level === undefined || level === this.#level || this.capabilities.logging === undefined) return;
    const query = { method: 'logging/setLevel', params: { level }, bytesMax: SMALL_ANSWER_BYTES, signal: act.signal };
    await this.query(query);
    this.#level = level;
  }

  /** Until the answer, or until the server asks for input. */
  async #next(live: LiveCall): Promise<ToolReply> {
    const { signal, request } = live.act;
    const quit = (): void => live.stop.abort(signal.reason);
    signal.addEventListener('abort', quit, { once: true });
    if (signal.aborted) quit();
    try {
      const first = await Promise.race([live.run, live.whenAsked()]);
      if (first !== 'asked') return first;
    } finally {
      signal.removeEventListener('abort', quit);
    }
    return this.#park(live, request.binding);
  }

  #park(live: LiveCall, binding: string): ToolReply {
    live.parked = true;
    const requests = live.requests();
    const state = this.#terms.parked.park({
      binding,
      resume: (responses, act) => this.#resume(live, responses, act),
      cancel: () => live.stop.abort(),
    });
    if (state !== undefined) return { kind: 'input', requests, state };
    live.stop.abort();
    throw new Failed('queue', 'too many calls of this binding wait for input', { sent: true });
  }

  async #resume(live: LiveCall, responses: JsonRecord, act: Act): Promise<ToolReply> {
    await this.#lane.enter(act.signal);
    try {
      if (live.failed) throw new Failed('lost', 'the call ended while it waited for input', { sent: true });
      live.act = act;
      live.parked = false;
      for (const { id, answer } of live.answer(responses)) this.#wire.tell({ jsonrpc: '2.0', id, ...answer });
      if (live.waits && !live.over) return this.#park(live, act.request.binding);
      return await this.#next(live);
    } finally {
      this.#lane.leave();
    }
  }

  async #run(live: LiveCall): Promise<ToolReply> {
    const { request } = live.act;
    const asTask = request.method === 'tools/call' && (await this.#needsTask(live));
    const meta = { traceparent: request.traceparent, ...(request.progress ? { progressToken: live.token } : {}) };
    const task = asTask ? { task: { ttl: request.timeoutMs } } : {};
    const answer = await this.#ask(live, request.method, { ...request.params, ...task, _meta: meta });
    const error = errorOf(answer);
    if (error !== undefined) return this.#errorReply(error);
    const result = resultOf(answer) ?? {};
    if (asTask && isRecord(result.task)) return this.#drive(live, result.task);
    return this.#finished(live, result, answer.bytes);
  }

  #finished(live: LiveCall, result: JsonRecord, bytes: number): ToolReply {
    const { method } = live.act.request;
    // The modern form of this result says how long it holds; this era does not know.
    const hints = method === 'resources/read' ? { ttlMs: 0, cacheScope: 'private' } : {};
    return resultReply(method, { ...hints, ...result }, bytes);
  }

  async #needsTask(live: LiveCall): Promise<boolean> {
    const { tasks } = this.capabilities;
    if (!isRecord(tasks) || !isRecord(tasks.requests) || !isRecord(tasks.requests.tools)) return false;
    const { known, limits } = this.#terms;
    const list = async (): Promise<readonly JsonRecord[]> => {
      // On behalf of all who wait for it: no one caller's end may end it.
      const late = AbortSignal.timeout(limits.offerMs);
      const page = (params: JsonRecord) =>
        this.query({ method: 'tools/list', params, bytesMax: limits.offerBytesMax, signal: late });
      return (await allPages({ member: 'tools', page })).items;
    };
    const tool = await within(known.of(String(live.act.request.params.name), list), live.stop.signal, false);
    return tool.taskRequired;
  }

  /** A tool that answers through a task only: asked after until it is done, then its result fetched. */
  async #drive(live: LiveCall, created: JsonRecord): Promise<ToolReply> {
    const { taskId } = created;
    if (typeof taskId !== 'string') throw garbage('a task without an id');
    try {
      let task = created;
      while (task.status === 'working' || task.status === 'submitted') {
        await pollPause(task.pollInterval, live.stop.signal);
        task = resultOrThrow(await this.#ask(live, 'tasks/get', { taskId }));
      }
      // Also where it wants input: this request is what the question comes with.
      const answer = await this.#ask(live, 'tasks/result', { taskId });
      const error = errorOf(answer);
      return error === undefined ? this.#finished(live, resultOf(answer) ?? {}, answer.bytes) : errorReply(error);
    } catch (thrown) {
      this.#cancelTask(taskId);
      throw thrown;
    }
  }

  #cancelTask(taskId: string): void {
    const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
    this.#wire.ask({ method: 'tasks/cancel', params: { taskId }, bytesMax: SMALL_ANSWER_BYTES, signal }).catch(() => undefined);
  }

  async #ask(live: LiveCall, method: string, params: JsonRecord): Promise<Answer> {
    const { request, headers } = live.act;
    const ask: Ask = { method, params, bytesMax: request.resultBytesMax, signal: live.stop.signal, headers };
    live.asks.add(ask);
    try {
      return await this.#wire.ask(ask);
    } finally {
      live.asks.delete(ask);
    }
  }

  /** An error that asks to open addresses is a request for input; the call is then made anew. */
  #errorReply(error: JsonRecord): ToolReply {
    const { capabilities } = this.#terms;
    const { elicitation } = capabilities;
    const asked = Number(error.code) === URL_ELICITATION && isRecord(error.data) ? error.data.elicitations : undefined;
    if (!Array.isArray(asked) || asked.length === 0 || !isRecord(elicitation) || elicitation.url === undefined)
      return errorReply(error);
    const requests = asked.map((params, at) => [
      `input-${at + 1}`,
      inputRequest({ method: 'elicitation/create', params: { mode: 'url', ...(isRecord(params) ? params : {}) } }, capabilities),
    ]);
    return { kind: 'input', requests: Object.fromEntries(requests), state: null };
  }
}
