/** Tool servers of every kind behind one door: the grant first, then the server of the record. */
import { Fault, type FaultCode } from '@countersign/kernel/fault';
import { Grant } from '../../ports/grant.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import type {
  ServerOffer,
  ServerState,
  ToolEvents,
  ToolFailureKind,
  ToolReply,
  ToolRequest,
  ToolUpstreams,
} from '../../ports/tool.ts';
import type { Breaker } from '../shared/breaker.ts';
import { Credentials } from '../shared/credential.ts';
import { Changes } from './changes.ts';
import type { ToolUpstreamsDeps } from './deps.ts';
import { asFailed, TIMED_OUT } from './failed.ts';
import { McpServer } from './mcp/server.ts';
import { MemorySource } from './memory.ts';
import { LIMITS, type Limits } from './parts/limits.ts';
import { RestSource } from './rest/source.ts';
import { newBreaker, RegisteredServer } from './server.ts';
import type { Source, SourceState } from './source.ts';

interface Known {
  /** What a server is made of; another one takes its place when this changes. */
  readonly print: string;
  readonly server: RegisteredServer;
}

/** One for the process. Close it in the end: children would outlive it. */
export const createToolUpstreams = (deps: ToolUpstreamsDeps): ToolUpstreams => new Servers(deps);

class Servers implements ToolUpstreams {
  readonly #deps: ToolUpstreamsDeps;
  readonly #limits: Limits;
  readonly #credentials: Credentials;
  readonly #changes = new Changes();
  readonly #known = new Map<string, Known>();
  readonly #breakers = new Map<string, Breaker>();
  readonly #prints = new WeakMap<ToolServerRecord, string>();
  readonly #retired = new Set<RegisteredServer>();

  constructor(deps: ToolUpstreamsDeps) {
    this.#deps = deps;
    this.#limits = { ...LIMITS, ...deps.limits };
    this.#credentials = new Credentials(deps.clock, deps.environment);
  }

  call(grant: Grant, request: ToolRequest, events: ToolEvents): Promise<ToolReply> {
    const terms = Grant.check(grant, request.action);
    if (terms.expiresAt <= this.#deps.clock.now()) throw new TypeError('the grant has expired');
    return this.#server(request.server).call(grant, request, events);
  }

  async offer(server: ToolServerRecord, signal: AbortSignal): Promise<ServerOffer> {
    const stop = new AbortController();
    const quit = (): void => stop.abort(signal.reason);
    const late = setTimeout(() => stop.abort(TIMED_OUT), this.#limits.offerMs);
    signal.addEventListener('abort', quit, { once: true });
    if (signal.aborted) quit();
    try {
      return await this.#server(server).offer(stop.signal);
    } catch (thrown) {
      const failed = asFailed(thrown);
      const [code, text] = FAULTS[failed.kind] ?? UNAVAILABLE;
      throw new Fault(code, text(server.id), { internal: `tool server ${server.id}: ${failed.kind}: ${failed.message}` });
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', quit);
    }
  }

  onChange(listener: (server: string, what: 'list' | 'resource', uri?: string) => void): void {
    this.#changes.listen(listener);
  }

  state(server: string): ServerState {
    return this.#known.get(server)?.server.state ?? 'unknown';
  }

  async close(): Promise<void> {
    this.#changes.close();
    const all = [...this.#retired, ...[...this.#known.values()].map(({ server }) => server)];
    this.#known.clear();
    await Promise.all(all.map((server) => server.close()));
  }

  #server(record: ToolServerRecord): RegisteredServer {
    const print = this.#print(record);
    const known = this.#known.get(record.id);
    if (known?.print === print) return known.server;
    if (known !== undefined) this.#retire(known.server);
    const server = new RegisteredServer({
      record,
      deps: this.#deps,
      credentials: this.#credentials,
      breaker: this.#breaker(record.id),
      source: (state) => this.#source(record, state),
    });
    this.#known.set(record.id, { print, server });
    return server;
  }

  /** Records are immutable, and a revision has its own: each is read once. */
  #print(record: ToolServerRecord): string {
    const known = this.#prints.get(record);
    if (known !== undefined) return known;
    const { transport, credentials, concurrency, queueMs } = record;
    const own = transport.kind === 'openapi' || transport.kind === 'operations' || transport.kind === 'memory';
    const print = JSON.stringify([transport, credentials, concurrency, queueMs, own ? record.operations : null]);
    this.#prints.set(record, print);
    return print;
  }

  #breaker(id: string): Breaker {
    const known = this.#breakers.get(id);
    if (known !== undefined) return known;
    const made = newBreaker(this.#deps);
    this.#breakers.set(id, made);
    return made;
  }

  #retire(server: RegisteredServer): void {
    this.#retired.add(server);
    server
      .retire()
      .finally(() => this.#retired.delete(server))
      .catch(() => undefined);
  }

  #source(record: ToolServerRecord, state: SourceState): Source {
    const { transport } = record;
    switch (transport.kind) {
      case 'stdio':
      case 'http':
        return new McpServer({
          record,
          deps: this.#deps,
          limits: this.#limits,
          credentials: this.#credentials,
          state,
          changed: (what, uri) => this.#changes.note(record.id, what, uri),
        });
      case 'openapi':
      case 'operations':
        return new RestSource(record, this.#deps);
      case 'memory':
        return new MemorySource(record, this.#deps.inProcess);
    }
  }
}

type Told = readonly [code: FaultCode, text: (server: string) => string];

const UNAVAILABLE: Told = ['tool.unavailable', (id) => `The tool server ${id} is not available.`];
const GARBAGE: Told = ['tool.garbage', (id) => `The tool server ${id} sent something that cannot be read.`];

const FAULTS: Partial<Record<ToolFailureKind, Told>> = {
  timeout: ['tool.timeout', (id) => `The tool server ${id} did not answer in time.`],
  unauthorized: ['tool.refused', (id) => `The tool server ${id} did not accept our credential.`],
  garbage: GARBAGE,
  'too-large': GARBAGE,
};
