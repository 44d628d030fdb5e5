import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JsonRecord } from '@countersign/kernel/json';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ToolReply } from '../../ports/tool.ts';
import { bodyOf, closeAll, type Handler, listen, rpc } from './testing/listen.ts';
import { http, record, type Stage, stage } from './testing/stage.ts';

const open: Stage[] = [];
const begin = (): Stage => {
  const made = stage();
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

interface Legacy {
  readonly handler: Handler;
  readonly sessions: Map<string, StreamableHTTPServerTransport>;
  readonly servers: McpServer[];
  /** Methods and what came with them. */
  readonly seen: { readonly method: string; readonly authorization: string | undefined }[];
}

/** A server of the first SDK, with sessions. */
function legacy(): Legacy {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers: McpServer[] = [];
  const seen: Legacy['seen'] = [];
  const build = (): McpServer => {
    const server = new McpServer({ name: 'v1', version: '1' }, { capabilities: { logging: {} }, instructions: 'Be kind.' });
    server.registerTool('session', { description: 'which session' }, (extra) => ({
      content: [{ type: 'text', text: extra.sessionId ?? '' }],
    }));
    server.registerTool('ask', { description: 'asks' }, async (extra) => {
      const answer = await extra.sendRequest(
        {
          method: 'elicitation/create',
          params: { message: 'Name?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } },
        },
        z.looseObject({ action: z.string() }) as never,
      );
      return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
    });
    server.registerTool('work', { inputSchema: { ms: z.number() } }, async ({ ms }, extra) => {
      const token = extra._meta?.progressToken;
      if (token !== undefined)
        await extra.sendNotification({
          method: 'notifications/progress',
          params: { progressToken: token, progress: 1, total: 2, message: 'half' },
        });
      await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'working' } });
      const stopped = await new Promise<boolean>((done) => {
        setTimeout(() => done(false), ms);
        extra.signal.addEventListener('abort', () => done(true));
      });
      if (stopped) seen.push({ method: 'stopped', authorization: undefined });
      return { content: [{ type: 'text', text: 'done' }] };
    });
    servers.push(server);
    return server;
  };
  const handler: Handler = async (request, response) => {
    const id = request.headers['mcp-session-id'];
    const text = request.method === 'POST' ? await bodyOf(request) : '';
    const body = text === '' ? undefined : (JSON.parse(text) as { method?: string });
    seen.push({ method: body?.method ?? String(request.method), authorization: request.headers.authorization });
    let transport = typeof id === 'string' ? sessions.get(id) : undefined;
    if (transport === undefined && typeof id === 'string') {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } }));
      return;
    }
    if (transport === undefined) {
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (given) => void sessions.set(given, made),
      });
      transport = made;
      await build().connect(made as never);
    }
    await transport.handleRequest(request, response, body);
  };
  return { handler, sessions, servers, seen };
}

