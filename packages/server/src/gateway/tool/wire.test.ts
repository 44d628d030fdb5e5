import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonRecord } from '@countersign/kernel/json';
import { catalogueServer, catalogueTool, serverRecord } from './testing/servers.ts';
import { errorOf, MODERN_META, resultOf, Stage, type StageOptions, told } from './testing/stage.ts';

let stage: Stage | undefined;

async function open(options: StageOptions = {}): Promise<Stage> {
  stage = await Stage.open(options);
  return stage;
}

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const rpc = (method: string, params: JsonRecord = {}): JsonRecord => ({ jsonrpc: '2.0', id: 1, method, params });
const call = rpc('tools/call', { name: 'lab__echo', arguments: {}, _meta: MODERN_META });
const MODERN = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'lab__echo' };

describe('a header that differs from the body is refused, and nothing is called', () => {
  const rows: readonly [string, Record<string, string>, unknown?][] = [
    ['no version', { ...MODERN, 'mcp-protocol-version': '' }],
    ['another version', { ...MODERN, 'mcp-protocol-version': '2025-11-25' }],
    ['no method', { ...MODERN, 'mcp-method': '' }],
    ['another method', { ...MODERN, 'mcp-method': 'tools/list' }],
    ['another name', { ...MODERN, 'mcp-name': 'lab__other' }],
    ['a name in another case', { ...MODERN, 'mcp-name': 'LAB__ECHO' }],
    ['a name that is marked as encoded and is another', { ...MODERN, 'mcp-name': `=?base64?${btoa('lab__other')}?=` }],
    ['a name that is badly encoded', { ...MODERN, 'mcp-name': '=?base64?bGFiX19lY2hv?' }],
    ['a name with another mark', { ...MODERN, 'mcp-name': `=?BASE64?${btoa('lab__echo')}?=` }],
  ];
  for (const [what, headers] of rows)
    it(what, async () => {
      const stage = await open();
      const answer = await told(await stage.post(call, headers));
      expect([answer.status, errorOf(answer)['code'], stage.upstreams.calls.length]).toEqual([400, -32020, 0]);
      expect(stage.road.refusals.map(({ code }) => code)).toEqual(['request.invalid']);
    });

  for (const [what, doubled] of [
    ['a doubled method', 'mcp-method'],
    ['a doubled name', 'mcp-name'],
  ] as const)
    it(what, async () => {
      const stage = await open();
      const lines = { ...MODERN, [doubled]: [MODERN[doubled], MODERN[doubled]] };
      const answer = await raw(stage, lines, JSON.stringify(call));
      expect([answer.status, answer.text.includes('-32020')]).toEqual([400, true]);
    });

  it('an encoded name that is the same passes', async () => {
    const stage = await open();
    const answer = await told(await stage.post(call, { ...MODERN, 'mcp-name': `=?base64?${btoa('lab__echo')}?=` }));
    expect([answer.status, stage.upstreams.calls.length]).toEqual([200, 1]);
  });
});

/** Headers as they are, doubled ones too. */
function raw(stage: Stage, headers: Record<string, string | string[]>, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = request(stage.url, {
      method: 'POST',
      headers: { authorization: 'Bearer agent-key', 'content-type': 'application/json', accept: '*/*', ...headers },
    });
    req.on('response', (res) => {
      let text = '';
      res.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, text }));
    });
    req.on('error', reject);
    req.end(body);
  });
}

