/** The backend against a real runner over loopback; the sandboxes of the runner have no walls here. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRunnerDoor, type RunnerDoor } from '../../gateway/runner/index.ts';
import { PlainBackend } from '../../gateway/command/testing/plain-backend.ts';
import { PROFILE } from '../../gateway/command/testing/stage.ts';
import { delegatedGrant } from '../../govern/delegated.ts';
import type { Sandbox, SandboxEnd, SandboxSpec } from '../../ports/sandbox.ts';
import { specOf } from '../../ports/sandbox-profile.ts';
import { packFolder, receive, unpackInto } from '../shared/pack.ts';
import { createRemoteBackend } from './index.ts';

const SECRET = 'a secret of thirty-two characters, or more';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let folder: string;
let workspace: string;
let server: Server;
let door: RunnerDoor;
let inner: PlainBackend;
let ids = 0;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-remote-')));
  workspace = join(folder, 'checkout');
  mkdirSync(join(folder, 'runner'));
  mkdirSync(join(workspace, 'src'), { recursive: true });
  mkdirSync(join(workspace, '.git', 'hooks'), { recursive: true });
  writeFileSync(join(workspace, 'README.md'), 'here\n');
  writeFileSync(join(workspace, '.git', 'config'), 'mine\n');
  writeFileSync(join(workspace, 'secret.txt'), 'hidden\n');
  inner = new PlainBackend();
  const packing = { pack: packFolder, unpack: unpackInto, receive };
  door = createRunnerDoor({
    backend: inner,
    secret: SECRET,
    folder: join(folder, 'runner'),
    packing,
    newId: (prefix) => `${prefix}_${++ids}`,
    log: silent,
  });
  server = createServer((req, res) => door.handle(req, res));
  server.on('upgrade', (req, socket, head) => door.upgrade(req, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await door.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const grant = () =>
  delegatedGrant({
    id: 'gra_1',
    decision: 'dec_1',
    org: 'org',
    action: 'command.draft',
    agent: 'a',
    resource: { type: 'T', id: 'i' },
    mandate: null,
    obligations: [],
    expiresAt: Date.now() + 60_000,
  });
const specWith = (change: Partial<SandboxSpec> = {}): SandboxSpec => ({
  ...specOf(
    {
      ...PROFILE,
      least: 'remote',
      workspace: { mode: 'write', hidden: ['secret.txt'], protect: [], scratch: [], linkedFiles: 'hold' },
    },
    {
      identity: { org: 'org', agent: 'a', onBehalfOf: 'p', mandate: null, task: null, repository: null, run: 'run_1' },
      workspace,
      roots: [workspace],
    },
  ),
  ...change,
});
const make = (change: Partial<SandboxSpec> = {}, at = url()): Promise<Sandbox> =>
  createRemoteBackend({ settings: { url: at, secret: SECRET }, log: silent }).create(grant(), specWith(change));

async function run(
  sandbox: Sandbox,
  argv: readonly string[],
  stdin?: string,
  signal?: AbortSignal,
): Promise<SandboxEnd & { out: string }> {
  const out: Buffer[] = [];
  const end = await sandbox.exec(
    { argv, cwd: workspace },
    {
      stdin: stdin === undefined ? 'none' : Readable.from([Buffer.from(stdin)]),
      stdout: (chunk) => void out.push(Buffer.from(chunk)),
      stderr: () => undefined,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return { ...end, out: Buffer.concat(out).toString() };
}

test('a command runs over there, on what is here, and what it made comes back', async () => {
  const sandbox = await make();
  expect(await sandbox.resolve('cat')).toBe('/usr/bin/cat');
  expect(
    await run(sandbox, ['/usr/bin/sh', '-c', 'cat README.md -; echo made > src/made.txt; rm README.md; exit 3'], 'input\n'),
  ).toMatchObject({
    code: 3,
    out: 'here\ninput\n',
  });
  const receipt = await sandbox.dispose();
  expect(receipt).toMatchObject({ run: 'run_1', backend: 'remote:plain', strength: 'remote', filesChanged: 2, sweep: [] });
  expect([existsSync(join(workspace, 'README.md')), readFileSync(join(workspace, 'src/made.txt'), 'utf8')]).toEqual([
    false,
    'made\n',
  ]);
  expect(inner.made[0]?.disposed).toBeGreaterThan(0);
});

test('what is hidden stays here, and what is protected stays as it is', async () => {
  const sandbox = await make();
  const ran = await run(sandbox, [
    '/usr/bin/sh',
    '-c',
    'ls; echo theirs > .git/config; echo x > .git/hooks/pre-commit; mkdir -p .claude; echo x > .claude/settings.json; echo x > secret.txt',
  ]);
  expect(ran.out).not.toContain('secret.txt');
  const { sweep } = await sandbox.dispose();
  expect(readFileSync(join(workspace, '.git/config'), 'utf8')).toBe('mine\n');
  expect(readFileSync(join(workspace, 'secret.txt'), 'utf8')).toBe('hidden\n');
  expect([existsSync(join(workspace, '.git/hooks/pre-commit')), existsSync(join(workspace, '.claude'))]).toEqual([false, false]);
  expect(sweep.map(({ path }) => path).sort()).toEqual(['.claude', 'secret.txt']);
});

test('where only a part may be written, nothing else comes back', async () => {
  const { workspace: whole } = specWith();
  const sandbox = await make({ workspace: { ...whole, writable: ['src/', 'new/deep/'] } });
  await run(sandbox, [
    '/usr/bin/sh',
    '-c',
    'echo x > README.md; rm -r .claude; echo x > top.txt; echo x > src/in.txt; mkdir -p new/deep other; echo x > new/beside; echo x > new/deep/in.txt; echo x > other/o',
  ]);
  await sandbox.dispose();
  expect(readFileSync(join(workspace, 'README.md'), 'utf8')).toBe('here\n');
  expect(
    ['top.txt', 'other', 'new/beside', 'src/in.txt', 'new/deep/in.txt'].map((name) => existsSync(join(workspace, name))),
  ).toEqual([false, false, false, true, true]);
});

test('links that leave, special files and repositories within do not come back', async () => {
  const sandbox = await make();
  await run(sandbox, [
    '/usr/bin/sh',
    '-c',
    'ln -s /etc/passwd out; ln -s ../../x up; ln -s README.md in; mkfifo pipe; mkdir -p src/.git; chmod 4755 README.md',
  ]);
  const { sweep } = await sandbox.dispose();
  expect(['out', 'up', 'in', 'pipe', 'src/.git'].map((name) => existsSync(join(workspace, name)))).toEqual([
    false,
    false,
    true,
    false,
    false,
  ]);
  expect(sweep.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
    'leaving-symlink out',
    'leaving-symlink up',
    'nested-repository src/.git',
    'special-file pipe',
  ]);
});

test('what git here would run of it does not come back, and a repository that was here stays one', async () => {
  const config = '[filter "f"]\n\tclean = ./clean.sh\n\tsmudge = sh later.sh\n';
  writeFileSync(join(workspace, '.git/config'), config);
  writeFileSync(join(workspace, 'clean.sh'), 'ours\n');
  mkdirSync(join(workspace, 'vendored/.git/hooks'), { recursive: true });
  writeFileSync(join(workspace, 'vendored/.git/config'), 'ours\n');
  const sandbox = await make();
  await run(sandbox, [
    '/usr/bin/sh',
    '-c',
    'echo x > clean.sh; echo x > later.sh; echo x > vendored/.git/config; echo x > vendored/.git/index; mkdir -p bare/objects bare/refs; echo x > bare/HEAD',
  ]);
  const { sweep } = await sandbox.dispose();
  expect(
    ['clean.sh', 'vendored/.git/config', 'vendored/.git/index'].map((name) => readFileSync(join(workspace, name), 'utf8')),
  ).toEqual(['ours\n', 'ours\n', 'x\n']);
  expect(['later.sh', 'bare'].map((name) => existsSync(join(workspace, name)))).toEqual([false, false]);
  expect(sweep.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
    'configuration clean.sh',
    'configuration later.sh',
    'configuration vendored/.git/config',
    'nested-repository bare',
  ]);
});

test('a link of ours is never written through', async () => {
  symlinkSync('/etc', join(workspace, 'etc'));
  writeFileSync(join(folder, 'outside.txt'), 'outside\n');
  symlinkSync(join(folder, 'outside.txt'), join(workspace, 'file.txt'));
  const sandbox = await make();
  await run(sandbox, ['/usr/bin/sh', '-c', 'rm -f etc file.txt; mkdir etc; echo x > etc/countersign-test; echo x > file.txt']);
  await sandbox.dispose();
  expect([existsSync('/etc/countersign-test'), readFileSync(join(folder, 'outside.txt'), 'utf8')]).toEqual([false, 'outside\n']);
  expect(readFileSync(join(workspace, 'etc/countersign-test'), 'utf8')).toBe('x\n');
});

test('a workspace that may only be read is not changed', async () => {
  const sandbox = await make({ workspace: { ...specWith().workspace, mode: 'read' } });
  await run(sandbox, ['/usr/bin/sh', '-c', 'rm README.md']);
  await sandbox.dispose();
  expect(existsSync(join(workspace, 'README.md'))).toBe(true);
});

test('a cancelled command ends over there', async () => {
  const sandbox = await make();
  const abort = new AbortController();
  const running = run(sandbox, ['/usr/bin/sleep', '60'], undefined, abort.signal);
  setTimeout(() => abort.abort(), 300);
  expect(await running).toMatchObject({ killed: 'cancelled' });
  expect(inner.made[0]?.living).toBe(0);
  await sandbox.dispose();
});

test('a killed sandbox ends over there, with the reason', async () => {
  const sandbox = await make();
  const running = run(sandbox, ['/usr/bin/sleep', '60']);
  setTimeout(() => void sandbox.kill('time'), 300);
  expect(await running).toMatchObject({ killed: 'time' });
  await sandbox.dispose();
});

test('megabytes pass both ways', async () => {
  const sandbox = await make();
  const text = 'abcdefghijklmnopqrstuvwxyz012345\n'.repeat(40_000);
  expect(await run(sandbox, ['/usr/bin/cat'], text)).toMatchObject({ code: 0, out: text });
  await sandbox.dispose();
});

const proxySockets: { destroy(): void }[] = [];

test('nobody without the secret is heard', async () => {
  const status = await new Promise<number | undefined>((resolve) => {
    const req = httpRequest(`${url()}/runner/v1/capabilities`, { headers: { authorization: 'Bearer wrong' } }, (res) =>
      resolve(res.statusCode),
    );
    req.end();
  });
  expect(status).toBe(401);
  const wrong = createRemoteBackend({ settings: { url: url(), secret: 'another secret that is long enough, too' }, log: silent });
  await expect(wrong.create(grant(), specWith())).rejects.toMatchObject({ code: 'identity.invalid' });
});

test('a runner that is not there is a sandbox that failed: nothing is unknown', async () => {
  await expect(make({}, 'http://127.0.0.1:9')).rejects.toMatchObject({ code: 'sandbox.failed' });
});

test.each<[string, Partial<SandboxSpec>, string]>([
  ['a network', { network: 'door' }, 'network door'],
  ['mounts', { mounts: [{ path: '/opt', mode: 'read' }] }, 'mounts'],
])('a profile with %s is refused', async (_name, change, text) => {
  await expect(make(change)).rejects.toThrow(text);
  expect(inner.made).toEqual([]);
});

test.each([
  ['a plain connection to elsewhere', { url: 'http://runner.example', secret: SECRET }],
  ['a secret that could be guessed', { url: 'https://runner.example', secret: 'short' }],
  ['what is no address', { url: 'runner', secret: SECRET }],
])('%s is refused when the node starts', (_name, settings) => {
  expect(() => createRemoteBackend({ settings, log: silent })).toThrow();
});

/** Between node and runner, somebody who changes what passes. */
async function tampering(change: (path: string, body: Buffer) => Buffer): Promise<{ at: string; stop: () => Promise<void> }> {
  const target = new URL(url());
  const middle = createServer((req, res) => {
    const out = httpRequest(
      { host: target.hostname, port: target.port, path: req.url, method: req.method, headers: req.headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = change(`${req.method} ${req.url}`, Buffer.concat(chunks));
          res.writeHead(answer.statusCode ?? 500, {
            'content-type': answer.headers['content-type'] ?? '',
            'content-length': String(body.length),
          });
          res.end(body);
        });
      },
    );
    req.pipe(out);
  });
  middle.on('upgrade', (req, socket, head) => {
    const out = httpRequest({ host: target.hostname, port: target.port, path: req.url, headers: req.headers });
    out.on('upgrade', (_res, far, rest) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: countersign-exec/1\r\nconnection: Upgrade\r\n\r\n');
      socket.write(rest);
      far.write(head);
      far.pipe(socket).pipe(far);
      for (const each of [far, socket]) each.on('error', () => undefined);
      proxySockets.push(far, socket);
    });
    out.end();
  });
  await new Promise<void>((resolve) => middle.listen(0, '127.0.0.1', resolve));
  return {
    at: `http://127.0.0.1:${(middle.address() as AddressInfo).port}`,
    stop: () => {
      middle.closeAllConnections();
      return new Promise((resolve) => middle.close(() => resolve()));
    },
  };
}

