import { createMcpHandler, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { fileURLToPath } from 'node:url';
import type { JsonRecord } from '@countersign/kernel/json';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ToolReply } from '../../ports/tool.ts';
import { closeAll, type Handler, listen, rpc, type Turn } from './testing/listen.ts';
import { http, record, type Stage, stage, stdio } from './testing/stage.ts';

const open: Stage[] = [];
const begin = (limits = {}): Stage => {
  const made = stage({ limits });
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ up }) => up.close()));
  await closeAll();
});

const textOf = (reply: ToolReply): string => {
  if (reply.kind !== 'result') throw new Error(JSON.stringify(reply));
  return (reply.result.content as unknown as { text: string }[])[0]?.text ?? '';
};
const until = async (what: () => boolean): Promise<void> => {
  for (const end = Date.now() + 5_000; !what(); ) {
    if (Date.now() > end) throw new Error('it never came');
    await new Promise((done) => setTimeout(done, 20));
  }
};
const never = new AbortController().signal;

let stopped = 0;
function build(): McpServer {
  const server = new McpServer(
    { name: 'v2', version: '2' },
    { capabilities: { tools: { listChanged: true }, logging: {} }, instructions: 'Modern.' },
  );
  server.registerTool(
    'mirror',
    {
      inputSchema: z.object({
        region: z.string().meta({ 'x-mcp-header': 'Region' }),
        n: z.number().int().meta({ 'x-mcp-header': 'N' }).optional(),
      }),
    },
    ({ region, n }, ctx) => ({
      content: [{ type: 'text', text: JSON.stringify({ region, n, at: typeof ctx }) }],
      structuredContent: { region },
    }),
  );
  server.registerTool('deploy', { inputSchema: z.object({}) }, (_args, ctx) => {
    const { inputResponses } = ctx.mcpReq;
    if (inputResponses === undefined)
      return inputRequired({
        inputRequests: {
          confirm: inputRequired.elicit({
            message: 'Sure?',
            requestedSchema: { type: 'object', properties: { yes: { type: 'boolean' } } },
          }),
        },
        requestState: 'state "é" 1',
      });
    return { content: [{ type: 'text', text: JSON.stringify([inputResponses, ctx.mcpReq.requestState()]) }] };
  });
  server.registerTool('work', { inputSchema: z.object({ ms: z.number() }) }, async ({ ms }, ctx) => {
    const token = ctx.mcpReq._meta?.progressToken;
    if (token !== undefined)
      await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token, progress: 1, total: 2 } });
    await ctx.mcpReq.log('info', 'working');
    await new Promise<void>((done) => {
      const timer = setTimeout(done, ms);
      ctx.mcpReq.signal.addEventListener('abort', () => {
        stopped += 1;
        clearTimeout(timer);
        done();
      });
    });
    return { content: [{ type: 'text', text: 'done' }] };
  });
  return server;
}

describe('a modern server over HTTP', () => {
  const setUp = async () => {
    const handler = createMcpHandler(() => build(), { legacy: 'reject' });
    const origin = await listen(toNodeHandler(handler) as Handler);
    return { handler, server: record(http(`${origin}/mcp`), { id: 'v2' }), ...begin() };
  };

  it('is offered in its own era', async () => {
    const { up, server } = await setUp();
    const offer = await up.offer(server, never);
    expect(offer).toMatchObject({
      era: 'modern',
      protocolVersion: '2026-07-28',
      instructions: 'Modern.',
      dropped: [],
      launch: { kind: 'http' },
    });
    expect(offer.tools.map(({ name }) => name)).toEqual(['mirror', 'deploy', 'work']);
  });

  it('gets arguments in headers where it wants them, odd ones framed', async () => {
    const { tool, server } = await setUp();
    for (const region of ['eu', ' spaced ', 'Ωmega', '=?base64?x?=', '']) {
      const reply = await tool(server, 'mirror', { region, n: 42 });
      expect(reply).toMatchObject({ kind: 'result', result: { structuredContent: { region } } });
      expect(Object.keys(reply.kind === 'result' ? reply.result : {})).not.toContain('resultType');
    }
  });

  it('asks for input and gets its state back to the byte', async () => {
    const { tool, server } = await setUp();
    const forms = { capabilities: { elicitation: { form: {} } } };
    const first = await tool(server, 'deploy', {}, forms);
    expect(first).toMatchObject({
      kind: 'input',
      state: 'state "é" 1',
      requests: { confirm: { method: 'elicitation/create', params: { message: 'Sure?' } } },
    });
    const inputResponses = { confirm: { action: 'accept', content: { yes: true } } };
    const reply = await tool(server, 'deploy', {}, { ...forms, resume: { inputResponses, state: 'state "é" 1' } });
    expect(JSON.parse(textOf(reply))).toEqual([inputResponses, 'state "é" 1']);
  });

  it('may not ask for input where none was declared', async () => {
    const { tool, server } = await setUp();
    const reply = await tool(server, 'deploy');
    expect(['error', 'failed']).toContain(reply.kind);
  });

  it('tells of progress and messages, and stops when the stream is closed', async () => {
    const { call, server } = await setUp();
    const heard: JsonRecord[] = [];
    const events = {
      progress: (params: JsonRecord) => void heard.push(params),
      message: (params: JsonRecord) => void heard.push(params),
    };
    expect(
      textOf(await call(server, { params: { name: 'work', arguments: { ms: 5 } }, progress: true, logLevel: 'info' }, events)),
    ).toBe('done');
    expect(heard).toMatchObject([
      { progress: 1, total: 2 },
      { level: 'info', data: 'working' },
    ]);
    stopped = 0;
    const reply = await call(server, { params: { name: 'work', arguments: { ms: 60_000 } }, timeoutMs: 300 });
    expect(reply).toMatchObject({ kind: 'failed', failure: { kind: 'timeout', sent: true } });
    await until(() => stopped === 1);
  });

  it('is heard when its lists change', async () => {
    const { up, server, handler } = await setUp();
    await up.offer(server, never);
    const heard: string[] = [];
    up.onChange((id, what) => heard.push(`${id} ${what}`));
    await until(() => {
      handler.notify.toolsChanged();
      return heard.length > 0;
    });
    expect(heard[0]).toBe('v2 list');
  });

  it('that speaks both eras is spoken to in the newer one', async () => {
    const origin = await listen(toNodeHandler(createMcpHandler(() => build())) as Handler);
    const { up } = begin();
    expect((await up.offer(record(http(origin)), never)).era).toBe('modern');
  });
});

