/** What a program in a sandbox may try against the door. Each time the origin's own log says whether anything arrived. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { RequestListener } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import fc from 'fast-check';
import { type DoorStage, type DoorTerms, listen, openDoor, openOrigin, type Origin, runClient, sendRaw } from './stage.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const hello: RequestListener = (_req, res) => {
  res.end('hello');
};

async function stage(
  terms: (origin: Origin) => DoorTerms,
  answer: RequestListener = hello,
): Promise<{ origin: Origin; door: DoorStage }> {
  const origin = await openOrigin(answer);
  open.push(origin);
  const door = await openDoor(terms(origin));
  open.push(door);
  return { origin, door };
}

const plain = (origin: Origin, more: object = {}): DoorTerms => ({
  rules: [{ host: 'allowed.test', ports: [origin.port, origin.securePort, 80, 443], private: true, ...more }],
  roots: [origin.root],
});
const dial = (port: number): Socket => connect({ host: '127.0.0.1', port });

test.each<[string, (port: number) => string, number]>([
  [
    'two lengths',
    (port) =>
      `POST http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
    400,
  ],
  [
    'a length and a coding',
    (port) =>
      `POST http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
    400,
  ],
  [
    'a folded header',
    (port) => `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\nX: a\r\n b\r\n\r\n`,
    400,
  ],
  ['a bare line feed', (port) => `GET http://allowed.test:${port}/ HTTP/1.1\nHost: allowed.test:${port}\r\n\r\n`, 400],
  ['a space before a colon', (port) => `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost : allowed.test:${port}\r\n\r\n`, 400],
  ['no host', (port) => `GET http://allowed.test:${port}/ HTTP/1.1\r\n\r\n`, 400],
  ['another host than the target', (port) => `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost: other.test\r\n\r\n`, 421],
  ['an unlisted host', () => 'GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n', 403],
  ['a user name', (port) => `GET http://allowed.test@other.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\n\r\n`, 400],
  ['https to a plain port', (port) => `GET https://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\n\r\n`, 400],
  ['origin-form', () => 'GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n', 400],
  ['TRACE', (port) => `TRACE http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\n\r\n`, 405],
  ['a method in small letters', (port) => `get http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\n\r\n`, 400],
  ['HTTP/2 by prior knowledge', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a head without end', () => `GET http://allowed.test/ HTTP/1.1\r\n${'X: y\r\n'.repeat(5_000)}`, 431],
  [
    'Connection that drops the host',
    (port) => `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\nConnection: host\r\n\r\n`,
    400,
  ],
  [
    'a WebSocket without a rule',
    (port) =>
      `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    403,
  ],
  ['CONNECT to another port', () => 'CONNECT allowed.test:22 HTTP/1.1\r\n\r\n', 403],
  ['CONNECT with another host', (port) => `CONNECT allowed.test:${port} HTTP/1.1\r\nHost: other.test:${port}\r\n\r\n`, 421],
  ['CONNECT with a body', (port) => `CONNECT allowed.test:${port} HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`, 400],
])('%s is refused, and nothing arrives', async (_name, request, status) => {
  const { origin, door } = await stage(plain);
  const answer = await sendRaw(dial(door.proxy), [request(origin.port)]);
  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(/x-countersign-request: dec_\d+/);
  expect([origin.hits, door.gate.outcomes, door.logged]).toEqual([[], [], []]);
});

test.each([
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:0:0:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[fd00:ec2::254]',
  'localhost',
  'metadata.google.internal',
])('%s is not reached in any way', async (host) => {
  // `report` lets everything through that is not refused for what it is.
  const { origin, door } = await stage((made) => ({
    rules: [],
    roots: [made.root],
    profile: { unfamiliar: 'report' },
    names: { localhost: ['127.0.0.1'], 'metadata.google.internal': ['169.254.169.254'] },
  }));
  const plainAnswer = await sendRaw(dial(door.proxy), [
    `GET http://${host}:${origin.port}/ HTTP/1.1\r\nHost: ${host}:${origin.port}\r\n\r\n`,
  ]);
  expect([400, 403]).toContain(plainAnswer.status);
  await sendRaw(dial(door.proxy), [
    `CONNECT ${host}:${origin.port} HTTP/1.1\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: ${host}:${origin.port}\r\n\r\n`,
  ]);
  await sendRaw(dial(door.http), [`GET / HTTP/1.1\r\nHost: ${host}:${origin.port}\r\n\r\n`]);
  expect([origin.hits, origin.connections.count]).toEqual([[], 0]);
});

test('a name that leads inward is not followed, and one that changes is not followed either', async () => {
  const { origin, door } = await stage((made) => ({
    rules: [
      { host: 'inward.test', ports: [made.port] },
      { host: '*.wild.test', ports: [made.port], private: true },
    ],
  }));
  for (const host of ['inward.test', 'a.wild.test']) {
    const answer = await sendRaw(dial(door.proxy), [
      `GET http://${host}:${origin.port}/ HTTP/1.1\r\nHost: ${host}:${origin.port}\r\n\r\n`,
    ]);
    expect([answer.status, answer.text.includes('egress.address')]).toEqual([403, true]);
  }
  expect(origin.connections.count).toBe(0);
  expect(door.gate.refusals.map(({ code }) => code)).toEqual(['egress.address', 'egress.address']);
});

/** A tunnel for `target`; TLS inside asks for `asks`. */
async function tunnelled(door: DoorStage, target: string, ca: string, asks: string | undefined): Promise<Socket | string> {
  const socket = dial(door.proxy);
  socket.on('error', () => undefined);
  socket.write(`CONNECT ${target} HTTP/1.1\r\n\r\n`);
  const head = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
  if (!head.startsWith('HTTP/1.1 200')) return head;
  return new Promise((resolve) => {
    const tls = connectTls({
      socket,
      ca,
      checkServerIdentity: () => undefined,
      ...(asks === undefined ? {} : { servername: asks }),
    });
    tls.once('secureConnect', () => resolve(tls));
    tls.once('error', (error) => resolve(String(error)));
    tls.once('close', () => resolve('closed'));
  });
}

