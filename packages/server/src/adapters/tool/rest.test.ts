import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import type { JsonRecord } from '@countersign/kernel/json';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpOperation, OperationRecord, ToolServerRecord } from '../../ports/registry.ts';
import type { ToolReply } from '../../ports/tool.ts';
import { bodyOf, closeAll, type Handler, listen } from './testing/listen.ts';
import { record, type Stage, stage } from './testing/stage.ts';

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

const never = new AbortController().signal;
const op = (name: string, http?: HttpOperation): OperationRecord =>
  ({ name, idempotencyKey: null, ...(http === undefined ? {} : { http }) }) as OperationRecord;
const openapi = (url: string, text: string, names: readonly string[], over: Partial<ToolServerRecord> = {}): ToolServerRecord =>
  record(
    { kind: 'openapi', document: 'api.yaml', text, url, privateAddresses: true },
    { id: 'api', operations: names.map((name) => op(name)), ...over },
  );
const declared = (url: string, operations: readonly OperationRecord[], over: Partial<ToolServerRecord> = {}): ToolServerRecord =>
  record({ kind: 'operations', url, privateAddresses: true }, { id: 'ops', operations, ...over });

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
/** Remembers requests, answers JSON. */
async function mirror(
  answer: Handler = (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'),
) {
  const seen: Seen[] = [];
  const origin = await listen(async (request, response) => {
    seen.push({ method: request.method, url: request.url, headers: request.headers, body: await bodyOf(request) });
    answer(request, response);
  });
  return { seen, origin };
}

const DOCUMENT = `
openapi: 3.0.3
info: { title: Issues, version: "1" }
servers: [{ url: "http://169.254.169.254/" }]
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Api-Key }, b: { type: http, scheme: bearer } }
  parameters:
    Number: { name: number, in: path, required: true, schema: { type: integer } }
  schemas:
    Issue:
      type: object
      required: [id, title]
      properties:
        id: { type: integer, readOnly: true }
        title: { type: string, nullable: true, example: T }
        number: { type: integer, minimum: 1, exclusiveMinimum: true }
        parent: { $ref: "#/components/schemas/Issue" }
paths:
  /issues/{number}:
    parameters: [{ $ref: "#/components/parameters/Number" }]
    get:
      operationId: getIssue
      summary: Gets one.
      description: By number.
      parameters:
        - { name: fields, in: query, schema: { type: array, items: { type: string } } }
        - { name: X-Api-Key, in: header, required: true, schema: { type: string } }
        - { name: Authorization, in: header, schema: { type: string } }
        - { name: session, in: cookie, schema: { type: string } }
        - { name: number, in: query, schema: { type: integer } }
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Issue" } } } }
        "404": { description: no, content: { text/plain: {} } }
    put:
      operationId: putIssue
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Issue" } } } }
      responses: { "204": { description: done } }
    delete: { operationId: hidden, responses: {} }
  /raw:
    post:
      operationId: postList
      requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }
      responses: { "200": { description: ok, content: { image/png: {} } } }
  /form:
    post:
      operationId: postForm
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { a: { type: string }, b: { type: array } } } } } }
      responses: { "200": { description: ok, content: { "text/*": {} } } }
  /remote: { get: { operationId: remote, parameters: [{ $ref: "https://example.com/p.json" }], responses: {} } }
  /cookie: { get: { operationId: cookie, parameters: [{ name: c, in: cookie, required: true, schema: {} }], responses: {} } }
  /multi: { post: { operationId: multi, requestBody: { required: true, content: { multipart/form-data: {} } }, responses: {} } }
  /lost/{x}: { get: { operationId: lost, responses: {} } }
  /a: { get: { operationId: twice, responses: {} }, post: { operationId: twice, responses: {} } }
`;

const find = (tools: readonly JsonRecord[], name: string) => tools.find((tool) => tool.name === name);

describe('an OpenAPI document', () => {
  it('gives the listed operations as tools, the rest as reasons or not at all', async () => {
    const names = ['getIssue', 'putIssue', 'postList', 'postForm', 'remote', 'cookie', 'multi', 'lost', 'twice', 'absent'];
    const { up } = begin();
    const offer = await up.offer(openapi('https://api.example.com/v1', DOCUMENT, names), never);
    expect(offer.tools.map(({ name }) => name)).toEqual(['getIssue', 'putIssue', 'postList', 'postForm']);
    expect(offer.dropped).toEqual([
      { name: 'remote', reason: 'it refers to another document' },
      { name: 'cookie', reason: 'it needs `c` in a place that is not supported' },
      { name: 'multi', reason: 'its body is in a format that is not supported' },
      { name: 'lost', reason: 'its path names `x`, which it does not describe' },
      { name: 'twice', reason: 'the document has several operations of this operationId' },
      { name: 'absent', reason: 'the document has no operation of this operationId' },
    ]);
    expect(offer).toMatchObject({
      era: 'none',
      launch: {
        kind: 'openapi',
        origin: 'https://api.example.com',
        path: '/v1',
        document: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect(find(offer.tools, 'getIssue')).toEqual({
      name: 'getIssue',
      description: 'Gets one.\n\nBy number.',
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
      inputSchema: {
        type: 'object',
        properties: {
          number: { type: 'integer' },
          fields: { type: 'array', items: { type: 'string' } },
          query_number: { type: 'integer' },
        },
        required: ['number'],
        additionalProperties: false,
      },
      outputSchema: {
        type: 'object',
        required: ['id', 'title'],
        properties: {
          id: { type: 'integer', readOnly: true },
          title: { type: ['string', 'null'] },
          number: { type: 'integer', exclusiveMinimum: 1 },
          parent: {},
        },
      },
    });
    expect(find(offer.tools, 'putIssue')).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: true },
      inputSchema: {
        properties: { number: { type: 'integer' }, title: { type: ['string', 'null'] }, body_number: {}, parent: {} },
        required: ['number', 'title'],
      },
    });
    expect(find(offer.tools, 'postList')).toMatchObject({
      annotations: { destructiveHint: false },
      inputSchema: { properties: { body: { type: 'array' } } },
    });
  });

  it('is dropped whole when it cannot be read', async () => {
    const { up } = begin();
    for (const text of [
      'swagger: "2.0"',
      '{',
      'a: 1\na: 2',
      '[]',
      `a: &a [x]\n${'b: [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n'.repeat(1)}`,
    ]) {
      const offer = await up.offer(openapi('https://api.example.com', text, ['x'], { title: text }), never);
      expect([offer.tools, offer.dropped.length]).toEqual([[], 1]);
    }
  });

  it('is called at the URL of the entry, arguments where they belong, our credential beside them', async () => {
    const { seen, origin } = await mirror();
    const { tool } = begin();
    const credentials = [
      { in: 'header', name: 'X-Api-Key', reference: 'env:SECRET', prefix: '' },
      { in: 'query', name: 'token', reference: 'env:SECRET', prefix: '' },
    ] as const;
    const server = openapi(`${origin}/v1/`, DOCUMENT, ['getIssue', 'putIssue', 'postList', 'postForm'], { credentials });
    expect(await tool(server, 'getIssue', { number: 7, fields: ['a b', 'c&d'], query_number: 9 })).toEqual({
      kind: 'result',
      result: { content: [{ type: 'text', text: '{"ok":true}' }], structuredContent: { ok: true } },
      bytes: 11,
    });
    await tool(server, 'putIssue', { number: 7, title: null, body_number: 3 });
    expect(seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/v1/issues/7?fields=a%20b&fields=c%26d&number=9&token=s3cret-value', ''],
      ['PUT', '/v1/issues/7?token=s3cret-value', '{"title":null,"number":3}'],
    ]);
    expect(seen[0]?.headers).toMatchObject({
      'x-api-key': 's3cret-value',
      accept: 'application/json',
      traceparent: expect.any(String),
    });
    await tool(server, 'postForm', { a: 'x y', b: ['1', '2'] });
    await tool(server, 'postList', { body: ['z'] });
    expect(seen.slice(2).map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      ['a=x+y&b=1&b=2', 'application/x-www-form-urlencoded'],
      ['["z"]', 'application/json'],
    ]);
  });

  it('refuses path values that would leave their place, and arguments that it does not have', async () => {
    const { seen, origin } = await mirror();
    const { tool } = begin();
    const text =
      'openapi: 3.1.0\npaths: { "/f/{name}": { get: { operationId: f, parameters: [{ name: name, in: path, required: true, schema: {} }], responses: { "200": { description: ok, content: { application/json: {} } } } } } }';
    const server = openapi(origin, text, ['f']);
    const bad = [
      '..',
      '.',
      'a/b',
      'a\\b',
      '%2e%2e',
      '%252e%252e%252f',
      'a%2Fb',
      '%25252f',
      '\u0000',
      'a\nb',
      '%00',
      '',
      'x..y',
      '\ud800',
    ];
    for (const name of bad)
      expect([name, await tool(server, 'f', { name })]).toMatchObject([name, { kind: 'error', code: -32602 }]);
    for (const args of [{}, { name: 'a', more: 1 }, { name: { deep: { er: 1 } } }])
      expect(await tool(server, 'f', args)).toMatchObject({ kind: 'error', code: -32602 });
    expect(await tool(server, 'g', {})).toMatchObject({ kind: 'error', code: -32602 });
    expect(seen).toEqual([]);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), async (name) => {
        const before = seen.length;
        const reply = await tool(server, 'f', { name });
        if (reply.kind === 'error') {
          expect(seen.length).toBe(before);
          return;
        }
        const url = new URL(seen.at(-1)?.url ?? '', origin);
        expect(url.pathname.split('/')).toHaveLength(3);
        expect(decodeURIComponent(url.pathname.slice(3))).toBe(name);
      }),
      { numRuns: 150 },
    );
  });
});

