/** Real clients through the door, and the origin's own log against what was recorded. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type DoorStage, type DoorTerms, openDoor, listen, openOrigin, type Origin, runClient, sendRaw } from './stage.ts';

const open: { close(): Promise<void> }[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'egress-'));
  folders.push(made);
  return made;
}

async function stage(
  answer: RequestListener,
  terms: (origin: Origin) => DoorTerms,
): Promise<{ origin: Origin; door: DoorStage }> {
  const origin = await openOrigin(answer);
  open.push(origin);
  const door = await openDoor(terms(origin));
  open.push(door);
  return { origin, door };
}

const hello: RequestListener = (_req, res) => {
  res.end('hello');
};

/** `git http-backend`, as a web server would run it. */
const gitBackend =
  (root: string): RequestListener =>
  (req, res) => {
    const url = new URL(req.url ?? '/', 'http://x');
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: req.method,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: req.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: req.headers['content-encoding'] ?? '',
        ...(req.headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: req.headers['content-length'] }),
        REMOTE_USER: 't',
        REMOTE_ADDR: '127.0.0.1',
      },
    });
    req.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    let head = '';
    child.stdout.on('data', function onData(chunk: Buffer) {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      child.stdout.off('data', onData);
      for (const line of head.slice(0, end).split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name === 'Status') res.statusCode = Number(value.slice(0, 3));
        else res.setHeader(name, value);
      }
      res.write(Buffer.from(head.slice(end + 4), 'latin1'));
      child.stdout.pipe(res);
    });
  };

const allowed = (origin: Origin, more: object = {}): DoorTerms => ({
  rules: [{ host: 'allowed.test', ports: [origin.port, origin.securePort], private: true, ...more }],
  roots: [origin.root],
});

test('curl gets a plain page through the proxy, and the record has it with its bytes', async () => {
  const { origin, door } = await stage(hello, allowed);
  const ran = await runClient('curl', [
    '-sS',
    '-x',
    `http://127.0.0.1:${door.proxy}`,
    `http://allowed.test:${origin.port}/a?b=c`,
  ]);
  expect(ran).toEqual({ code: 0, stdout: 'hello', stderr: '' });
  await door.serving.close();
  expect(origin.hits.map(({ method, url }) => [method, url])).toEqual([['GET', '/a?b=c']]);
  expect(
    door.gate.outcomes.map(({ rule, outcome: { mode, status, end, target } }) => ({ rule, mode, status, end, target })),
  ).toEqual([
    {
      rule: 'rule-0',
      mode: 'plain',
      status: 200,
      end: 'done',
      target: { host: 'allowed.test', port: origin.port, scheme: 'http', method: 'GET', path: '/a' },
    },
  ]);
});

test.each(['opaque', 'inspect'] as const)('curl gets a page over TLS, %s', async (tls) => {
  const { origin, door } = await stage(hello, (made) => allowed(made, { tls }));
  const ca = join(await folder(), 'ca.pem');
  await writeFile(ca, tls === 'inspect' ? (door.serving.ca ?? '') : origin.root);
  const ran = await runClient('curl', [
    '-sS',
    '--cacert',
    ca,
    '-x',
    `http://127.0.0.1:${door.proxy}`,
    `https://allowed.test:${origin.securePort}/x`,
  ]);
  expect(ran).toEqual({ code: 0, stdout: 'hello', stderr: '' });
  // The door sees the end a moment after the client has ended; closing before would be what ended it.
  await expect.poll(() => door.gate.outcomes.length).toBe(1);
  await door.serving.close();
  expect(door.gate.outcomes.map(({ outcome: { mode, end } }) => [mode, end])).toEqual([
    [tls === 'inspect' ? 'inspected' : 'opaque', 'done'],
  ]);
  expect(door.gate.refusals).toEqual([]);
});