test.each<[string, (path: string, body: Buffer) => Buffer]>([
  [
    'a receipt that was changed',
    (path, body) =>
      path.endsWith('/end')
        ? Buffer.from(body.toString().replace('"sweep":[]', '"sweep":[{"kind":"a","path":"b","done":"reported"}]'))
        : body,
  ],
  [
    'a result of another run',
    (path, body) => (path.endsWith('/end') ? Buffer.from(body.toString().replace('run_1', 'run_2')) : body),
  ],
  [
    'another workspace',
    (path, body) => (path.startsWith('GET') && path.endsWith('/workspace') ? Buffer.concat([body, Buffer.from('x')]) : body),
  ],
])('%s is refused, and nothing of it is taken', async (_name, change) => {
  const { at, stop } = await tampering(change);
  try {
    const sandbox = await make({}, at);
    await run(sandbox, ['/usr/bin/sh', '-c', 'rm README.md']);
    await expect(sandbox.dispose()).rejects.toThrow();
    expect(existsSync(join(workspace, 'README.md'))).toBe(true);
  } finally {
    await stop();
  }
});

test('a connection that breaks in the middle is an outcome that nobody knows', async () => {
  const { at, stop } = await tampering((_path, body) => body);
  const sandbox = await make({}, at);
  const running = run(sandbox, ['/usr/bin/sleep', '60']);
  const failed = expect(running).rejects.toMatchObject({ code: 'sandbox.lost' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const socket of proxySockets) socket.destroy();
  await failed;
  expect(await sandbox.dispose()).toMatchObject({ backend: 'remote', outputBytes: 0 });
  await stop();
});

test('a workspace with other rights than ours is unpacked as ours', async () => {
  chmodSync(join(workspace, 'README.md'), 0o4755);
  const sandbox = await make();
  const seen = await run(sandbox, ['/usr/bin/stat', '-c', '%a', 'README.md']);
  expect(seen.out).toBe('755\n');
  await sandbox.dispose();
});

test('what a stream holds back, nobody piles up', async () => {
  const sandbox = await make();
  let bytes = 0;
  await sandbox.exec(
    { argv: ['/usr/bin/head', '-c', '2000000', '/dev/zero'], cwd: workspace },
    {
      stdin: 'none',
      stdout: async (chunk) => {
        bytes += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
      stderr: () => undefined,
    },
  );
  expect(bytes).toBe(2_000_000);
  await sandbox.dispose();
});
