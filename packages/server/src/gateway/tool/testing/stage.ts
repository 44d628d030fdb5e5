/** The tool door on a real socket, with scripted servers behind it and a road whose answers the test chooses. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { NO_EGRESS } from '../../../ports/egress-settings.ts';
import type { Inspector } from '../../../ports/inspect.ts';
import { MEMORY_RULES } from '../../../ports/memory.ts';
import type { AgentRecord, BundleSnapshot } from '../../../ports/registry.ts';
import type { CatalogueServer, CatalogueTool } from '../../../ports/tool.ts';
import { KEY, TestRoad } from '../../wire/testing/test-road.ts';
import { createToolDoor, type ToolDoor, type ToolDoorDeps } from '../index.ts';
import { MemoryApprovals, MemoryNonces, MemorySessions, MemoryTasks } from './memory.ts';
import {
  catalogueServer,
  catalogueTool,
  ScriptedCatalogue,
  ScriptedUpstreams,
  serverRecord,
  type ToolScript,
} from './servers.ts';

export const AGENT: AgentRecord = {
  id: 'payments-flaky-test-fixer',
  purpose: 'fixes flaky tests',
  owner: 'person:ada',
  team: 'payments',
  environment: 'development',
  dataClass: 'internal',
  approvalGroup: 'team:payments',
  runbook: 'runbooks/flaky.md',
  role: 'executor',
  tier: 2,
  repositories: ['payments'],
  capabilities: ['tests'],
  useCases: ['coding'],
  logins: [{ issuer: 'https://login.example', audience: 'https://door.example/mcp', claims: { sub: 'a' } }],
  disabled: false,
};

export interface StageOptions {
  readonly servers?: readonly CatalogueServer[];
  readonly tools?: readonly CatalogueTool[];
  readonly scripts?: Readonly<Record<string, ToolScript>>;
  readonly inspector?: Inspector;
  readonly limits?: ToolDoorDeps['limits'];
  readonly key?: Uint8Array;
  /** Anything else that the door is given. */
  readonly over?: Partial<ToolDoorDeps>;
  /** What two nodes share. */
  readonly beside?: Stage;
}

export const MODERN_META: JsonRecord = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

const NAMES: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

export interface Told {
  readonly status: number;
  readonly body: JsonRecord;
  readonly headers: Headers;
  /** Messages before the last on a stream. */
  readonly before: readonly JsonRecord[];
}

export class Stage {
  readonly road: TestRoad;
  readonly upstreams = new ScriptedUpstreams();
  readonly catalogue: ScriptedCatalogue;
  readonly sessions: MemorySessions;
  readonly tasks: MemoryTasks;
  readonly nonces: MemoryNonces;
  readonly approvals: MemoryApprovals;
  readonly logged: unknown[] = [];
  readonly door: ToolDoor;
  readonly server: Server;
  /** Added to the time of day. */
  ahead = 0;
  snapshot: BundleSnapshot;
  #ids = 0;