test.each<[string, 'opaque' | 'inspect', string | undefined]>([
  ['another name', 'opaque', 'other.test'],
  ['no name', 'opaque', undefined],
  ['another name', 'inspect', 'other.test'],
  ['no name', 'inspect', undefined],
])('TLS inside a tunnel with %s is cut, %s', async (_name, tls, asks) => {
  const { origin, door } = await stage((made) => plain(made, { tls }));
  const reached = await tunnelled(door, `allowed.test:${origin.securePort}`, origin.root, asks);
  expect(typeof reached).toBe('string');
  expect(origin.hits).toEqual([]);
  expect(door.gate.refusals.map(({ code }) => code)).toEqual(['egress.mismatch']);
});

test('inside inspected TLS, another host is another place: fronting is refused', async () => {
  const { origin, door } = await stage((made) => plain(made, { tls: 'inspect' }));
  const reached = await tunnelled(door, `allowed.test:${origin.securePort}`, door.serving.ca ?? '', 'allowed.test');
  if (typeof reached === 'string') throw new Error(reached);
  const answer = await sendRaw(reached, ['GET / HTTP/1.1\r\nHost: other.test\r\n\r\n']);
  expect([answer.status, origin.hits]).toEqual([421, []]);
});

test('bytes that are no TLS do not pass, and pass where a rule says so', async () => {
  const echo = createTcp((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 ready\r\n');
    socket.pipe(socket);
  });
  const port = await listen(echo);
  open.push({ close: () => new Promise((done) => echo.close(() => done())) });
  const { door } = await stage(() => ({
    rules: [
      { host: 'closed.test', ports: [port], private: true, tls: 'opaque' },
      { host: 'raw.test', ports: [port], private: true, raw: true },
    ],
  }));
  const closed = await sendRaw(dial(door.proxy), [`CONNECT closed.test:${port} HTTP/1.1\r\n\r\nEHLO x\r\n`]);
  expect(closed.text).toBe(`HTTP/1.1 200 Connection Established\r\n\r\n${String.fromCharCode(21, 3, 3, 0, 2, 2, 112)}`);
  const raw = await sendRaw(dial(door.proxy), [`CONNECT raw.test:${port} HTTP/1.1\r\n\r\n`, 'EHLO x\r\n'], 400);
  expect(raw.text).toContain('220 ready\r\n');
  expect(raw.text).toContain('EHLO x\r\n');
  await expect.poll(() => door.gate.outcomes.length).toBe(2);
  expect(door.gate.outcomes.map(({ outcome: { mode, end, code, uploadBytes } }) => [mode, end, code, uploadBytes])).toEqual([
    ['opaque', 'refused', 'egress.denied', 0],
    ['raw', 'done', undefined, 8],
  ]);
});