describe('a legacy server over HTTP', () => {
  const setUp = async () => {
    const fixture = legacy();
    const origin = await listen(fixture.handler);
    const credentials = [{ in: 'header', name: 'authorization', reference: 'env:SECRET', prefix: 'Bearer ' }] as const;
    return { ...fixture, server: record(http(`${origin}/mcp`), { id: 'v1', credentials }), ...begin() };
  };

  it('is offered with its instructions, and has a session for each binding', async () => {
    const { up, server, tool, seen } = await setUp();
    const offer = await up.offer(server, new AbortController().signal);
    expect(offer).toMatchObject({ era: 'legacy', protocolVersion: '2025-11-25', instructions: 'Be kind.', dropped: [] });
    expect(offer.tools.map(({ name }) => name)).toEqual(['session', 'ask', 'work']);
    const one = textOf(await tool(server, 'session'));
    expect(textOf(await tool(server, 'session'))).toBe(one);
    expect(textOf(await tool(server, 'session', {}, { binding: 'agent-2' }))).not.toBe(one);
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer s3cret-value']));
  });

  it('that forgot the session gets the call again in a new one', async () => {
    const { server, tool, sessions } = await setUp();
    const one = textOf(await tool(server, 'session'));
    sessions.clear();
    const two = textOf(await tool(server, 'session'));
    expect([two === one, two.length > 0]).toEqual([false, true]);
  });

  it('asks in the middle of a call, which is parked and resumed', async () => {
    const { server, tool } = await setUp();
    const forms = { capabilities: { elicitation: { form: {} } } };
    const first = await tool(server, 'ask', {}, forms);
    if (first.kind !== 'input') throw new Error(JSON.stringify(first));
    expect(first.requests).toMatchObject({ 'input-1': { method: 'elicitation/create', params: { message: 'Name?' } } });
    const inputResponses = { 'input-1': { action: 'accept', content: { name: 'Ada' } } };
    const reply = await tool(server, 'ask', {}, { ...forms, resume: { inputResponses, state: first.state } });
    expect(JSON.parse(textOf(reply))).toEqual(inputResponses['input-1']);
  });

  it('tells of progress and messages, and of a call that is given up', async () => {
    const { server, call, seen } = await setUp();
    const heard: JsonRecord[] = [];
    const events = {
      progress: (params: JsonRecord) => void heard.push(params),
      message: (params: JsonRecord) => void heard.push(params),
    };
    const params = { name: 'work', arguments: { ms: 10 } };
    expect(textOf(await call(server, { params, progress: true, logLevel: 'info' }, events))).toBe('done');
    expect(heard).toEqual([
      { progress: 1, total: 2, message: 'half' },
      { level: 'info', data: 'working' },
    ]);
    expect(seen.map(({ method }) => method)).toContain('logging/setLevel');
    const long = { name: 'work', arguments: { ms: 60_000 } };
    expect(await call(server, { params: long, timeoutMs: 400 })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'timeout', sent: true },
    });
    await until(() => seen.some(({ method }) => method === 'stopped'));
    expect(seen.map(({ method }) => method)).toContain('notifications/cancelled');
  });

  it('is heard when its lists change, and told when we go', async () => {
    const { up, server, servers, seen } = await setUp();
    await up.offer(server, new AbortController().signal);
    const heard: string[] = [];
    up.onChange((id, what) => heard.push(`${id} ${what}`));
    await until(() => seen.some(({ method }) => method === 'GET'));
    servers.at(-1)?.registerTool('new', {}, () => ({ content: [] }));
    await until(() => heard.length > 0);
    expect(heard[0]).toBe('v1 list');
    await up.close();
    expect(seen.map(({ method }) => method)).toContain('DELETE');
  });
});

describe('a legacy server that is only just one', () => {
  const initialize = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '0' } };

  it('may have no sessions, and an error for what it does not know', async () => {
    const origin = await listen(
      rpc(({ message, result, error, response }) => {
        if (message.method === 'initialize') return result(initialize);
        if (message.method === 'tools/call') return result({ content: [{ type: 'text', text: 'ok' }] });
        if (message.id === undefined) return void response.writeHead(202).end();
        return error(-32601);
      }),
    );
    const { tool } = begin();
    expect(textOf(await tool(record(http(origin)), 'any'))).toBe('ok');
  });

  it('may break its stream and be asked to go on from the last event', async () => {
    const seen: (string | undefined)[] = [];
    let id: number | undefined;
    const origin = await listen(
      rpc(
        ({ message, result, error, response }) => {
          if (message.method === 'initialize') return result(initialize);
          if (message.method !== 'tools/call')
            return message.id === undefined ? void response.writeHead(202).end() : error(-32601);
          id = message.id;
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          return void response.end('id: ev-1\nretry: 10\ndata:\n\n');
        },
        (request, response) => {
          seen.push(request.headers['last-event-id'] as string | undefined);
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end(
            `id: ev-2\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'later' }] } })}\n\n`,
          );
        },
      ),
    );
    const { tool } = begin();
    expect(textOf(await tool(record(http(origin)), 'any'))).toBe('later');
    expect(seen).toEqual(['ev-1']);
  });
});