test('what the door does not let through is told to curl, to git and to fetch, with the request id', async () => {
  const { door } = await stage(hello, allowed);
  const proxy = `http://127.0.0.1:${door.proxy}`;
  const json = await runClient('curl', ['-sS', '-x', proxy, '-H', 'Accept: application/json', 'http://other.test/']);
  expect(JSON.parse(json.stdout)).toMatchObject({ status: 403, code: 'egress.denied', instance: expect.stringMatching(/^dec_/) });
  const text = await runClient('curl', ['-sS', '-x', proxy, 'http://other.test/']);
  expect(text.stdout).toMatch(/^No rule lists this host\. \(egress\.denied\)\nRequest id: dec_\d+\n$/);
  const tunnel = await runClient('curl', ['-sS', '-x', proxy, 'https://other.test/']);
  expect(tunnel).toMatchObject({ code: 56, stderr: expect.stringContaining('403') });
  const git = await runClient('git', ['ls-remote', 'https://other.test/x.git'], { env: { https_proxy: proxy } });
  expect(git.stderr).toContain('403');
});

test('programs that know of no proxy are captured: the same rules, the same record', async () => {
  const { origin, door } = await stage(hello, (made) => ({
    ...allowed(made, { ports: [80, 443], tls: 'inspect' }),
    names: {},
  }));
  const ca = join(await folder(), 'ca.pem');
  await writeFile(ca, door.serving.ca ?? '');
  const to = ['--connect-to', `::127.0.0.1:${door.http}`];
  // Nothing listens on ports 80 and 443 here: that the name was decided and dialled is what counts.
  const plain = await runClient('curl', ['-sS', ...to, 'http://allowed.test/']);
  expect(plain.stdout).toContain('egress.unreachable');
  const other = await runClient('curl', ['-sS', ...to, 'http://other.test/']);
  expect(other.stdout).toContain('egress.denied');
  const secure = ['--cacert', ca, '--connect-to', `::127.0.0.1:${door.https}`];
  expect((await runClient('curl', ['-sS', ...secure, 'https://allowed.test/'])).stdout).toContain('egress.unreachable');
  expect((await runClient('curl', ['-sS', ...secure, 'https://other.test/'])).stdout).toContain('egress.denied');
  expect(door.gate.decided.map(({ target, answer }) => [target.host, target.port, answer])).toEqual([
    ['allowed.test', 80, 'allow'],
    ['other.test', 80, 'deny'],
    ['allowed.test', 443, 'allow'],
    ['other.test', 443, 'deny'],
  ]);
  expect(origin.hits).toEqual([]);
});

test.each(['opaque', 'inspect'] as const)('git clones and pushes over https, %s', async (tls) => {
  const root = await folder();
  const git = async (...args: string[]) => {
    const ran = await runClient('git', ['-c', 'user.name=t', '-c', 'user.email=t@x.test', ...args], { cwd: root });
    if (ran.code !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  };
  await git('init', '-q', '--bare', 'upstream.git');
  await git('-C', 'upstream.git', 'config', 'http.receivepack', 'true');
  await git('init', '-q', 'work');
  await writeFile(join(root, 'work', 'big.txt'), 'line of text\n'.repeat(60_000));
  await git('-C', 'work', 'add', '.');
  await git('-C', 'work', 'commit', '-q', '-m', 'one');
  await git('-C', 'work', 'push', '-q', '../upstream.git', 'HEAD:refs/heads/main');
  const { origin, door } = await stage(gitBackend(root), (made) => allowed(made, { tls }));
  const ca = join(root, 'ca.pem');
  await writeFile(ca, tls === 'inspect' ? (door.serving.ca ?? '') : origin.root);
  const env = { GIT_SSL_CAINFO: ca, https_proxy: `http://127.0.0.1:${door.proxy}`, GIT_TERMINAL_PROMPT: '0' };
  const url = `https://allowed.test:${origin.securePort}/upstream.git`;
  const clone = await runClient('git', ['clone', '-q', '-b', 'main', url, 'copy'], { cwd: root, env });
  expect(clone).toEqual({ code: 0, stdout: '', stderr: '' });
  await writeFile(join(root, 'copy', 'more.bin'), randomBytes(3 << 20));
  await git('-C', 'copy', 'add', '.');
  await git('-C', 'copy', 'commit', '-q', '-m', 'two');
  // Larger than git's buffer, so that it goes out in chunks.
  const push = await runClient('git', ['-C', 'copy', 'push', '-q', 'origin', 'HEAD:refs/heads/two'], { cwd: root, env });
  expect(push).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await git('-C', 'upstream.git', 'log', '--format=%s', 'two')).toBe('two\none\n');
  await door.serving.close();
  const totals = door.serving.totals();
  expect(totals.uploadBytes).toBeGreaterThan(3 << 20);
  expect(totals.denied).toBe(0);
  // Each request that the origin saw is on record, where the door sees requests.
  if (tls === 'inspect')
    expect(door.gate.outcomes.map(({ outcome }) => [outcome.target.method, outcome.target.path])).toEqual(
      origin.hits.map(({ method, url: seen }) => [method, new URL(seen, 'http://x').pathname]),
    );
});