describe('a modern server over standard streams', () => {
  it('is found by a sibling and spoken to', async () => {
    const script = fileURLToPath(new URL('./testing/modern.mjs', import.meta.url));
    const { up, tool } = begin();
    const server = record(stdio(process.execPath, [script]), { id: 'child' });
    expect(await up.offer(server, never)).toMatchObject({ era: 'modern', protocolVersion: '2026-07-28' });
    const forms = { capabilities: { elicitation: { form: {} } } };
    const first = await tool(server, 'deploy', {}, forms);
    if (first.kind !== 'input') throw new Error(JSON.stringify(first));
    const resume = { inputResponses: { confirm: { action: 'decline' } }, state: first.state };
    expect(textOf(await tool(server, 'deploy', {}, { ...forms, resume }))).toBe('decline');
  });
});

describe('a bare modern server', () => {
  const discovered = {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    ttlMs: 5_000,
    cacheScope: 'public',
  };
  const tools = [{ name: 't', inputSchema: { type: 'object', properties: { a: { type: 'string', 'x-mcp-header': 'A' } } } }];
  const serve = async (act: (turn: Turn) => void) => {
    const origin = await listen(
      rpc((turn) => {
        if (turn.message.method === 'server/discover') return turn.result(discovered);
        if (turn.message.method === 'tools/list')
          return turn.result({ resultType: 'complete', tools, ttlMs: 1_000, cacheScope: 'public' });
        return act(turn);
      }),
    );
    return record(http(origin), { id: 'bare', operations: [] });
  };
  const done = (text: string) => ({ resultType: 'complete', content: [{ type: 'text', text }] });

  it('is sent all that a request must carry, and nothing that it must not', async () => {
    let turn: Turn | undefined;
    const server = await serve((one) => {
      turn = one;
      one.result(done('x'));
    });
    const { tool } = begin();
    await tool(server, 't', { a: 'v' }, { logLevel: 'warning', progress: true });
    expect(turn?.request.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 't',
      'mcp-param-a': 'v',
    });
    expect(turn?.request.headers['mcp-session-id']).toBeUndefined();
    expect(turn?.message.params._meta).toEqual({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
      'io.modelcontextprotocol/clientInfo': { name: 'countersign', version: '0.0.0' },
      'io.modelcontextprotocol/logLevel': 'warning',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      progressToken: 1,
    });
  });

  it('has its tasks driven, input on the way included', async () => {
    const methods: string[] = [];
    let answered: unknown;
    const server = await serve(({ message, result }) => {
      methods.push(message.method);
      if (message.method === 'tools/call')
        return result({ resultType: 'task', taskId: 'T', status: 'working', pollIntervalMs: 50 });
      if (message.method === 'tasks/update') {
        answered = message.params.inputResponses;
        return result({ resultType: 'complete' });
      }
      const asking = {
        resultType: 'complete',
        taskId: 'T',
        status: 'input_required',
        inputRequests: { k: { method: 'elicitation/create', params: { message: 'm' } } },
      };
      return result(
        answered === undefined
          ? asking
          : { resultType: 'complete', taskId: 'T', status: 'completed', result: { content: [{ type: 'text', text: 'fin' }] } },
      );
    });
    const { tool } = begin();
    const forms = { capabilities: { elicitation: { form: {} } } };
    const first = await tool(server, 't', {}, forms);
    if (first.kind !== 'input') throw new Error(JSON.stringify(first));
    expect(first.state).toMatch(/^prk_/);
    const reply = await tool(
      server,
      't',
      {},
      { ...forms, resume: { inputResponses: { k: { action: 'accept' }, other: {} }, state: first.state } },
    );
    expect(textOf(reply)).toBe('fin');
    expect(answered).toEqual({ k: { action: 'accept' } });
    expect(methods).toEqual(['tools/call', 'tasks/get', 'tasks/update', 'tasks/get']);
  });

  it('has a task cancelled when its time is up', async () => {
    const methods: string[] = [];
    const server = await serve(({ message, result }) => {
      methods.push(message.method);
      result({
        resultType: message.method === 'tools/call' ? 'task' : 'complete',
        taskId: 'T',
        status: 'working',
        pollIntervalMs: 50,
      });
    });
    const { tool } = begin();
    expect(await tool(server, 't', {}, { timeoutMs: 300 })).toMatchObject({ kind: 'failed', failure: { kind: 'timeout' } });
    await until(() => methods.includes('tasks/cancel'));
  });

  const rows: readonly (readonly [what: string, result: object])[] = [
    ['no kind of result', { content: [] }],
    ['a kind that nobody knows', { resultType: 'maybe', content: [] }],
    [
      'a request for a model',
      { resultType: 'input_required', inputRequests: { k: { method: 'sampling/createMessage', params: {} } } },
    ],
    [
      'a request for input in a mode that was not declared',
      { resultType: 'input_required', inputRequests: { k: { method: 'elicitation/create', params: { mode: 'url' } } } },
    ],
    ['a request for nothing', { resultType: 'input_required' }],
    ['a state that is too long', { resultType: 'input_required', requestState: 'x'.repeat(20_000) }],
    ['a task without an id', { resultType: 'task', status: 'working' }],
  ];
  for (const [what, result] of rows)
    it(`that answers with ${what} is not believed`, async () => {
      const server = await serve((turn) => turn.result(result));
      const { tool } = begin();
      const reply = await tool(server, 't', {}, { capabilities: { elicitation: { form: {} } } });
      expect(reply).toMatchObject({ kind: 'failed', failure: { kind: 'garbage', sent: true } });
    });

  it('that finds its headers wrong is asked for its list and called once more', async () => {
    let calls = 0;
    const server = await serve(({ result, error }) => {
      calls += 1;
      if (calls === 1) return error(-32020, 400);
      return result(done('second'));
    });
    const { tool } = begin();
    expect(textOf(await tool(server, 't'))).toBe('second');
    expect(calls).toBe(2);
  });

  it('is asked for its era once a day, binding by binding', async () => {
    let now = 1_000_000;
    const asked: string[] = [];
    const origin = await listen(
      rpc(({ message, result, error, response }) => {
        asked.push(message.method);
        if (message.method === 'initialize') return result({ protocolVersion: '2025-11-25', capabilities: {} });
        if (message.id === undefined) return void response.writeHead(202).end();
        return message.method === 'tools/call' ? result({ content: [] }) : error(-32601);
      }),
    );
    const made = stage({ clock: { now: () => now }, limits: { idleMs: 60 } });
    open.push(made);
    const discoveries = () => asked.filter((method) => method === 'server/discover').length;
    const again = async (binding: string) => {
      await made.tool(record(http(origin)), 'x', {}, { binding });
      // Idle by then, and ended: the next call opens a session of its own.
      now += 1_000;
      await new Promise((done) => setTimeout(done, 100));
    };
    await again('a');
    await again('a');
    expect([discoveries(), asked.filter((method) => method === 'initialize').length]).toEqual([1, 2]);
    await again('b');
    expect(discoveries()).toBe(2);
    now += 24 * 3_600_000;
    await again('a');
    expect(discoveries()).toBe(3);
  });

  it('is found modern by what only modern servers answer, and legacy by any other refusal', async () => {
    const modern = await listen(
      rpc(({ message, result, error }) => (message.method === 'tools/call' ? result(done('m')) : error(-32601, 404))),
    );
    const { tool } = begin();
    expect(await tool(record(http(modern), { id: 'm' }), 't', {})).toMatchObject({
      kind: 'failed',
      failure: { kind: 'garbage' },
    });
    for (const status of [401, 403, 500]) {
      const origin = await listen((_request, response) => response.writeHead(status).end());
      const reply = await tool(record(http(origin), { id: `s${status}` }), 't');
      expect(reply).toMatchObject({ kind: 'failed', failure: { kind: status === 500 ? 'refused' : 'unauthorized' } });
    }
  });
});