describe('parameters that a tool mirrors into headers', () => {
  const tool = catalogueTool({
    name: 'echo',
    input: {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        deep: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' } } },
      },
    },
  });
  const rows: readonly [string, JsonRecord, Record<string, string>, number][] = [
    ['equal', { region: 'eu', deep: { count: 42 } }, { 'mcp-param-region': 'eu', 'mcp-param-count': '42.0' }, 200],
    ['encoded', { region: 'zürich' }, { 'mcp-param-region': `=?base64?${Buffer.from('zürich').toString('base64')}?=` }, 200],
    ['absent on both sides', {}, {}, 200],
    ['another value', { region: 'eu' }, { 'mcp-param-region': 'us' }, 400],
    ['another number', { deep: { count: 42 } }, { 'mcp-param-count': '43' }, 400],
    ['a number in another form', { deep: { count: 42 } }, { 'mcp-param-count': '0x2a' }, 400],
    ['a header without argument', {}, { 'mcp-param-region': 'eu' }, 400],
    ['an argument without header', { region: 'eu' }, {}, 400],
  ];
  for (const [what, args, headers, status] of rows)
    it(`${what}: ${status}`, async () => {
      const stage = await open({ tools: [tool] });
      const answer = await stage.call('lab__echo', args, { headers });
      expect([answer.status, stage.upstreams.calls.length]).toEqual([status, status === 200 ? 1 : 0]);
    });
});

describe('the envelope of a request without a session', () => {
  const version = 'io.modelcontextprotocol/protocolVersion';
  const capabilities = 'io.modelcontextprotocol/clientCapabilities';
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
  const rows: readonly [string, JsonRecord, number, number][] = [
    ['no envelope', {}, 400, -32602],
    ['no capabilities', { _meta: { [version]: '2026-07-28' } }, 400, -32602],
    ['no version', { _meta: { [capabilities]: {} } }, 400, -32602],
    ['another version than the header', { _meta: { [version]: '2031-01-02', [capabilities]: {} } }, 400, -32020],
    ['an unknown version', { _meta: { [version]: '2031-01-01', [capabilities]: {} } }, 400, -32022],
  ];
  for (const [what, params, status, code] of rows)
    it(what, async () => {
      const stage = await open();
      const sent = code === -32022 ? { ...headers, 'mcp-protocol-version': '2031-01-01' } : headers;
      const answer = await told(await stage.post(rpc('tools/list', params), sent));
      expect([answer.status, errorOf(answer)['code']]).toEqual([status, code]);
      expect(code === -32022 ? errorOf(answer)['data'] : undefined).toEqual(
        code === -32022 ? { supported: ['2026-07-28'], requested: '2031-01-01' } : undefined,
      );
    });

  it('an unknown method is 404, also one of the older protocol', async () => {
    const stage = await open();
    for (const method of ['nothing/here', 'initialize', 'ping', 'logging/setLevel', 'resources/subscribe'])
      expect([(await stage.modern(method)).status, errorOf(await stage.modern(method))['code']]).toEqual([404, -32601]);
  });

  it('tasks without the extension name what is missing', async () => {
    const stage = await open();
    const answer = await stage.modern('tasks/get', { taskId: 'a' });
    expect([answer.status, errorOf(answer)['code'], errorOf(answer)['data']]).toEqual([
      400,
      -32021,
      { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
    ]);
  });

  it('a probe with the newer protocol and a session of the older one live side by side', async () => {
    const stage = await open();
    const session = await stage.session();
    const { 'mcp-session-id': id = '' } = session;
    const discovered = resultOf(await stage.modern('server/discover', {}, { headers: { 'mcp-session-id': id } }));
    expect(discovered).toMatchObject({ resultType: 'complete', supportedVersions: ['2026-07-28'], cacheScope: 'private' });
    expect((await stage.legacy(session, 'tools/list')).status).toBe(200);
  });

  it('every list says how long it may be kept, and for whom', async () => {
    const stage = await open();
    for (const method of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'])
      expect(resultOf(await stage.modern(method))).toMatchObject({
        resultType: 'complete',
        ttlMs: 60_000,
        cacheScope: 'private',
      });
  });

  it('a notification is taken and a response is not', async () => {
    const stage = await open();
    const headers = { 'mcp-protocol-version': '2026-07-28' };
    expect((await stage.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: {} }, headers)).status).toBe(202);
    expect((await stage.post({ jsonrpc: '2.0', id: 1, result: {} }, headers)).status).toBe(400);
  });
});

