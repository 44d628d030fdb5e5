/** Servers of records, grants and requests for tests. */
import { mintGrant } from '../../../govern/mint.ts';
import type { Grant } from '../../../ports/grant.ts';
import type { ToolServerRecord, ToolTransport } from '../../../ports/registry.ts';
import { toolServerRecord } from '../../../ports/testing/tool-records.ts';
import type { ToolEvents, ToolReply, ToolRequest, ToolUpstreams } from '../../../ports/tool.ts';
import type { ToolUpstreamsDeps } from '../deps.ts';
import { createToolUpstreams } from '../index.ts';

const ACTION = 'tool.call';

export const grantFor = (action = ACTION, expiresAt = Number.MAX_SAFE_INTEGER): Grant =>
  mintGrant({
    id: 'gra_1',
    decision: 'dec_1',
    org: 'org',
    action,
    agent: 'agent',
    resource: { type: 'Countersign::Tool', id: 't' },
    mandate: null,
    obligations: [],
    expiresAt,
  });

export const record = (transport: ToolTransport, over: Partial<ToolServerRecord> = {}): ToolServerRecord =>
  toolServerRecord({ id: 'fixture', transport, ...over });

export const stdio = (command: string, args: readonly string[], over: Partial<Extract<ToolTransport, { kind: 'stdio' }>> = {}) =>
  ({ kind: 'stdio', command, args, cwd: null, env: {}, digest: null, ...over }) as const;

export const http = (url: string, privateAddresses = true) => ({ kind: 'http', url, privateAddresses }) as const;

export const request = (server: ToolServerRecord, over: Partial<ToolRequest> = {}): ToolRequest => ({
  server,
  method: 'tools/call',
  params: { name: 'echo', arguments: {} },
  action: ACTION,
  binding: 'agent-1',
  capabilities: {},
  progress: false,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  timeoutMs: 10_000,
  resultBytesMax: 1_000_000,
  retries: 0,
  signal: new AbortController().signal,
  ...over,
});

export const silent: ToolEvents = { progress: () => undefined, message: () => undefined };

export interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

export interface Stage {
  readonly up: ToolUpstreams;
  readonly log: Line[];
  call(server: ToolServerRecord, over?: Partial<ToolRequest>, events?: ToolEvents): Promise<ToolReply>;
  tool(server: ToolServerRecord, name: string, args?: object, over?: Partial<ToolRequest>): Promise<ToolReply>;
}

export function stage(deps: Partial<ToolUpstreamsDeps> = {}): Stage {
  const log: Line[] = [];
  const write =
    (level: string) =>
    (event: string, fields?: Readonly<Record<string, unknown>>): void => {
      log.push({ level, event, fields });
    };
  const up = createToolUpstreams({
    clock: { now: () => Date.now() },
    environment: { PATH: process.env.PATH, LANG: 'C.UTF-8', SECRET: 's3cret-value', PRIVATE: 'ours' },
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    version: '0.0.0',
    random: () => 0.5,
    inProcess: {
      call: () => Promise.resolve({ kind: 'error', code: -1, message: 'none' }),
      offer: () => Promise.reject(new Error('none')),
    },
    ...deps,
    limits: { graceMs: 300, probeMs: 3_000, restartMs: 50, ...deps.limits },
  });
  const call: Stage['call'] = (server, over = {}, events = silent) => up.call(grantFor(), request(server, over), events);
  return {
    up,
    log,
    call,
    tool: (server, name, args = {}, over = {}) =>
      call(server, { ...over, params: { name, arguments: args as ToolRequest['params'] } }),
  };
}