test('methods and paths are those of the rule, and a path that can be read twice is none', async () => {
  const { origin, door } = await stage((made) => plain(made, { methods: ['GET'], paths: ['/ok'] }));
  const get = async (method: string, path: string): Promise<number | undefined> =>
    (
      await sendRaw(dial(door.proxy), [
        `${method} http://allowed.test:${origin.port}${path} HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\nConnection: close\r\n\r\n`,
      ])
    ).status;
  expect(await get('GET', '/ok/x')).toBe(200);
  expect(await get('DELETE', '/ok/x')).toBe(403);
  expect(await get('GET', '/other')).toBe(403);
  expect(await get('GET', '/okay')).toBe(403);
  for (const path of ['/ok/../other', '/ok/%2e%2e/other', '/ok//other', '/ok/..%2fother', '/ok/..;/other', '/ok%00'])
    expect(await get('GET', path)).toBe(400);
  expect(origin.hits.map(({ url }) => url)).toEqual(['/ok/x']);
});

const ask = (origin: Pick<Origin, 'port'>, start: string, headers: readonly string[] = []): string =>
  `${start.replace(' /', ` http://allowed.test:${origin.port}/`)} HTTP/1.1\r\n${[`Host: allowed.test:${origin.port}`, 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

test('a path that a server may read as a denied one is refused where another rule would let it through', async () => {
  const { origin, door } = await stage((made) => ({
    rules: [
      { host: 'allowed.test', ports: [made.port], private: true, paths: ['/admin'], decision: 'deny' },
      { host: 'allowed.test', ports: [made.port], private: true },
    ],
  }));
  const status = async (path: string) => (await sendRaw(dial(door.proxy), [ask(origin, `GET ${path}`)])).status;
  expect([await status('/administrator'), await status('/admin')]).toEqual([200, 403]);
  const evasions = [
    '/%61dmin',
    '/Admin',
    '/admin;x=1/y',
    '/;x/admin',
    '/admin%20',
    '/admin.',
    '/admin%3bx',
    '/admin%3f',
    '/x/..%3b/admin',
    '/x/%c0%ae%c0%ae/admin',
    '/x/..%20/admin',
    '/admin:$DATA',
  ];
  for (const path of evasions) expect([path, await status(path)]).toEqual([path, 400]);
  expect(origin.hits.map(({ url }) => url)).toEqual(['/administrator']);
});

test('a second method, path or host beside the first is refused where it would matter', async () => {
  const { origin, door } = await stage((made) => ({
    rules: [
      { host: 'allowed.test', ports: [made.port], private: true, methods: ['POST'], paths: ['/ok'] },
      { host: 'free.test', ports: [made.port], private: true },
    ],
  }));
  const post = async (path: string, header: string) =>
    (await sendRaw(dial(door.proxy), [ask(origin, `POST ${path}`, ['Content-Length: 0', header])])).status;
  expect(await post('/ok', 'X-HTTP-Method-Override: POST')).toBe(200);
  expect(await post('/ok', `X-Forwarded-Host: allowed.test:${origin.port}`)).toBe(200);
  for (const header of ['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: put', 'X-Method-Override: PATCH'])
    expect([header, await post('/ok', header)]).toEqual([header, 400]);
  for (const header of ['X-Original-URL: /admin', 'X-Rewrite-URL: /admin'])
    expect([header, await post('/ok', header)]).toEqual([header, 400]);
  for (const header of [
    'X-Forwarded-Host: other.test',
    'Forwarded: for=1.2.3.4;host="other.test"',
    'X-Host: allowed.test, other.test',
  ])
    expect([header, await post('/ok', header)]).toEqual([header, 421]);
  expect(await post('/ok?a=1&%5Fmethod=DELETE', 'X: y')).toBe(400);
  const free = ask(origin, 'POST /', ['Content-Length: 0', 'X-HTTP-Method-Override: GET']).replaceAll(
    'allowed.test',
    'free.test',
  );
  expect((await sendRaw(dial(door.proxy), [free])).status).toBe(200);
  expect(origin.hits).toHaveLength(3);
});