describe('what is no request', () => {
  const deep = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const rows: readonly [string, string, Record<string, string>, number, number][] = [
    ['no JSON', '{', {}, 400, -32700],
    ['a batch', '[]', {}, 400, -32600],
    ['a member twice', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', {}, 400, -32600],
    [
      'a name twice, deep down',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","n\\u0061me":"b"}}',
      {},
      400,
      -32600,
    ],
    ['100,000 levels', deep, {}, 400, -32600],
    ['no version', '{"id":1,"method":"ping"}', {}, 400, -32600],
    ['an id that is none', '{"jsonrpc":"2.0","id":null,"method":"ping"}', {}, 400, -32600],
    ['a long id', `{"jsonrpc":"2.0","id":"${'x'.repeat(300)}","method":"ping"}`, {}, 400, -32600],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', {}, 400, -32600],
    ['another content type', '{}', { 'content-type': 'text/plain' }, 415, 415],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 415],
    ['no event streams', '{}', { accept: 'application/json' }, 406, 406],
    ['no credential', '{}', { authorization: '' }, 401, 401],
    ['a wrong credential', '{}', { authorization: 'Bearer wrong' }, 401, 401],
    ['two credentials that differ', '{}', { 'x-api-key': 'other' }, 401, 401],
    ['a page of strangers', '{}', { origin: 'https://evil.example' }, 403, 403],
    ['a page without origin', '{}', { origin: 'null' }, 403, 403],
  ];
  for (const [what, body, headers, status, code] of rows)
    it(`${what}: ${status}`, async () => {
      const stage = await open();
      const answer = await told(await stage.post(body, headers));
      expect([answer.status, errorOf(answer)['code']]).toEqual([status, code]);
      expect([stage.road.asks.length, stage.upstreams.calls.length]).toEqual([0, 0]);
    });

  it('a body over the cap, and a cursor of a megabyte', async () => {
    const stage = await open({ limits: { bytesMax: 200_000, timeoutMs: 2_000 } });
    const answer = await told(await stage.post(rpc('tools/list', { cursor: 'x'.repeat(1_000_000) })));
    expect(answer.status).toBe(413);
    expect((await stage.modern('tools/list', { cursor: 'x'.repeat(100_000) })).status).toBe(400);
  });

  it('a credential in the address is refused even with a good one beside it', async () => {
    const stage = await open();
    const response = await fetch(`${stage.url}?access_token=agent-key`, {
      method: 'POST',
      headers: { authorization: 'Bearer agent-key' },
      body: '{}',
    });
    expect([response.status, (await response.text()).includes('agent-key')]).toEqual([400, false]);
  });

  it('our own pages may call', async () => {
    const stage = await open();
    expect((await stage.modern('tools/list', {}, { headers: { origin: stage.origin } })).status).toBe(200);
  });
});

describe('the protected resource', () => {
  it('says where tokens come from, and every 401 says where it says so', async () => {
    const stage = await open();
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']) {
      expect(stage.door.matches(path, 'GET')).toBe(true);
      expect(await (await fetch(`${stage.origin}${path}`)).json()).toEqual({
        resource: stage.url,
        authorization_servers: ['https://login.example'],
        scopes_supported: ['mcp'],
        bearer_methods_supported: ['header'],
        resource_name: 'Countersign',
      });
    }
    const where = `resource_metadata="${stage.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp"`;
    const bare = await fetch(stage.url, { method: 'POST' });
    expect(bare.headers.get('www-authenticate')).toBe(`Bearer ${where}`);
    const wrong = await stage.post('{}', { authorization: 'Bearer wrong' });
    expect(wrong.headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", ${where}`);
  });
});

