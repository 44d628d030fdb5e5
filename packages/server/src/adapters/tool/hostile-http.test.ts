import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, listen, rpc, type Turn } from './testing/listen.ts';
import { http, record, type Stage, stage } from './testing/stage.ts';

const open: Stage[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ up }) => up.close()));
  await closeAll();
});

/** A legacy server whose tool calls are answered by `act`. */
async function serve(act: (turn: Turn) => void) {
  const made = stage({ breaker: { failures: 1_000, windowMs: 1_000, openMs: 1_000 } });
  open.push(made);
  const origin = await listen(
    rpc((turn) => {
      const { message, result, error, response } = turn;
      if (message.method === 'initialize')
        return result({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'h', version: '0' } });
      if (message.id === undefined) return void response.writeHead(202).end();
      return message.method === 'tools/call' ? act(turn) : error(-32601);
    }),
  );
  return { ...made, server: record(http(origin), { id: 'hostile' }) };
}

const json = (response: ServerResponse, body: string, type = 'application/json') =>
  void response.writeHead(200, { 'content-type': type }).end(body);
const sse = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });
const ok = (id: unknown, text = 'x') => JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
const drip = (response: ServerResponse, what: string) => {
  const timer = setInterval(() => response.write(what), 100);
  response.on('close', () => clearInterval(timer));
};
const flood = (response: ServerResponse, chunk: string) => {
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

describe('a hostile server over HTTP', () => {
  const rows: readonly (readonly [what: string, kind: string, act: (turn: Turn) => void])[] = [
    ['nothing', 'timeout', () => undefined],
    [
      'headers and then nothing',
      'timeout',
      ({ response }) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders(),
    ],
    [
      'a byte now and then',
      'timeout',
      ({ response }) => drip(response.writeHead(200, { 'content-type': 'application/json' }), ' '),
    ],
    ['an endless quiet stream', 'timeout', ({ response }) => drip(sse(response), ': still here\n\n')],
    [
      'an endless loud stream',
      'too-large',
      ({ response }) => flood(sse(response), `data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n`),
    ],
    [
      'a line without an end',
      'too-large',
      ({ response }) => flood(sse(response), 'data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'),
    ],
    ['50 MB', 'too-large', ({ message, response }) => json(response, ok(message.id, 'x'.repeat(50_000_000)))],
    [
      '50 MB without saying so',
      'too-large',
      ({ response }) => flood(response.writeHead(200, { 'content-type': 'application/json' }), 'x'.repeat(65_536)),
    ],
    [
      '100,000 levels',
      'garbage',
      ({ message, response }) =>
        json(response, `{"jsonrpc":"2.0","id":${message.id},"result":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    ],
    [
      'a member twice',
      'garbage',
      ({ message, response }) => json(response, `{"jsonrpc":"2.0","id":${message.id},"id":0,"result":{}}`),
    ],
    ['the id of another request', 'garbage', ({ response }) => json(response, ok(987_654))],
    ['an array', 'garbage', ({ message, response }) => json(response, `[${ok(message.id)}]`)],
    [
      'bytes that are no text',
      'garbage',
      ({ response }) => void response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
    ],
    ['a page', 'garbage', ({ response }) => json(response, '<html>', 'text/html')],
    ['no type', 'garbage', ({ response }) => void response.writeHead(200).end('x')],
    [
      'both a result and an error',
      'garbage',
      ({ message, response }) =>
        json(response, `{"jsonrpc":"2.0","id":${message.id},"result":{},"error":{"code":1,"message":"m"}}`),
    ],
    ['an accepted that promises nothing', 'garbage', ({ response }) => void response.writeHead(202).end()],
    ['a cut connection', 'reset', ({ response }) => void response.destroy()],
    [
      'a cut document',
      'reset',
      ({ response }) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
          .write('{"json', () => response.destroy()),
    ],
    ['a cut stream', 'reset', ({ response }) => void sse(response).end('data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n')],
    ['an event that is no JSON', 'garbage', ({ response }) => void sse(response).end('data: hello\n\n')],
    ['a status of trouble', 'refused', ({ response }) => void response.writeHead(503).end('busy')],
    ['a refusal of our credential', 'unauthorized', ({ response }) => void response.writeHead(401).end()],
  ];
  for (const [what, kind, act] of rows)
    it(`that answers with ${what} fails as ${kind}, and the next call is served`, async () => {
      let first = true;
      const { tool, server } = await serve((turn) => {
        if (!first) return json(turn.response, ok(turn.message.id));
        first = false;
        return act(turn);
      });
      // The session is open before the clock of the call runs.
      const limits = { timeoutMs: kind === 'timeout' ? 500 : 8_000 };
      expect(await tool(server, 'x', {}, limits)).toMatchObject({ kind: 'failed', failure: { kind, sent: true } });
      expect(await tool(server, 'x')).toMatchObject({ kind: 'result' });
    });

  it('that asks on a stream for what was not declared is refused, and the call goes on', async () => {
    const answers: unknown[] = [];
    const { server, tool } = await (async () => {
      const made = stage();
      open.push(made);
      const origin = await listen(
        rpc(({ message, result, response }) => {
          if (message.method === undefined) {
            answers.push(message);
            return void response.writeHead(202).end();
          }
          if (message.method === 'initialize') return result({ protocolVersion: '2025-11-25', capabilities: {} });
          if (message.method !== 'tools/call') return void response.writeHead(message.id === undefined ? 202 : 400).end();
          sse(response).write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 'q', method: 'roots/list' })}\n\n`);
          const wait = setInterval(() => {
            if (answers.length === 0) return;
            clearInterval(wait);
            response.end(`data: ${ok(message.id)}\n\n`);
          }, 10);
          return undefined;
        }),
      );
      return { ...made, server: record(http(origin)) };
    })();
    expect(await tool(server, 'x')).toMatchObject({ kind: 'result' });
    expect(answers).toMatchObject([{ id: 'q', error: { code: -32601 } }]);
  });

  it('gets its own error through, with the code of the modern era and without our credential', async () => {
    const { server, tool } = await serve(({ message, response, request }) =>
      json(
        response,
        JSON.stringify({
          jsonrpc: '2.0',
          id: message.id,
          error: { code: -32002, message: `no ${String(request.headers['x-key'])}`, data: { k: request.headers['x-key'] } },
        }),
      ),
    );
    const credentials = [{ in: 'header', name: 'X-Key', reference: 'env:SECRET', prefix: '' }] as const;
    expect(await tool({ ...server, credentials }, 'x')).toEqual({
      kind: 'error',
      code: -32602,
      message: 'no [WITHHELD:credential]',
      data: { k: '[WITHHELD:credential]' },
    });
  });
});