test.each<[string, string]>([
  ['a size with spaces', '5 \r\nhello\r\n0\r\n\r\n'],
  ['a hexadecimal prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['more than it says', '5\r\nhello!\r\n0\r\n\r\n'],
  ['a bare line feed', '5\nhello\r\n0\r\n\r\n'],
])('a chunk with %s is the fault of the request, and the client is told so', async (_name, body) => {
  const { origin, door } = await stage(plain);
  const answer = await sendRaw(dial(door.proxy), [ask(origin, 'POST /', ['Transfer-Encoding: chunked']), body]);
  expect([answer.status, origin.hits]).toEqual([400, []]);
  await door.serving.close();
  expect(door.gate.outcomes.map(({ outcome: { end, code } }) => [end, code])).toEqual([['refused', 'request.invalid']]);
});

test('a head that only another parser takes for whole is not waited for, on either side', async () => {
  const { origin, door } = await stage(plain);
  const started = Date.now();
  const request = await sendRaw(dial(door.proxy), [ask(origin, 'GET /').replaceAll('\r\n', '\n')], 5_000);
  expect([request.status, origin.connections.count]).toEqual([400, 0]);
  const bare = createTcp((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\nContent-Length: 2\n\nok'));
  });
  const port = await listen(bare);
  open.push({ close: () => new Promise((done) => bare.close(() => done())) });
  const other = await stage(() => ({ rules: [{ host: 'allowed.test', ports: [port], private: true }] }));
  const answer = await sendRaw(dial(other.door.proxy), [ask({ port }, 'GET /')], 5_000);
  expect([answer.status, Date.now() - started < 4_000]).toEqual([502, true]);
});

test('one that has said all it has still hears the other side, in a tunnel', async () => {
  const far = createTcp({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    socket.on('end', () => socket.end(`heard ${text}`));
  });
  const port = await listen(far);
  open.push({ close: () => new Promise((done) => far.close(() => done())) });
  const { door } = await stage(() => ({ rules: [{ host: 'raw.test', ports: [port], private: true, raw: true }] }));
  const client = connect({ host: '127.0.0.1', port: door.proxy, allowHalfOpen: true });
  client.write(`CONNECT raw.test:${port} HTTP/1.1\r\n\r\nearly`);
  await new Promise((established) => client.once('data', established));
  client.end(' and late');
  expect((await sendRaw(client, [])).text).toBe('heard early and late');
  await expect
    .poll(() => door.gate.outcomes.map(({ outcome: { end, uploadBytes } }) => [end, uploadBytes]))
    .toEqual([['done', 14]]);
});

test('caps and rates of a rule hold for all hosts and ports that it covers together', async () => {
  const { origin, door } = await stage((made) => ({
    rules: ['a.test', 'b.test', 'c.test'].map((host) => ({
      id: 'one',
      host,
      ports: [made.port],
      private: true,
      ...(host === 'c.test' ? { id: 'slow', requestsPerSecond: 1 } : { uploadBytes: 10_000 }),
    })),
  }));
  const post = async (host: string) => {
    const body = 'x'.repeat(8_000);
    const head = ask(origin, 'POST /', [`Content-Length: ${body.length}`]).replaceAll('allowed.test', host);
    return (await sendRaw(dial(door.proxy), [head, body])).status;
  };
  expect([await post('a.test'), await post('b.test'), await post('a.test')]).toEqual([200, 413, 413]);
  expect([await post('c.test'), await post('c.test')]).toEqual([200, 429]);
});

test('hop-by-hop headers and what is said to a proxy stay behind', async () => {
  const { origin, door } = await stage(plain);
  const answer = await sendRaw(dial(door.proxy), [
    `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\nProxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nConnection: close, x-mine\r\nX-Mine: 1\r\nUpgrade: h2c\r\nX-Kept: 2\r\n\r\n`,
  ]);
  expect(answer.status).toBe(200);
  expect(origin.hits[0]?.headers).toEqual({ host: `allowed.test:${origin.port}`, 'x-kept': '2' });
});

test('an upload over the cap is stopped on every way, at the cap', async () => {
  const cap = 100_000;
  const { origin, door } = await stage((made) => ({
    rules: [
      { host: 'allowed.test', ports: [made.port], private: true },
      { host: 'allowed.test', ports: [made.securePort], private: true, uploadBytes: cap, tls: 'opaque' },
    ],
    roots: [made.root],
    profile: { uploadBytes: cap },
  }));
  const request = (framing: string): string =>
    `POST http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\n${framing}\r\n\r\n`;
  const declared = await sendRaw(dial(door.proxy), [request('Content-Length: 200000')]);
  expect([declared.status, origin.connections.count]).toEqual([413, 0]);
  const chunk = `${(20_000).toString(16)}\r\n${'x'.repeat(20_000)}\r\n`;
  const chunked = await sendRaw(dial(door.proxy), [request('Transfer-Encoding: chunked'), ...Array<string>(10).fill(chunk)]);
  expect(chunked.status).toBe(413);
  const reached = await tunnelled(door, `allowed.test:${origin.securePort}`, origin.root, 'allowed.test');
  if (typeof reached === 'string') throw new Error(reached);
  const opaque = await sendRaw(reached, [
    'POST / HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 500000\r\n\r\n',
    ...Array<string>(25).fill('x'.repeat(20_000)),
  ]);
  expect(opaque.status).toBeUndefined();
  await door.serving.close();
  expect(origin.hits).toEqual([]);
  expect(door.gate.refusals.map(({ code }) => code)).toEqual(['egress.limit', 'egress.limit', 'egress.limit']);
  expect(door.gate.outcomes.map(({ outcome }) => [outcome.end, outcome.code])).toEqual(
    Array(3).fill(['refused', 'egress.limit']),
  );
});

test('a download over the cap is cut, and the client sees that it is not all', async () => {
  const { origin, door } = await stage(
    (made) => plain(made, { downloadBytes: 50_000 }),
    (req, res) => {
      if (req.url === '/declared') res.setHeader('content-length', 1_000_000);
      res.write('x'.repeat(1_000_000));
      res.end();
    },
  );
  const get = (path: string) =>
    runClient('curl', [
      '-sS',
      '-o',
      '/dev/null',
      '-x',
      `http://127.0.0.1:${door.proxy}`,
      '-w',
      '%{http_code}',
      `http://allowed.test:${origin.port}${path}`,
    ]);
  expect(await get('/declared')).toMatchObject({ code: 0, stdout: '403' });
  expect((await get('/chunked')).code).not.toBe(0);
});

test('connections beyond the cap, and requests beyond the rate, are refused', async () => {
  const { origin, door } = await stage((made) => ({ ...plain(made, { requestsPerSecond: 2 }), profile: { connections: 3 } }));
  const idle = Array.from({ length: 5 }, () => dial(door.proxy));
  const closed = await Promise.all(
    idle.map(
      (socket) =>
        new Promise<boolean>((resolve) => {
          socket.on('error', () => undefined);
          socket.once('close', () => resolve(true));
          setTimeout(() => resolve(false), 300);
        }),
    ),
  );
  expect(closed.filter(Boolean)).toHaveLength(2);
  for (const socket of idle) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const request = `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\n\r\n`;
  const answer = await sendRaw(dial(door.proxy), [request, request, request], 1_500);
  expect(answer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 429']);
});

test('names are bounded: below a wildcard in labels and length, where nobody listed them in number', async () => {
  const { door } = await stage(() => ({ rules: [{ host: '*.wild.test', ports: [80] }] }));
  const status = async (host: string): Promise<number | undefined> =>
    (await sendRaw(dial(door.proxy), [`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`])).status;
  expect(await status('fine.wild.test')).toBe(403);
  expect(door.gate.refusals.map(({ code }) => code)).toEqual(['egress.address']);
  expect(await status(`${'x'.repeat(49)}.wild.test`)).toBe(403);
  expect(await status('a.b.c.wild.test')).toBe(403);
  for (let index = 0; index < 48; index++) await status(`n${index}.test`);
  expect(door.gate.refusals).toHaveLength(1);
  await status('one-more.test');
  expect(door.gate.refusals.at(-1)?.code).toBe('egress.limit');
});

test('an answer that hides a second one is not passed on', async () => {
  const answers = [
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    'nonsense',
  ];
  let next = 0;
  const server = createTcp((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answers[next++] ?? ''));
  });
  const port = await listen(server);
  open.push({ close: () => new Promise((done) => server.close(() => done())) });
  const { door } = await stage(() => ({ rules: [{ host: 'allowed.test', ports: [port], private: true }] }));
  for (const _ of answers) {
    const answer = await sendRaw(dial(door.proxy), [
      `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\n\r\n`,
    ]);
    expect([answer.status, answer.text.includes('egress.unreachable')]).toEqual([502, true]);
  }
});