describe('sessions', () => {
  it('missing is 400, unknown is 404, ended is 404', async () => {
    const stage = await open();
    expect((await stage.legacy({}, 'tools/list')).status).toBe(400);
    expect((await stage.legacy({ 'mcp-session-id': 'x' }, 'tools/list')).status).toBe(404);
    const session = await stage.session();
    expect((await stage.legacy(session, 'ping')).status).toBe(200);
    const ended = await fetch(stage.url, { method: 'DELETE', headers: { authorization: 'Bearer agent-key', ...session } });
    expect(ended.status).toBe(204);
    expect((await stage.legacy(session, 'ping')).status).toBe(404);
  });

  it('belongs to who opened it, under which mandate, with which credential', async () => {
    const stage = await open();
    const session = await stage.session();
    const [own] = [...stage.road.callers.values()];
    if (own === undefined) throw new Error('no caller');
    stage.road.callers.set('other-credential', { ...own, credential: 'key_2' });
    stage.road.callers.set('other-agent', { ...own, agent: { ...own.agent, id: 'other' } });
    stage.road.callers.set('with-mandate', { ...own, mandate: { id: 'man_1' } as never });
    for (const key of ['other-credential', 'other-agent', 'with-mandate']) {
      const response = await stage.post(rpc('tools/list'), { ...session, authorization: `Bearer ${key}` });
      expect(response.status).toBe(404);
    }
    expect((await stage.legacy(session, 'tools/list')).status).toBe(200);
  });

  it('is served by any node, and its id is nowhere in the store', async () => {
    const one = await open();
    const session = await one.session({ elicitation: {} }, '2025-06-18');
    const two = await Stage.open({ beside: one });
    expect((await two.legacy(session, 'tools/list')).status).toBe(200);
    expect(JSON.stringify([...one.sessions.rows])).not.toContain(session['mcp-session-id']);
    await two.close();
  });

  it('expires when it is idle, and many requests cost few reads', async () => {
    const stage = await open();
    const session = await stage.session();
    for (let i = 0; i < 20; i += 1) await stage.legacy(session, 'ping', {}, i);
    expect(stage.sessions.reads).toBeLessThan(5);
    stage.ahead = 31 * 60_000;
    expect((await stage.legacy(session, 'ping')).status).toBe(404);
  });

  const versions: readonly [string, string, number][] = [
    ['the negotiated one', '2025-11-25', 200],
    ['none, as older clients do', '', 200],
    ['another of ours', '2025-06-18', 400],
    ['one that nobody speaks', '1999-01-01', 400],
  ];
  for (const [what, version, status] of versions)
    it(`version header: ${what}: ${status}`, async () => {
      const stage = await open();
      const { 'mcp-session-id': id = '' } = await stage.session();
      const headers: Record<string, string> =
        version === '' ? { 'mcp-session-id': id } : { 'mcp-session-id': id, 'mcp-protocol-version': version };
      expect((await stage.legacy(headers, 'ping')).status).toBe(status);
    });

  it('negotiates each older version, and offers the newest for any other', async () => {
    const stage = await open();
    for (const [asked, given] of [
      ['2024-11-05', '2024-11-05'],
      ['2025-03-26', '2025-03-26'],
      ['2026-07-28', '2025-11-25'],
      ['1.0', '2025-11-25'],
    ] as const) {
      const answer = await told(await stage.post(rpc('initialize', { protocolVersion: asked, capabilities: {} })));
      expect(resultOf(answer)['protocolVersion']).toBe(given);
    }
  });

  it('unknown methods are errors, unknown notifications are taken', async () => {
    const stage = await open();
    const session = await stage.session();
    expect(errorOf(await stage.legacy(session, 'nothing/here'))['code']).toBe(-32601);
    expect((await stage.post({ jsonrpc: '2.0', method: 'notifications/anything' }, session)).status).toBe(202);
    expect((await stage.post({ jsonrpc: '2.0', id: 'ask_unknown', result: {} }, session)).status).toBe(404);
  });

  it('GET and DELETE are for sessions only', async () => {
    const stage = await open();
    for (const method of ['GET', 'DELETE', 'PUT'])
      for (const headers of [{}, { 'mcp-protocol-version': '2026-07-28' }])
        expect((await fetch(stage.url, { method, headers: { authorization: 'Bearer agent-key', ...headers } })).status).toBe(405);
    const bare = { authorization: 'Bearer agent-key', 'mcp-protocol-version': '2025-11-25', accept: 'text/event-stream' };
    expect((await fetch(stage.url, { headers: bare })).status).toBe(400);
    expect((await fetch(stage.url, { headers: { ...bare, 'mcp-session-id': 'x'.repeat(43) } })).status).toBe(404);
  });
});