test('python and fetch work through it, too', async () => {
  const { origin, door } = await stage(hello, (made) => allowed(made, { tls: 'inspect' }));
  const ca = join(await folder(), 'ca.pem');
  await writeFile(ca, door.serving.ca ?? '');
  const proxy = `http://127.0.0.1:${door.proxy}`;
  const env = { http_proxy: proxy, https_proxy: proxy, SSL_CERT_FILE: ca, NODE_EXTRA_CA_CERTS: ca };
  const urls = [`http://allowed.test:${origin.port}/p`, `https://allowed.test:${origin.securePort}/s`];
  const python = await runClient(
    'python3',
    ['-c', `import urllib.request as r\nfor u in ${JSON.stringify(urls)}: print(r.urlopen(u).read().decode())`],
    { env },
  );
  expect(python).toEqual({ code: 0, stdout: 'hello\nhello\n', stderr: '' });
  const script = `import { EnvHttpProxyAgent, fetch } from 'undici'; const dispatcher = new EnvHttpProxyAgent();
    for (const url of ${JSON.stringify(urls)}) console.log(await (await fetch(url, { dispatcher })).text());`;
  const fetched = await runClient(process.execPath, ['--input-type=module', '-e', script], {
    env,
    cwd: join(import.meta.dirname, '../..'),
  });
  expect(fetched.stdout).toBe('hello\nhello\n');
  await door.serving.close();
  expect(origin.hits.map(({ url }) => url)).toEqual(['/p', '/s', '/p', '/s']);
  expect(door.gate.outcomes.map(({ outcome }) => outcome.target.path)).toEqual(['/p', '/s', '/p', '/s']);
});

test('an upload larger than any buffer arrives whole, with a length and in chunks', async () => {
  const { origin, door } = await stage((req, res) => req.on('end', () => res.end('hello')), allowed);
  const file = join(await folder(), 'up');
  await writeFile(file, randomBytes(20_000_000));
  const curl = (...more: string[]) =>
    runClient('curl', [
      '-sS',
      '-x',
      `http://127.0.0.1:${door.proxy}`,
      '-T',
      file,
      ...more,
      `http://allowed.test:${origin.port}/up`,
    ]);
  expect(await curl()).toMatchObject({ code: 0, stdout: 'hello' });
  expect(await curl('-H', 'Transfer-Encoding: chunked')).toMatchObject({ code: 0, stdout: 'hello' });
  expect(origin.hits.map(({ bodyBytes }) => bodyBytes)).toEqual([20_000_000, 20_000_000]);
});

test('HEAD, 204, 304, HTTP/1.0 and an answer that ends with the connection arrive as they are', async () => {
  const { origin, door } = await stage((req, res) => {
    if (req.url === '/204') res.writeHead(204).end();
    else if (req.url === '/304') res.writeHead(304, { etag: 'x' }).end();
    else if (req.url === '/close') {
      res.useChunkedEncodingByDefault = false;
      res.writeHead(200, { connection: 'close' });
      res.end('until the end');
    } else res.writeHead(200, { 'content-length': 5 }).end('hello');
  }, allowed);
  const curl = (path: string, ...more: string[]) =>
    runClient('curl', [
      '-sS',
      '-x',
      `http://127.0.0.1:${door.proxy}`,
      '-w',
      ' %{http_code}',
      ...more,
      `http://allowed.test:${origin.port}${path}`,
    ]);
  expect((await curl('/204')).stdout).toBe(' 204');
  expect((await curl('/304')).stdout).toBe(' 304');
  expect((await curl('/close')).stdout).toBe('until the end 200');
  expect((await curl('/', '-0')).stdout).toBe('hello 200');
  expect((await curl('/', '-I')).stdout.toLowerCase()).toContain('content-length: 5');
});