test('a second answer that nobody asked for is not taken for the next one', async () => {
  const server = createTcp((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'),
    );
  });
  const port = await listen(server);
  open.push({ close: () => new Promise((done) => server.close(() => done())) });
  const { door } = await stage(() => ({ rules: [{ host: 'allowed.test', ports: [port], private: true }] }));
  const request = `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\n\r\n`;
  const answer = await sendRaw(dial(door.proxy), [request, request], 1_000);
  expect(answer.text.match(/\r\n\r\n(ok|evil)/g)).toEqual(['\r\n\r\nok', '\r\n\r\nok']);
});

test('when the grant goes away, what goes through under it is cut', async () => {
  const { origin, door } = await stage(plain, (_req, res) => {
    res.write('beginning');
  });
  const slow = sendRaw(
    dial(door.proxy),
    [`GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\n\r\n`],
    10_000,
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  door.gate.cut.abort();
  expect((await slow).text).toContain('beginning');
});

test('random bytes on every listener: nothing arrives, nothing breaks', async () => {
  const { origin, door } = await stage(plain);
  const words = [
    'GET ',
    'CONNECT ',
    'http://allowed.test',
    ':',
    '80',
    ' HTTP/1.1',
    '\r\n',
    '\r\n\r\n',
    'Host: ',
    'allowed.test',
    '\u0016\u0003\u0001',
    '\u0000',
    '\u00ff',
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    '/',
    ' ',
  ];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array)),
    fc.array(fc.constantFrom(...words), { maxLength: 25 }).map((parts) => Buffer.from(parts.join(''), 'latin1')),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(door.proxy, door.http, door.https),
      fc.array(bytes, { minLength: 1, maxLength: 3 }),
      async (port, pieces) => {
        await sendRaw(dial(port), pieces, 60);
      },
    ),
    { numRuns: Number(process.env['COUNTERSIGN_EGRESS_FUZZ'] ?? 250) },
  );
  expect([origin.hits, door.logged]).toEqual([[], []]);
  const after = await sendRaw(dial(door.proxy), [
    `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\nConnection: close\r\n\r\n`,
  ]);
  expect(after.status).toBe(200);
});