  private constructor(options: StageOptions) {
    const clock = { now: () => Date.now() + this.ahead };
    const { beside } = options;
    this.snapshot = snapshotOf();
    this.road = beside?.road ?? new TestRoad(this.snapshot, AGENT);
    this.sessions = beside?.sessions ?? new MemorySessions(clock);
    this.tasks = beside?.tasks ?? new MemoryTasks(clock);
    this.nonces = beside?.nonces ?? new MemoryNonces();
    this.approvals = beside?.approvals ?? new MemoryApprovals();
    this.upstreams.scripts = options.scripts ?? {};
    const servers = options.servers ?? [catalogueServer({ record: serverRecord({ id: 'lab' }) })];
    this.catalogue = new ScriptedCatalogue(servers, options.tools ?? [catalogueTool({ name: 'echo' })]);
    const note = (event: string, fields?: object): void => void this.logged.push({ event, ...fields });
    this.door = createToolDoor({
      org: 'org',
      road: this.road,
      snapshots: { current: () => this.snapshot },
      catalogue: this.catalogue,
      upstreams: this.upstreams,
      sessions: this.sessions,
      tasks: this.tasks,
      nonces: this.nonces,
      approvals: this.approvals,
      clock,
      newId: (prefix) => `${prefix}_${++this.#ids}`,
      log: { info: note, warn: note, error: note },
      stateKey: options.key ?? new Uint8Array(32).fill(7),
      publicUrl: () => this.origin,
      version: '0.0.0',
      ...(options.inspector === undefined ? {} : { inspector: options.inspector }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...options.over,
    });
    this.server = createServer((req, res) => this.door.handle(req, res));
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    await new Promise<void>((resolve) => stage.server.listen(0, '127.0.0.1', resolve));
    return stage;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.origin}/mcp`;
  }

  async close(): Promise<void> {
    await this.door.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  post(body: unknown, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** One modern request with its envelope and the headers that mirror it. */
  async modern(
    method: string,
    params: JsonRecord = {},
    over: { capabilities?: JsonRecord; meta?: JsonRecord; headers?: Record<string, string>; id?: number } = {},
  ): Promise<Told> {
    const capabilities = { 'io.modelcontextprotocol/clientCapabilities': over.capabilities ?? {} };
    const named = NAMES[method] === undefined ? undefined : params[NAMES[method]];
    const response = await this.post(
      {
        jsonrpc: '2.0',
        id: over.id ?? 1,
        method,
        params: { ...params, _meta: { ...MODERN_META, ...capabilities, ...over.meta } },
      },
      {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof named === 'string' ? { 'mcp-name': named } : {}),
        ...over.headers,
      },
    );
    return told(response);
  }

  call(name: string, args: JsonRecord = {}, over: Parameters<Stage['modern']>[2] & { more?: JsonRecord } = {}): Promise<Told> {
    return this.modern('tools/call', { name, arguments: args, ...over.more }, over);
  }

  /** @returns headers of a new session */
  async session(capabilities: JsonRecord = {}, version = '2025-11-25'): Promise<Record<string, string>> {
    const params = { protocolVersion: version, capabilities, clientInfo: { name: 'test', version: '1' } };
    const response = await this.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const id = response.headers.get('mcp-session-id') ?? '';
    await response.text();
    const headers = { 'mcp-session-id': id, 'mcp-protocol-version': version };
    await (await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, headers)).text();
    return headers;
  }

  async legacy(headers: Record<string, string>, method: string, params: JsonRecord = {}, id = 1): Promise<Told> {
    return told(await this.post({ jsonrpc: '2.0', id, method, params }, headers));
  }
}

export async function told(response: Response): Promise<Told> {
  const raw = await response.text();
  const { status, headers } = response;
  if (headers.get('content-type') !== 'text/event-stream') {
    const parsed: unknown = raw === '' ? {} : JSON.parse(raw);
    return { status, headers, body: isRecord(parsed) ? parsed : {}, before: [] };
  }
  const messages = messagesOf(raw);
  return { status, headers, body: messages.at(-1) ?? {}, before: messages.slice(0, -1) };
}

export const messagesOf = (raw: string): JsonRecord[] =>
  raw.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as JsonRecord] : []));

export const resultOf = ({ body }: Told): JsonRecord => (isRecord(body['result']) ? body['result'] : {});
export const errorOf = ({ body }: Told): JsonRecord => (isRecord(body['error']) ? body['error'] : {});

export function textsOf(result: JsonRecord): readonly string[] {
  const content = Array.isArray(result['content']) ? (result['content'] as readonly Json[]) : [];
  return content.flatMap((block) => (isRecord(block) && typeof block['text'] === 'string' ? [block['text']] : []));
}

function snapshotOf(): BundleSnapshot {
  const source = { revision: 'rev-1', language: '4.5', schema: {}, policies: [], entities: [] } as const;
  return {
    revision: 'rev-1',
    source,
    // Nothing here evaluates policies: the road is the test's.
    compiled: undefined as unknown as BundleSnapshot['compiled'],
    settings: {
      organisation: 'org',
      environments: ['development'],
      teams: ['payments'],
      approvalExpiryMs: { read: 1, draft: 1, recommend: 1, 'mutate-low': 1, 'mutate-high': 1, 'break-glass': 1 },
      retentionDays: { public: 1, internal: 1, confidential: 1, restricted: 0 },
      loop: { repeats: 100, windowMs: 1_000 },
      holdMs: 2_000,
      mandateTtlMs: 1,
      memory: MEMORY_RULES,
    },
    agents: new Map([[AGENT.id, AGENT]]),
    people: new Map(),
    models: new Map(),
    providers: new Map(),
    repositories: new Map(),
    budgets: [],
    webhooks: [],
    toolServers: new Map(),
    commands: { rules: [], default: 'forbid', executables: new Map(), gates: new Map() },
    egress: NO_EGRESS,
    profiles: new Map(),
  };
}
