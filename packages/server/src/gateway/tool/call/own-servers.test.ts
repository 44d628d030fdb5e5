import { expect, test } from 'vitest';
import { mintGrant } from '../../../govern/mint.ts';
import type { AgentRecord, ToolTransport } from '../../../ports/registry.ts';
import type { Allowed, Caller } from '../../../ports/road.ts';
import type { ToolRequest } from '../../../ports/tool.ts';
import { type Acting, act } from './act.ts';

const grant = mintGrant({
  id: 'grt_1',
  decision: 'dec_1',
  org: 'acme',
  action: 'tool.draft',
  agent: 'fixer',
  resource: { type: 'Countersign::Tool', id: 'memory/put' },
  mandate: null,
  obligations: [],
  expiresAt: Number.MAX_SAFE_INTEGER,
});
const allowed = {
  decision: 'dec_1',
  granted: {},
  obligations: ['log-full'],
  dataClass: 'confidential',
  taints: ['untrusted'],
} as unknown as Allowed;
const agent = { id: 'fixer', team: 'payments', dataClass: 'restricted' } as AgentRecord;
const mandate = { task: 'tsk_1', repository: 'payments-api' } as Caller['mandate'];

async function acted(kind: ToolTransport['kind'], caller: Partial<Caller> = {}) {
  const asked: ToolRequest[] = [];
  const acting = {
    door: {
      inspector: undefined,
      upstreams: {
        call: (_grant: unknown, request: ToolRequest) => {
          asked.push(request);
          return Promise.resolve({ kind: 'result', result: { content: [] }, bytes: 14 });
        },
      },
    },
    plan: {
      method: 'tools/call',
      action: 'tool.draft',
      server: { id: 'memory', transport: { kind }, taints: [], dataClass: 'internal' },
      tool: { class: 'draft', definition: {} },
      operation: undefined,
      name: 'memory__put',
      pin: '',
      params: {},
      text: '{"text":"a note"}',
      resultBytesMax: 1_000,
    },
    client: { era: 'modern', version: '', capabilities: {}, logLevel: undefined },
    caller: { org: 'acme', agent, credential: 'crd_1', onBehalfOf: 'usr_ada', mandate, ...caller },
    trace: '0'.repeat(32),
    signal: new AbortController().signal,
    events: { progress: () => undefined, message: () => undefined },
    progress: false,
    resume: undefined,
    ask: undefined,
  } as unknown as Acting;
  const { status, payloads } = await act(acting, grant, allowed);
  return { status, payloads: payloads?.length ?? 0, caller: asked[0]?.caller };
}

test('a server of ours learns whose call it is, and no second copy of a memory is kept', async () => {
  expect(await acted('memory')).toEqual({
    status: 'done',
    payloads: 0,
    caller: {
      agent: 'fixer',
      team: 'payments',
      onBehalfOf: 'usr_ada',
      task: 'tsk_1',
      repository: 'payments-api',
      dataClass: 'confidential',
      clearance: 'restricted',
      taints: ['untrusted'],
    },
  });
  expect((await acted('memory', { mandate: undefined })).caller).toMatchObject({ task: null, repository: null });
});

test('of every other server, request and answer are kept', async () => {
  expect(await acted('operations')).toMatchObject({ status: 'done', payloads: 2 });
});
