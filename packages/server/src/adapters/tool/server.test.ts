import { afterEach, describe, expect, it } from 'vitest';
import type { Grant } from '../../ports/grant.ts';
import { operationRecord } from '../../ports/testing/tool-records.ts';
import type { OperationRecord } from '../../ports/registry.ts';
import { closeAll, listen, rpc, type Turn } from './testing/listen.ts';
import { grantFor, http, record, request, silent, type Stage, stage } from './testing/stage.ts';

const open: Stage[] = [];
const begin = (deps: Parameters<typeof stage>[0] = {}): Stage => {
  const made = stage(deps);
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ up }) => up.close()));
  await closeAll();
});

const serve = async (act: (turn: Turn, count: number) => void) => {
  let count = 0;
  const origin = await listen(
    rpc((turn) => {
      const { message, result, error, response } = turn;
      if (message.method === 'initialize') return result({ protocolVersion: '2025-11-25', capabilities: { tools: {} } });
      if (message.id === undefined) return void response.writeHead(202).end();
      if (message.method !== 'tools/call') return error(-32601);
      count += 1;
      return act(turn, count);
    }),
  );
  return { server: record(http(origin), { id: 's' }), count: () => count };
};
const fine = ({ result }: Turn) => result({ content: [] });

const operation = (over: Partial<OperationRecord>): OperationRecord => operationRecord({ name: 'x', ...over });

describe('no grant, no call', () => {
  const { up } = stage({ clock: { now: () => 1_000 } });
  const asked = request(record(http('http://127.0.0.1:9')));
  const rows: readonly (readonly [string, () => unknown])[] = [
    ['nothing', () => undefined],
    ['a look-alike', () => ({ terms: grantFor().terms })],
    ['a clone', () => structuredClone(grantFor())],
    ['one for another action', () => grantFor('tool.other')],
    ['one that has expired', () => grantFor('tool.call', 1_000)],
  ];
  for (const [what, grant] of rows) it(what, () => expect(() => up.call(grant() as Grant, asked, silent)).toThrow(TypeError));
});

describe('a repetition', () => {
  const cut = ({ response }: Turn) => void response.destroy();

  it('is made only where the operator declared it', async () => {
    const { server, count } = await serve((turn, at) => (at < 3 ? cut(turn) : fine(turn)));
    const { tool } = begin();
    expect(await tool(server, 'x')).toMatchObject({ kind: 'failed', failure: { kind: 'reset', sent: true } });
    expect(count()).toBe(1);
    expect(await tool(server, 'x', {}, { retries: 2 })).toMatchObject({ kind: 'result' });
    expect(count()).toBe(3);
  });

  it('is not made of what was answered', async () => {
    const { server, count } = await serve(({ response }) => void response.writeHead(503).end());
    const { tool } = begin();
    expect(await tool(server, 'x', {}, { retries: 2 })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'refused', sent: true },
    });
    expect(count()).toBe(1);
  });

  it('carries the same key, where the operation takes one', async () => {
    const seen: unknown[] = [];
    const { server } = await serve((turn, at) => {
      seen.push([turn.request.headers['idempotency-key'], turn.message.params.arguments]);
      return at % 2 === 1 ? cut(turn) : fine(turn);
    });
    const { tool } = begin();
    const header = { ...server, operations: [operation({ idempotencyKey: { in: 'header', name: 'Idempotency-Key' } })] };
    await tool(header, 'x', { a: 1 }, { retries: 1, idempotencyKey: 'k1' });
    const argument = { ...server, operations: [operation({ idempotencyKey: { in: 'argument', name: 'key' } })] };
    await tool(argument, 'x', { a: 1 }, { retries: 1, idempotencyKey: 'k2' });
    await tool(server, 'x', { a: 1 }, { retries: 1, idempotencyKey: 'k3' });
    expect(seen).toEqual([
      ['k1', { a: 1 }],
      ['k1', { a: 1 }],
      [undefined, { a: 1, key: 'k2' }],
      [undefined, { a: 1, key: 'k2' }],
      [undefined, { a: 1 }],
      [undefined, { a: 1 }],
    ]);
  });
});

