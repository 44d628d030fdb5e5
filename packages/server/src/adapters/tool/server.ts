/** One registered server: places, breaker, deadline, retries, and nothing of our credentials in what comes back. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { Grant } from '../../ports/grant.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import type { ServerOffer, ServerState, ToolEvents, ToolReply, ToolRequest } from '../../ports/tool.ts';
import { Breaker, BREAKER_TERMS, type Verdict } from '../shared/breaker.ts';
import type { Credentials } from '../shared/credential.ts';
import { Places } from '../shared/places.ts';
import { backoffMs, RetryBudget } from '../shared/retry.ts';
import type { ToolUpstreamsDeps } from './deps.ts';
import { abortedBy, asFailed, Failed, failedReply, TIMED_OUT } from './failed.ts';
import type { Act } from './mcp/act.ts';
import { pause } from './parts/pause.ts';
import { redactJson, redactText, resolveSecrets, type Secrets } from './parts/secrets.ts';
import type { Source, SourceState } from './source.ts';

interface ServerTerms {
  readonly record: ToolServerRecord;
  readonly deps: ToolUpstreamsDeps;
  readonly credentials: Credentials;
  readonly breaker: Breaker;
  readonly source: (state: SourceState) => Source;
}

type Call = Omit<Act, 'signal'>;

/** Says nothing about the health of the server. */
const NEUTRAL: ReadonlySet<string> = new Set([
  'unresolved',
  'queue',
  'aborted',
  'lost',
  'open',
  'blocked',
  'unauthorized',
  'too-large',
]);
/** Failures after which another attempt may help. */
const AGAIN: ReadonlySet<string> = new Set(['refused', 'reset']);

export const newBreaker = (deps: ToolUpstreamsDeps): Breaker => new Breaker(deps.clock, deps.breaker ?? BREAKER_TERMS);

export class RegisteredServer {
  readonly #terms: ServerTerms;
  readonly #places: Places;
  readonly #budget = new RetryBudget();
  readonly #source: Source;
  #state: ServerState = 'unknown';
  #users = 0;
  #freed: (() => void) | undefined;

  constructor(terms: ServerTerms) {
    this.#terms = terms;
    this.#places = new Places(terms.record.concurrency);
    this.#source = terms.source((state, internal) => this.#turn(state, internal));
  }

  get state(): ServerState {
    return this.#terms.breaker.available ? this.#state : 'open';
  }