describe('an answer', () => {
  const rows: readonly (readonly [what: string, answer: [number, string, string | Buffer], expected: object])[] = [
    [
      'with a status of error',
      [404, 'text/plain', 'no such'],
      { kind: 'result', result: { isError: true, content: [{ type: 'text', text: 'HTTP 404\nno such' }] } },
    ],
    ['that refuses our credential', [401, 'text/plain', ''], { kind: 'failed', failure: { kind: 'unauthorized', sent: true } }],
    ['of a type that was not declared', [200, 'text/html', '<p>'], { kind: 'failed', failure: { kind: 'garbage' } }],
    [
      'in another character set',
      [200, 'application/json; charset=latin1', '{}'],
      { kind: 'failed', failure: { kind: 'garbage' } },
    ],
    ['that is no JSON', [200, 'application/json', '{'], { kind: 'failed', failure: { kind: 'garbage' } }],
    ['with a member twice', [200, 'application/json', '{"a":1,"a":2}'], { kind: 'failed', failure: { kind: 'garbage' } }],
    [
      'that is too large',
      [200, 'application/json', `"${'x'.repeat(2_000_000)}"`],
      { kind: 'failed', failure: { kind: 'too-large' } },
    ],
    [
      'that echoes our credential',
      [200, 'application/json', '{"k":"Bearer s3cret-value!"}'],
      { kind: 'result', result: { structuredContent: { k: 'Bearer [WITHHELD:credential]!' } } },
    ],
  ];
  for (const [what, [status, type, body], expected] of rows)
    it(what, async () => {
      const { origin } = await mirror((_request, response) => response.writeHead(status, { 'content-type': type }).end(body));
      const { tool } = begin();
      const credentials = [{ in: 'header', name: 'Authorization', reference: 'env:SECRET', prefix: 'Bearer ' }] as const;
      expect(await tool(openapi(origin, DOCUMENT, ['getIssue'], { credentials }), 'getIssue', { number: 1 })).toMatchObject(
        expected,
      );
    });

  it('may be a picture where that was declared, or nothing at all', async () => {
    const picture = await mirror((_request, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([1, 2, 3])),
    );
    const { tool } = begin();
    expect(await tool(openapi(picture.origin, DOCUMENT, ['postList']), 'postList')).toMatchObject({
      result: { content: [{ type: 'image', data: 'AQID', mimeType: 'image/png' }] },
    });
    const nothing = await mirror((_request, response) => response.writeHead(204).end());
    expect(await tool(openapi(nothing.origin, DOCUMENT, ['putIssue']), 'putIssue', { number: 1, title: 't' })).toMatchObject({
      result: { content: [{ text: 'HTTP 204' }] },
    });
  });
});