test('a WebSocket passes where a rule allows it', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst');
      socket.pipe(socket);
    });
  });
  const port = await listen(server);
  open.push({ close: () => new Promise((done) => server.close(() => done())) });
  const door = await openDoor({ rules: [{ host: 'allowed.test', ports: [port], private: true, websocket: true }] });
  open.push(door);
  const socket = connect({ host: '127.0.0.1', port: door.proxy });
  const head = `GET http://allowed.test:${port}/ HTTP/1.1\r\nHost: allowed.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const answered = sendRaw(socket, [head], 1_000);
  setTimeout(() => socket.write('ping'), 300);
  expect((await answered).text).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\nfirstping$/);
});

test('a credential is put in over TLS, replaces what the agent sent, and does not come back in any form', async () => {
  const secret = 'sk-live-0123456789abcdef';
  const { origin, door } = await stage(
    (req, res) => {
      res.setHeader('x-echo', String(req.headers['authorization']));
      res.write(
        `{"got":"${req.headers['authorization']}","basic":"${Buffer.from(String(req.headers['authorization'])).toString('base64')}","half":"${secret.slice(0, 9)}`,
      );
      setTimeout(() => res.end(`${secret.slice(9)}"}`), 50);
    },
    (made) => ({ ...allowed(made, { credential: 'api' }), secrets: { 'env:API': secret } }),
  );
  door.gate.credentials.set('api', {
    name: 'api',
    reference: 'env:API',
    kind: { type: 'header', header: 'Authorization', prefix: 'Bearer ' },
  });
  const ca = join(await folder(), 'ca.pem');
  await writeFile(ca, door.serving.ca ?? '');
  const proxy = ['-x', `http://127.0.0.1:${door.proxy}`];
  const ran = await runClient('curl', [
    '-sSi',
    '--compressed',
    ...proxy,
    '--cacert',
    ca,
    '-H',
    'Authorization: Bearer mine',
    `https://allowed.test:${origin.securePort}/`,
  ]);
  expect(origin.hits[0]?.headers).toMatchObject({ authorization: `Bearer ${secret}`, 'accept-encoding': 'identity' });
  expect(ran.stdout).toContain('"got":"*');
  for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, 20), secret.slice(5)])
    expect(ran.stdout).not.toContain(form);
  const plain = await runClient('curl', ['-sS', ...proxy, `http://allowed.test:${origin.port}/`]);
  expect(plain.stdout).toContain('over TLS only');
  await door.serving.close();
  expect(origin.hits).toHaveLength(1);
  expect(door.gate.outcomes.map(({ outcome }) => outcome.credential)).toEqual(['api']);
  expect(JSON.stringify([door.gate.outcomes, door.gate.refusals, door.logged])).not.toContain(secret);
});