  /** Never rejects. */
  async call(grant: Grant, request: ToolRequest, events: ToolEvents): Promise<ToolReply> {
    this.#users += 1;
    let values: readonly string[] = [];
    try {
      const secrets = resolveSecrets(this.#terms.record, this.#terms.credentials);
      values = secrets.values;
      const call = { grant, ...withKey(request), events: cleanEvents(events, values) };
      return cleanReply(await this.#governed(call, secrets), values);
    } catch (thrown) {
      return cleanReply(failedReply(asFailed(thrown)), values);
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#freed?.();
    }
  }

  /** @throws Failed */
  async offer(signal: AbortSignal): Promise<ServerOffer> {
    this.#users += 1;
    try {
      const secrets = resolveSecrets(this.#terms.record, this.#terms.credentials);
      const offer = await this.#source.offer(signal, secrets);
      this.#turn('up');
      return redactJson(offer as unknown as JsonRecord, secrets.values) as unknown as ServerOffer;
    } catch (thrown) {
      const failed = asFailed(thrown);
      if (failed.kind !== 'aborted') this.#turn('down', failed.message);
      throw failed;
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#freed?.();
    }
  }

  /** Ends once nobody uses it: another record took its place. */
  async retire(): Promise<void> {
    if (this.#users > 0)
      await new Promise<void>((done) => {
        this.#freed = done;
      });
    await this.close();
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async #governed(call: Call, secrets: Secrets): Promise<ToolReply> {
    const { breaker } = this.#terms;
    if (!breaker.claim()) throw new Failed('open', 'the breaker is open', { sent: false });
    let verdict: Verdict = 'neutral';
    try {
      await this.#place(call.request);
      try {
        const reply = await this.#timed(call, secrets);
        verdict = 'good';
        this.#turn('up');
        return reply;
      } finally {
        this.#places.free();
      }
    } catch (thrown) {
      const failed = asFailed(thrown);
      if (!NEUTRAL.has(failed.kind)) {
        verdict = 'bad';
        this.#turn(failed.kind === 'refused' ? 'down' : this.#state, failed.message);
      }
      throw failed;
    } finally {
      breaker.count(verdict);
    }
  }

  /** A free place, in turn with other bindings. @throws Failed */
  #place(request: ToolRequest): Promise<void> {
    const { signal } = request;
    if (signal.aborted) return Promise.reject(abortedBy(signal, false));
    if (this.#places.take()) return Promise.resolve();
    return new Promise((done, fail) => {
      const quit = (): void => {
        waiting.leave();
        fail(abortedBy(signal, false));
      };
      const waiting = this.#places.wait(request.binding, this.#terms.record.queueMs, {
        serve: () => {
          signal.removeEventListener('abort', quit);
          done();
        },
        refuse: () => {
          signal.removeEventListener('abort', quit);
          fail(new Failed('queue', 'no place came free in time', { sent: false }));
        },
      });
      signal.addEventListener('abort', quit, { once: true });
    });
  }

  async #timed(call: Call, secrets: Secrets): Promise<ToolReply> {
    const { request } = call;
    const stop = new AbortController();
    const quit = (): void => stop.abort(request.signal.reason === TIMED_OUT ? undefined : request.signal.reason);
    const late = setTimeout(() => stop.abort(TIMED_OUT), request.timeoutMs);
    request.signal.addEventListener('abort', quit, { once: true });
    try {
      return await this.#attempts({ ...call, signal: stop.signal }, secrets);
    } finally {
      clearTimeout(late);
      request.signal.removeEventListener('abort', quit);
    }
  }

  async #attempts(act: Act, secrets: Secrets): Promise<ToolReply> {
    this.#budget.call();
    let sent = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#source.call(act, secrets);
      } catch (thrown) {
        const failed = asFailed(thrown);
        sent ||= failed.sent;
        if (!this.#mayRepeat(act.request, failed, attempt)) throw sent ? sentAfterAll(failed) : failed;
      }
      await pause(backoffMs(attempt, this.#terms.deps.random()), act.signal, sent);
    }
  }

  /** Only what the operator declared, only where nothing was answered, and never a call that waited for input. */
  #mayRepeat(request: ToolRequest, failed: Failed, attempt: number): boolean {
    if (attempt > request.retries || failed.answered || request.resume !== undefined) return false;
    return AGAIN.has(failed.kind) && this.#budget.take();
  }

  #turn(state: ServerState, internal?: string): void {
    if (state === this.#state) return;
    const fields = { server: this.#terms.record.id, state, ...(internal === undefined ? {} : { internal }) };
    if (state === 'down') this.#terms.deps.log.warn('tool.server', fields);
    else this.#terms.deps.log.info('tool.server', fields);
    this.#state = state;
  }
}

/** The idempotency key where the operation takes it. */
function withKey(request: ToolRequest): Pick<Act, 'request' | 'headers'> {
  const key = request.idempotencyKey;
  if (key === undefined || request.method !== 'tools/call') return { request, headers: [] };
  const place = request.server.operations.find(({ name }) => name === request.params.name)?.idempotencyKey;
  if (place?.in === 'header') return { request, headers: [place.name.toLowerCase(), key] };
  if (place?.in !== 'argument') return { request, headers: [] };
  const given = isRecord(request.params.arguments) ? request.params.arguments : {};
  return { request: { ...request, params: { ...request.params, arguments: { ...given, [place.name]: key } } }, headers: [] };
}

const sentAfterAll = (failed: Failed): Failed =>
  failed.sent ? failed : new Failed(failed.kind, failed.message, { sent: true, answered: failed.answered });

function cleanReply(reply: ToolReply, values: readonly string[]): ToolReply {
  if (values.length === 0) return reply;
  switch (reply.kind) {
    case 'result':
      return { ...reply, result: redactJson(reply.result, values) };
    case 'input':
      return { ...reply, requests: redactJson(reply.requests, values) };
    case 'error': {
      const clean = { ...reply, message: redactText(reply.message, values) };
      return reply.data === undefined ? clean : { ...clean, data: redactJson(reply.data, values) };
    }
    case 'failed':
      return { ...reply, failure: { ...reply.failure, internal: redactText(reply.failure.internal, values) } };
  }
}

const cleanEvents = (events: ToolEvents, values: readonly string[]): ToolEvents =>
  values.length === 0
    ? events
    : {
        progress: (params) => events.progress(redactJson(params, values)),
        message: (params) => events.message(redactJson(params, values)),
      };
