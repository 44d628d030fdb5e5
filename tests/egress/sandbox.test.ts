/** The door behind a real sandbox: a network namespace whose listeners it has, programs that know of a proxy and programs that do not. */
import { writeFile } from 'node:fs/promises';
import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { BwrapBackend } from '../../packages/server/src/adapters/sandbox/index.ts';
import type { Sandbox } from '../../packages/server/src/ports/sandbox.ts';
import { backendOf, discard, grant, type Ran, runIn, specFor, tempFolder } from '../sandbox/stage.ts';
import { type DoorStage, type DoorTerms, openDoor, testAuthority } from './stage.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Ports 80 and 443 of an address of its own on loopback: captured programs know no others. */
async function origins(address: string, host: string): Promise<{ readonly root: string; readonly hits: string[] }> {
  const root = testAuthority();
  const hits: string[] = [];
  const answer: Parameters<typeof createHttp>[1] = (req, res) => {
    hits.push(`${req.method} ${req.headers.host}${req.url}`);
    res.end('hello');
  };
  const servers: (readonly [HttpServer, number])[] = [
    [createHttp(answer), 80],
    [createHttps(root.leaf(host), answer), 443],
  ];
  for (const [server, port] of servers) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, () => resolve());
    });
    ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  return { root: root.pem, hits };
}

interface Boxed {
  readonly door: DoorStage;
  readonly sandbox: Sandbox;
  readonly workspace: string;
  run(...argv: string[]): Promise<Ran>;
  sh(text: string): Promise<Ran>;
}

async function boxed(terms: DoorTerms): Promise<Boxed> {
  const backend: BwrapBackend = backendOf();
  ends.push(() => backend.close());
  const workspace = tempFolder('egress');
  ends.push(() => discard(workspace));
  const slot = await backend.slots.take();
  const door = await openDoor({ ...terms, slot });
  const sandbox = await backend.create(grant(), specFor(workspace, { network: 'door' }), { slot, serving: door.serving });
  ends.push(async () => {
    await sandbox.dispose();
  });
  const run = (...argv: string[]): Promise<Ran> => runIn(sandbox, argv);
  return { door, sandbox, workspace, run, sh: (text) => run('sh', '-c', text) };
}

const ADDRESS = '127.77.0.1';
const listed = (root: string, more: object = {}): DoorTerms => ({
  rules: [{ host: 'allowed.test', private: true, ...more }],
  roots: [root],
  names: { 'allowed.test': [ADDRESS] },
});

test('curl reaches a listed host, with the proxy and without: the same rules, the same record', async () => {
  const { root, hits } = await origins(ADDRESS, 'allowed.test');
  const { door, sh } = await boxed(listed(root, { tls: 'inspect' }));
  expect(await sh('curl -sS http://allowed.test/a && curl -sS https://allowed.test/b')).toMatchObject({
    code: 0,
    out: 'hellohello',
    err: '',
  });
  expect(await sh("curl -sS --noproxy '*' http://allowed.test/c && curl -sS --noproxy '*' https://allowed.test/d")).toMatchObject(
    {
      code: 0,
      out: 'hellohello',
      err: '',
    },
  );
  const python =
    'import urllib.request as r; print(r.build_opener(r.ProxyHandler({})).open("https://allowed.test/e").read().decode())';
  expect(await sh(`python3 -c '${python}'`)).toMatchObject({ code: 0, out: 'hello\n' });
  expect(hits).toEqual(['a', 'b', 'c', 'd', 'e'].map((path) => `GET allowed.test/${path}`));
  expect(door.gate.outcomes.map(({ outcome }) => [outcome.target.scheme, outcome.target.path])).toEqual([
    ['http', '/a'],
    ['https', '/b'],
    ['http', '/c'],
    ['https', '/d'],
    ['https', '/e'],
  ]);
});