test('a run that ends while connections are open, idle or half way, ends soon and has all of them on record', async () => {
  const { origin, door } = await stage(
    (made) => ({
      rules: [
        { host: 'allowed.test', ports: [made.port, made.securePort], private: true },
        { host: 'silent.test', ports: [9] },
      ],
      names: { 'silent.test': ['192.168.255.254'] },
    }),
    (_req, res) => void res.write('beginning'),
  );
  const slow = sendRaw(
    dial(door.proxy),
    [`GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\n\r\n`],
    20_000,
  );
  const idle = sendRaw(dial(door.proxy), ['GET http://'], 20_000);
  const tunnel = sendRaw(dial(door.proxy), [`CONNECT allowed.test:${origin.securePort} HTTP/1.1\r\n\r\n`], 20_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const from = performance.now();
  await door.serving.close();
  expect(performance.now() - from).toBeLessThan(3_000);
  await Promise.all([slow, idle, tunnel]);
  expect(door.gate.outcomes.map(({ outcome }) => outcome.end)).toContain('failed');
  expect(door.gate.settled).toBe(1);
  expect(door.serving.totals().connections).toBe(3);
});

test('an origin cannot speak as the door', async () => {
  const { origin, door } = await stage(plain, (_req, res) =>
    res.writeHead(403, { 'X-Countersign-Reason': 'egress.denied', 'x-kept': '1' }).end('no'),
  );
  const answer = await sendRaw(dial(door.proxy), [
    `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: allowed.test:${origin.port}\r\nConnection: close\r\n\r\n`,
  ]);
  expect([answer.status, /x-countersign/i.test(answer.text), answer.text.includes('x-kept: 1')]).toEqual([403, false, true]);
});
