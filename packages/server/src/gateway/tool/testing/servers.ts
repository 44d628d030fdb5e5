/** Tool servers as a test scripts them: a catalogue that is pinned by hand, and upstreams that check grants like the real ones. */
import { hash } from 'node:crypto';
import type { ActionClass } from '@countersign/kernel/action';
import type { JsonRecord } from '@countersign/kernel/json';
import { Grant } from '../../../ports/grant.ts';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import { toolServerRecord } from '../../../ports/testing/tool-records.ts';
import type {
  CatalogueServer,
  CatalogueTool,
  CatalogueView,
  ServerOffer,
  ServerState,
  ToolCatalogue,
  ToolEvents,
  ToolReply,
  ToolRequest,
  ToolUpstreams,
} from '../../../ports/tool.ts';

export const serverRecord = (over: Partial<ToolServerRecord> & { id: string }): ToolServerRecord =>
  toolServerRecord({
    environment: 'development',
    transport: { kind: 'http', url: 'https://tools.example', privateAddresses: false },
    maxDataClass: 'restricted',
    concurrency: 10,
    queueMs: 100,
    timeoutMs: 5_000,
    argumentBytesMax: 64 * 1024,
    resultBytesMax: 64 * 1024,
    ...over,
  });

const ANY: JsonRecord = { type: 'object' };

export interface ScriptedTool {
  readonly server?: string;
  readonly name: string;
  readonly exposed?: string;
  readonly class?: ActionClass;
  readonly input?: JsonRecord;
  readonly output?: JsonRecord;
}

export function catalogueTool({
  server = 'lab',
  name,
  exposed,
  class: klass = 'read',
  input = ANY,
  output,
}: ScriptedTool): CatalogueTool {
  const shown = exposed ?? `${server}__${name}`;
  const definition = {
    name: shown,
    description: `Does ${name}.`,
    inputSchema: input,
    ...(output === undefined ? {} : { outputSchema: output }),
  };
  return { server, name, exposed: shown, class: klass, pin: hash('sha256', JSON.stringify(definition), 'hex'), definition };
}

export function catalogueServer(over: Partial<CatalogueServer> & { record: ToolServerRecord }): CatalogueServer {
  return {
    state: 'pinned',
    era: 'modern',
    instructions: null,
    prompts: [],
    resources: [],
    resourceTemplates: [],
    capabilities: {},
    checkedAt: 0,
    ...over,
  };
}

export class ScriptedCatalogue implements ToolCatalogue {
  #view: CatalogueView;
  #version = 1;
  readonly #listeners: ((view: CatalogueView) => void)[] = [];
  /** Replaced by tests. */
  stands: (tool: CatalogueTool, withinMs: number) => boolean = () => true;

  constructor(servers: readonly CatalogueServer[], tools: readonly CatalogueTool[]) {
    this.#view = viewOf('1', servers, tools);
  }

  current(): CatalogueView {
    return this.#view;
  }

  async holds(tool: CatalogueTool, withinMs: number): Promise<boolean> {
    return this.stands(tool, withinMs);
  }

  onChange(listener: (view: CatalogueView) => void): void {
    this.#listeners.push(listener);
  }

  change(servers: readonly CatalogueServer[], tools: readonly CatalogueTool[]): void {
    this.#version += 1;
    this.#view = viewOf(String(this.#version), servers, tools);
    for (const listener of this.#listeners) listener(this.#view);
  }
}

const viewOf = (version: string, servers: readonly CatalogueServer[], tools: readonly CatalogueTool[]): CatalogueView => ({
  version,
  servers: new Map(servers.map((server) => [server.record.id, server])),
  tools: new Map([...tools].sort((a, b) => (a.exposed < b.exposed ? -1 : 1)).map((tool) => [tool.exposed, tool])),
});

export type ToolScript = (request: ToolRequest, events: ToolEvents) => ToolReply | Promise<ToolReply>;

export const text = (body: string, more: JsonRecord = {}): ToolReply =>
  reply({ content: [{ type: 'text', text: body }], ...more });
export const reply = (result: JsonRecord): ToolReply => ({ kind: 'result', result, bytes: JSON.stringify(result).length });

export class ScriptedUpstreams implements ToolUpstreams {
  readonly calls: ToolRequest[] = [];
  /** By the server's own name of the tool, or by method. */
  scripts: Readonly<Record<string, ToolScript>> = {};
  #tell: (server: string, what: 'list' | 'resource', uri?: string) => void = () => undefined;

  async call(grant: Grant, request: ToolRequest, events: ToolEvents): Promise<ToolReply> {
    Grant.check(grant, request.action);
    this.calls.push(request);
    const name = request.method === 'tools/call' ? String(request.params['name']) : request.method;
    const script = this.scripts[name];
    return script === undefined ? text(`${name} was called`) : script(request, events);
  }

  async offer(): Promise<ServerOffer> {
    throw new Error('the door never asks for offers');
  }

  onChange(listener: (server: string, what: 'list' | 'resource', uri?: string) => void): void {
    this.#tell = listener;
  }

  tell(server: string, uri: string): void {
    this.#tell(server, 'resource', uri);
  }

  state(): ServerState {
    return 'up';
  }

  async close(): Promise<void> {
    this.scripts = {};
  }
}