test('opaque TLS passes with the certificate of the origin itself', async () => {
  const { root, hits } = await origins(ADDRESS, 'allowed.test');
  const { door, sh, workspace } = await boxed(listed(root, { tls: 'opaque' }));
  await writeFile(join(workspace, 'root.pem'), root);
  expect(
    await sh(
      "curl -sS --cacert root.pem https://allowed.test/p && curl -sS --noproxy '*' --cacert root.pem https://allowed.test/c",
    ),
  ).toMatchObject({
    code: 0,
    out: 'hellohello',
  });
  expect(hits).toHaveLength(2);
  // A connection is on record when both sides have ended, which is after the client has.
  await expect.poll(() => door.gate.outcomes.map(({ outcome }) => outcome.mode)).toEqual(['opaque', 'opaque']);
});

test('what is not listed does not exist, and is not reached by any way round', async () => {
  const { root, hits } = await origins(ADDRESS, 'allowed.test');
  const { door, sh } = await boxed(listed(root, { tls: 'inspect' }));
  const failing = [
    "curl -sS -m 5 --noproxy '*' http://other.test/",
    "curl -sS -m 5 --noproxy '*' https://other.test/",
    `curl -sS -m 5 --noproxy '*' http://${ADDRESS}:8080/`,
    "curl -sS -m 5 --noproxy '*' http://1.1.1.1/",
    "curl -sS -m 5 --noproxy '*' 'http://[2606:4700::1111]/'",
    "curl -sS -m 5 --noproxy '*' --resolve other.test:443:127.0.0.1 https://other.test/ -f",
    'curl -sSf -m 5 https://other.test/',
    'curl -sSf -m 5 http://other.test/',
    'curl -sSf -m 5 --connect-to allowed.test:443:other.test:443 https://allowed.test/',
    'curl -sSf -m 5 -H "Host: other.test" https://allowed.test/',
    'curl -sSf -m 5 -X TRACE http://allowed.test/',
    'python3 -c \'import socket; socket.create_connection(("1.1.1.1", 53), 3)\'',
    'python3 -c \'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"x", ("8.8.8.8", 53))\'',
    'python3 -c \'import socket; socket.getaddrinfo("x.other.test", 80)\'',
  ];
  for (const command of failing) expect([command, (await sh(command)).code]).not.toEqual([command, 0]);
  expect(hits).toEqual([]);
  expect((await sh('python3 -c \'import socket; print(socket.gethostbyname("allowed.test"))\'')).out).toMatch(
    /^127\.1\.0\.\d+\n$/,
  );
  // Each name that was looked up is on record once.
  const asked = door.gate.refusals.filter(({ target }) => target?.port === 53).map(({ target }) => target?.host);
  expect(asked).toEqual([...new Set(asked)]);
  expect(asked).toEqual(expect.arrayContaining(['other.test', 'x.other.test']));
});

test.each([
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::1]',
  '[fd00:ec2::254]',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '169.16689662',
  '169.254.169.254.',
  'metadata.google.internal',
  '100.100.100.200',
  '168.63.129.16',
])('the metadata service is not reached as %s, with the proxy or without', async (host) => {
  // `report` lets through whatever is not refused for what it is.
  const { door, sh } = await boxed({
    rules: [],
    profile: { unfamiliar: 'report' },
    names: { 'metadata.google.internal': ['169.254.169.254'] },
  });
  for (const how of ['', "--noproxy '*'"]) {
    const ran = await sh(`curl -sS -m 5 -f -g ${how} http://${host}/latest/meta-data/`);
    expect(ran.code).not.toBe(0);
  }
  expect(door.gate.outcomes.filter(({ outcome }) => outcome.end === 'done')).toEqual([]);
});

test('what a sandbox leaves open ends with its run, on record', async () => {
  const { root } = await origins(ADDRESS, 'allowed.test');
  const { door, sh, sandbox } = await boxed(listed(root, { tls: 'opaque' }));
  const python = [
    'import socket, time',
    's = socket.create_connection(("127.0.0.1", 3128))',
    's.send(b"CONNECT allowed.test:443 HTTP/1.1\\r\\n\\r\\n")',
    'print(s.recv(99).decode().split("\\r\\n")[0], flush=True)',
    'time.sleep(60)',
  ].join('\n');
  void sh(`python3 -c '${python}'`).catch(() => undefined);
  await expect.poll(() => door.serving.totals().connections, { timeout: 10_000 }).toBe(1);
  const receipt = await sandbox.dispose();
  expect(receipt.egress).toMatchObject({ connections: 1 });
  expect(door.gate.settled).toBe(1);
});