describe('open streams', () => {
  it('a principal has at most sixteen', async () => {
    const stage = await open();
    const controller = new AbortController();
    const listen = () =>
      stage.post(
        rpc('subscriptions/listen', { notifications: { toolsListChanged: true }, _meta: MODERN_META }),
        { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' },
        controller.signal,
      );
    const open_ = await Promise.all(Array.from({ length: 16 }, listen));
    expect(open_.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
    expect((await listen()).status).toBe(429);
    controller.abort();
    await Promise.allSettled(open_.map((response) => response.text()));
  });

  it('a stream says first what it will tell, tells only that, and ends with a result', async () => {
    const server = catalogueServer({ record: serverRecord({ id: 'lab' }), resources: [{ uri: 'file:///a', name: 'a' }] });
    const stage = await open({ servers: [server] });
    const uri = 'countersign://lab/file%3A%2F%2F%2Fa';
    const wanted = { resourcesListChanged: true, resourceSubscriptions: [uri, 'countersign://nobody/x', 'https://elsewhere'] };
    const listening = stage.modern('subscriptions/listen', { notifications: wanted }, { id: 77 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    stage.upstreams.tell('lab', 'file:///a');
    stage.upstreams.tell('lab', 'file:///other');
    stage.catalogue.change([server], []);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await stage.door.close();
    const { before, body } = await listening;
    const _meta = { 'io.modelcontextprotocol/subscriptionId': 77 };
    expect(before).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { resourcesListChanged: true, resourceSubscriptions: [uri] }, _meta },
      },
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri, _meta } },
      { jsonrpc: '2.0', method: 'notifications/resources/list_changed', params: { _meta } },
    ]);
    expect(body).toEqual({ jsonrpc: '2.0', id: 77, result: { resultType: 'complete', _meta } });
  });
});

describe('lists', () => {
  const tools = ['git__log', 'git__push', 'jira__search', 'zz'].map((exposed) =>
    catalogueTool({ name: exposed, exposed, class: exposed === 'git__push' ? 'mutate-high' : 'read' }),
  );
  const names = (result: JsonRecord): unknown => (result['tools'] as JsonRecord[]).map(({ name }) => name);

  it('show what this mandate may use, in a stable order, and nothing that is held back', async () => {
    const stage = await open({ tools: [...tools].reverse() });
    stage.road.foresee = ({ action }) => (action === 'tool.mutateHigh' ? 'deny' : 'allow');
    expect(names(resultOf(await stage.modern('tools/list')))).toEqual(['git__log', 'jira__search', 'zz']);
    stage.catalogue.change([catalogueServer({ record: serverRecord({ id: 'lab' }), state: 'quarantined' })], tools);
    expect(names(resultOf(await stage.modern('tools/list')))).toEqual([]);
  });

  it('a tool that a person has to approve is listed', async () => {
    const stage = await open({ tools });
    stage.road.foresee = () => 'requireApproval';
    expect(names(resultOf(await stage.modern('tools/list')))).toHaveLength(4);
  });

  it('can be narrowed by a header, never widened', async () => {
    const stage = await open({ tools });
    stage.road.foresee = ({ action }) => (action === 'tool.mutateHigh' ? 'deny' : 'allow');
    const narrowed = await stage.modern('tools/list', {}, { headers: { 'x-countersign-tools': 'git__*, zz' } });
    expect(names(resultOf(narrowed))).toEqual(['git__log', 'zz']);
    expect((await stage.modern('tools/list', {}, { headers: { 'x-countersign-tools': '.*' } })).status).toBe(400);
  });

  it('are asked of the kernel once for a mandate, and again when something changed', async () => {
    const stage = await open({ tools });
    let asked = 0;
    stage.road.foresee = () => {
      asked += 1;
      return 'allow';
    };
    for (let i = 0; i < 5; i += 1) await stage.modern('tools/list');
    expect(asked).toBe(4);
    stage.snapshot = { ...stage.snapshot, revision: 'rev-2' };
    await stage.modern('tools/list');
    expect(asked).toBe(8);
    stage.ahead = 61_000;
    await stage.modern('tools/list');
    expect(asked).toBe(12);
  });
});