test('requests to AWS are signed by the door, whatever the agent signed with', async () => {
  const { origin, door } = await stage(
    (req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => res.end(Buffer.concat(chunks)));
    },
    (made) => ({ ...allowed(made, { credential: 'aws' }), secrets: { 'env:AWS': 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' } }),
  );
  const kind = { type: 'aws', accessKey: 'AKIDEXAMPLE', region: 'eu-central-1', service: 'bedrock' } as const;
  door.gate.credentials.set('aws', { name: 'aws', reference: 'env:AWS', kind });
  const ca = join(await folder(), 'ca.pem');
  await writeFile(ca, door.serving.ca ?? '');
  const url = `https://allowed.test:${origin.securePort}/model/a%3A0/invoke?x=1`;
  const mine = ['-H', 'Authorization: AWS4-HMAC-SHA256 mine', '-H', 'X-Amz-Security-Token: dummy', '-H', 'X-Amz-Target: kept'];
  const curl = (...more: string[]) =>
    runClient('curl', ['-sS', '-x', `http://127.0.0.1:${door.proxy}`, '--cacert', ca, ...mine, ...more, url]);
  const body = JSON.stringify({ text: 'x'.repeat(300_000) });
  const file = join(await folder(), 'body.json');
  await writeFile(file, body);
  for (const how of [[], ['-H', 'Transfer-Encoding: chunked'], ['-H', 'Expect: 100-continue']])
    expect(await curl('--data-binary', `@${file}`, ...how)).toEqual({ code: 0, stdout: body, stderr: '' });
  for (const { headers, url: seen } of origin.hits) {
    expect(seen).toBe('/model/a%3A0/invoke?x=1');
    expect(headers).not.toHaveProperty('x-amz-security-token');
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
    );
  }
  const streamed = await curl('-d', 'x', '-H', 'X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  expect(streamed.stdout).toContain('request.unsupported');
  expect(origin.hits).toHaveLength(3);
});

test('npm installs through it from a registry, and each of its requests is on record', async () => {
  const root = await folder();
  await mkdir(join(root, 'small'));
  await writeFile(join(root, 'small', 'package.json'), '{"name":"small","version":"1.0.0"}');
  await writeFile(join(root, 'small', 'index.js'), 'module.exports = 42;');
  const packed = await runClient('npm', ['pack', '--silent', './small'], { cwd: root });
  const archive = await readFile(join(root, packed.stdout.trim()));
  const { origin, door } = await stage(
    (req, res) => {
      if (req.url?.endsWith('.tgz') === true) return void res.end(archive);
      if (req.url !== '/small') return void res.writeHead(404).end('{}');
      const tarball = `https://${req.headers.host}/small/-/small-1.0.0.tgz`;
      const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
      const version = { name: 'small', version: '1.0.0', dist: { tarball, integrity } };
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ name: 'small', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }));
    },
    (made) => allowed(made, { methods: ['GET', 'HEAD'] }),
  );
  await mkdir(join(root, 'app'));
  await writeFile(join(root, 'app', 'package.json'), '{"name":"app","version":"1.0.0"}');
  await writeFile(join(root, 'ca.pem'), door.serving.ca ?? '');
  const env = {
    npm_config_registry: `https://allowed.test:${origin.securePort}/`,
    npm_config_https_proxy: `http://127.0.0.1:${door.proxy}`,
    npm_config_cafile: join(root, 'ca.pem'),
    npm_config_cache: join(root, 'cache'),
    npm_config_update_notifier: 'false',
  };
  const installed = await runClient('npm', ['install', '--no-audit', '--no-fund', 'small'], { cwd: join(root, 'app'), env });
  expect(installed).toMatchObject({ code: 0 });
  expect(await readFile(join(root, 'app/node_modules/small/index.js'), 'utf8')).toBe('module.exports = 42;');
  await door.serving.close();
  expect(origin.hits.map(({ url }) => url)).toEqual(['/small', '/small/-/small-1.0.0.tgz']);
  expect(door.gate.outcomes.map(({ outcome }) => [outcome.target.path, outcome.end])).toEqual([
    ['/small', 'done'],
    ['/small/-/small-1.0.0.tgz', 'done'],
  ]);
});

test('plain HTTP through CONNECT is plain HTTP, where a rule leaves TLS open', async () => {
  const { origin, door } = await stage(hello, allowed);
  const proxytunnel = ['-sS', '--proxytunnel', '-x', `http://127.0.0.1:${door.proxy}`];
  expect(await runClient('curl', [...proxytunnel, `http://allowed.test:${origin.port}/in`])).toEqual({
    code: 0,
    stdout: 'hello',
    stderr: '',
  });
  expect(
    (await runClient('curl', [...proxytunnel, '-H', 'Host: other.test', `http://allowed.test:${origin.port}/`])).stdout,
  ).toContain('egress.mismatch');
  await door.serving.close();
  expect(origin.hits.map(({ url }) => url)).toEqual(['/in']);
  expect(door.gate.outcomes.filter(({ outcome }) => outcome.mode === 'plain').map(({ outcome }) => outcome.target.path)).toEqual([
    '/in',
  ]);
});