describe('a server', () => {
  it('that fails often is left alone for a while', async () => {
    const { server, count } = await serve(({ response }) => void response.destroy());
    const { tool, up } = begin({ breaker: { failures: 3, windowMs: 60_000, openMs: 60_000 } });
    for (let i = 0; i < 3; i += 1) await tool(server, 'x');
    expect(await tool(server, 'x')).toMatchObject({ kind: 'failed', failure: { kind: 'open', sent: false } });
    expect([count(), up.state('s')]).toEqual([3, 'open']);
  });

  it('has so many places, and those who wait are served in turn by binding', async () => {
    const held: (() => void)[] = [];
    const order: string[] = [];
    const { server } = await serve((turn) => void held.push(() => fine(turn)));
    const one = { ...server, concurrency: 1 };
    const { tool } = begin();
    const run = (binding: string) => tool(one, 'x', {}, { binding }).then((reply) => order.push(`${binding} ${reply.kind}`));
    const all = [run('a')];
    while (held.length === 0) await new Promise((done) => setTimeout(done, 10));
    all.push(run('a'), run('a'), run('b'));
    for (let served = 0; served < 4; ) {
      const next = held.shift();
      if (next !== undefined) {
        next();
        served += 1;
      }
      await new Promise((done) => setTimeout(done, 10));
    }
    await Promise.all(all);
    expect(order).toEqual(['a result', 'a result', 'b result', 'a result']);
    const full = { ...one, queueMs: 50 };
    const first = tool(full, 'x', {}, { timeoutMs: 400 });
    await new Promise((done) => setTimeout(done, 100));
    expect(await tool(full, 'x')).toMatchObject({ kind: 'failed', failure: { kind: 'queue', sent: false } });
    await first;
  });

  it('is not asked by a call that was given up before', async () => {
    const { server, count } = await serve(fine);
    const { tool } = begin();
    expect(await tool(server, 'x', {}, { signal: AbortSignal.abort() })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'aborted', sent: false },
    });
    expect(count()).toBe(0);
  });

  it('of another revision takes the place of the old one, whose calls end in peace', async () => {
    const held: (() => void)[] = [];
    const old = await serve((turn) => void held.push(() => fine(turn)));
    const next = await serve(fine);
    const { tool } = begin();
    const slow = tool(old.server, 'x');
    while (held.length === 0) await new Promise((done) => setTimeout(done, 10));
    expect(await tool(next.server, 'x')).toMatchObject({ kind: 'result' });
    held[0]?.();
    expect(await slow).toMatchObject({ kind: 'result' });
  });

  it('of kind memory is this process itself', async () => {
    const reply = { kind: 'result', result: { content: [] }, bytes: 2 } as const;
    const offered = { era: 'none', tools: [] } as never;
    const { tool, up, call } = begin({
      inProcess: {
        call: (_grant, asked) => (asked.params.name === 'slow' ? new Promise(() => undefined) : Promise.resolve(reply)),
        offer: () => Promise.resolve(offered),
      },
    });
    const memory = record({ kind: 'memory' }, { id: 'memory' });
    expect(await tool(memory, 'x')).toEqual(reply);
    expect(await up.offer(memory, new AbortController().signal)).toEqual(offered);
    expect(await call(memory, { params: { name: 'slow' }, timeoutMs: 50 })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'timeout' },
    });
  });

  it('that cannot be asked for its offer is a fault with a public sentence', async () => {
    const { up } = begin();
    expect(up.state('nobody')).toBe('unknown');
    const signal = new AbortController().signal;
    await expect(up.offer(record(http('http://127.0.0.1:9'), { id: 'dead' }), signal)).rejects.toMatchObject({
      code: 'tool.unavailable',
      publicText: 'The tool server dead is not available.',
    });
    const silence = await listen(() => undefined);
    const late = begin({ limits: { offerMs: 200 } });
    await expect(late.up.offer(record(http(silence)), signal)).rejects.toMatchObject({ code: 'tool.timeout' });
    const locked = await listen((_request, response) => response.writeHead(401).end());
    await expect(up.offer(record(http(locked)), signal)).rejects.toMatchObject({ code: 'tool.refused' });
    const page = await listen((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('hi'));
    await expect(up.offer(record(http(page), { id: 'page' }), signal)).rejects.toMatchObject({ code: 'tool.garbage' });
  });

  it('offers all its pages, without what cannot be passed on', async () => {
    const listed = [
      { name: 'fine', inputSchema: { type: 'object' }, extra: 1 },
      { name: 'fine', inputSchema: { type: 'object' } },
      { name: 'remote', inputSchema: { type: 'object', properties: { a: { $ref: 'https://example.com/s.json' } } } },
      { name: 'header', inputSchema: { type: 'object', properties: { a: { type: 'number', 'x-mcp-header': 'A' } } } },
      {
        name: 'nested',
        inputSchema: { type: 'object', properties: { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } } },
      },
      { name: 'bare' },
    ];
    const origin = await listen(
      rpc(({ message, result, error, response }) => {
        if (message.method === 'initialize')
          return result({ protocolVersion: '2025-06-18', capabilities: { tools: {}, resources: {} } });
        if (message.id === undefined) return void response.writeHead(202).end();
        if (message.method === 'resources/list') return result({ resources: [] });
        if (message.method !== 'tools/list') return error(-32601);
        const at = Number(message.params.cursor ?? 0);
        return result({ tools: listed.slice(at, at + 1), ...(at + 1 < listed.length ? { nextCursor: String(at + 1) } : {}) });
      }),
    );
    const { up } = begin();
    const offer = await up.offer(record(http(origin)), new AbortController().signal);
    expect(offer.tools).toEqual([listed[0]]);
    expect(offer.dropped.map(({ name }) => name)).toEqual(['fine', 'remote', 'header', 'nested', 'bare']);
    expect(offer).toMatchObject({
      prompts: [],
      resources: [],
      resourceTemplates: [],
      ttlMs: null,
      protocolVersion: '2025-06-18',
    });
  });

  it('whose pages do not end, or are too many, offers nothing', async () => {
    const lists: readonly ((cursor: unknown) => object)[] = [
      () => ({ tools: [], nextCursor: 'same' }),
      (cursor) => ({ tools: [], nextCursor: `${Number(cursor ?? 0) + 1}` }),
      (cursor) => ({
        tools: Array.from({ length: 500 }, (_, i) => ({ name: `${String(cursor)}${i}` })),
        nextCursor: `${Number(cursor ?? 0) + 1}`,
      }),
      () => ({ tools: [{ name: 'x'.repeat(17_000_000) }] }),
      () => ({ tools: 'none' }),
      () => ({ tools: [1] }),
    ];
    for (const list of lists) {
      const origin = await listen(
        rpc(({ message, result, error, response }) => {
          if (message.method === 'initialize') return result({ protocolVersion: '2025-06-18', capabilities: { tools: {} } });
          if (message.id === undefined) return void response.writeHead(202).end();
          return message.method === 'tools/list' ? result(list(message.params.cursor)) : error(-32601);
        }),
      );
      const { up } = begin();
      await expect(up.offer(record(http(origin)), new AbortController().signal)).rejects.toMatchObject({ code: 'tool.garbage' });
    }
  });
});