describe('a declared operation', () => {
  const input = {
    type: 'object',
    properties: { number: { type: 'integer' }, 'X-Mode': { type: 'string' }, q: {}, title: {} },
    required: ['number'],
  };
  const update = (over: Partial<HttpOperation> = {}): HttpOperation => ({
    method: 'POST',
    path: '/issues/{number}',
    description: 'Updates.',
    input,
    output: { type: 'object' },
    place: { q: 'query', 'X-Mode': 'header' },
    ...over,
  });

  it('is offered and called as its entry says', async () => {
    const { seen, origin } = await mirror();
    const { tool, up } = begin();
    const server = declared(`${origin}/api`, [op('update', update()), op('bare')]);
    const offer = await up.offer(server, never);
    expect(offer.tools).toEqual([
      {
        name: 'update',
        description: 'Updates.',
        inputSchema: { ...input, additionalProperties: false },
        outputSchema: { type: 'object' },
        annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
      },
    ]);
    expect(offer.dropped).toEqual([{ name: 'bare', reason: 'its entry says nothing of how it is called' }]);
    await tool(server, 'update', { number: 3, 'X-Mode': 'fast', q: { a: 1, b: 2 }, title: { t: [1] } });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/issues/3?a=1&b=2',
      body: '{"title":{"t":[1]}}',
      headers: { 'x-mode': 'fast' },
    });
    expect(await tool(server, 'update', { number: 3, 'X-Mode': 'a\r\nb' })).toMatchObject({ kind: 'error', code: -32602 });
  });

  it('that contradicts itself is dropped', async () => {
    const { up } = begin();
    const rows: readonly Partial<HttpOperation>[] = [
      { path: 'issues' },
      { path: '/a/../{number}' },
      { path: '/a?b={number}' },
      { path: '/{number}/{number}' },
      { path: '/{other}' },
      { path: '/x', place: { number: 'path' } },
      { place: { number: 'query' } },
      { method: 'GET', place: { title: 'body' } },
      { input: { type: 'object', properties: { number: {}, Cookie: {} } }, place: { Cookie: 'header' } },
    ];
    for (const over of rows) {
      const offer = await up.offer(
        declared('https://api.example.com', [op('update', update(over))], { title: JSON.stringify(over) }),
        never,
      );
      expect([over, offer.tools, offer.dropped.length]).toEqual([over, [], 1]);
    }
  });

  it('goes to no private address unless its entry says so, and has tools only', async () => {
    const { origin } = await mirror();
    const { tool, call } = begin();
    const server = record({ kind: 'operations', url: origin, privateAddresses: false }, { operations: [op('update', update())] });
    const reply: ToolReply = await tool(server, 'update', { number: 1 });
    expect(reply).toMatchObject({ kind: 'failed', failure: { kind: 'blocked', sent: false } });
    expect(await call(server, { method: 'prompts/get', params: { name: 'x' } })).toMatchObject({ kind: 'error', code: -32601 });
  });
});
