/**
 * What a container is given, and what is refused. Where podman or docker is there, with an image that COUNTERSIGN_TEST_IMAGE names by its id, real
 * containers are made, too; what needs them is listed as such.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROFILE } from '../../gateway/command/testing/stage.ts';
import { delegatedGrant } from '../../govern/delegated.ts';
import type { Sandbox, SandboxEnd, SandboxSpec } from '../../ports/sandbox.ts';
import { specOf } from '../../ports/sandbox-profile.ts';
import { survey } from '../shared/survey.ts';
import { runArguments } from './arguments.ts';
import { type ContainerSettings, createContainerBackend } from './index.ts';
import { refuseUnenforceable } from './refusal.ts';
import { strengthOf } from './settings.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const IMAGE = process.env['COUNTERSIGN_TEST_IMAGE'] ?? '';
const PROGRAM = process.env['COUNTERSIGN_TEST_CONTAINER'] ?? 'podman';
const RUNTIME = process.env['COUNTERSIGN_TEST_RUNTIME'];
const isThere = IMAGE !== '' && spawnSync(PROGRAM, ['image', 'inspect', IMAGE]).status === 0;

const settings: ContainerSettings = {
  program: PROGRAM,
  image: IMAGE === '' ? `example.org/work@sha256:${'a'.repeat(64)}` : IMAGE,
  node: `test-${process.pid}`,
  ...(RUNTIME === undefined ? {} : { runtime: RUNTIME }),
};

let folder: string;
let workspace: string;
let runs = 0;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-container-')));
  chmodSync(folder, 0o755);
  workspace = join(folder, 'checkout');
  mkdirSync(join(workspace, '.git', 'hooks'), { recursive: true });
  writeFileSync(join(workspace, '.git', 'config'), 'mine\n');
  writeFileSync(join(workspace, 'README.md'), 'here\n');
  writeFileSync(join(workspace, 'secret.txt'), 'hidden\n');
  if (process.getuid?.() === 0) for (const each of [workspace, join(workspace, '.git')]) chownSync(each, 1000, 1000);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const spec = (change: Partial<SandboxSpec> = {}): SandboxSpec => ({
  ...specOf(
    {
      ...PROFILE,
      least: 'container',
      workspace: { mode: 'write', hidden: ['secret.txt'], protect: [], scratch: [], linkedFiles: 'hold' },
    },
    {
      identity: {
        org: 'org',
        agent: 'a',
        onBehalfOf: 'p',
        mandate: null,
        task: null,
        repository: null,
        run: `run_${process.pid}_${++runs}`,
      },
      workspace,
      roots: [workspace],
    },
  ),
  ...change,
});
const grant = (action = 'command.draft') =>
  delegatedGrant({
    id: 'gra_1',
    decision: 'dec_1',
    org: 'org',
    action,
    agent: 'a',
    resource: { type: 'T', id: 'i' },
    mandate: null,
    obligations: [],
    expiresAt: Date.now() + 60_000,
  });
const limits = (change: Partial<SandboxSpec['limits']>) => ({ limits: { ...PROFILE.limits, ...change } });

test('a container has no network, no rights, no writable root, and the limits of its profile', async () => {
  const identity = { uid: 1000, gid: 1000, keepsId: false };
  const args = runArguments(settings, spec(), {
    identity,
    survey: await survey(workspace, { protect: [], holdsLinked: true }),
  }).join(' ');
  for (const part of [
    '--network none',
    '--cap-drop ALL',
    '--security-opt no-new-privileges',
    '--read-only',
    '--user 1000:1000',
    `--memory ${1 << 28} --memory-swap ${1 << 28}`,
    '--pids-limit 65',
    '--cpus 1.00',
    '--ulimit core=0:0',
    `type=bind,source=${workspace}/.git/config,destination=${workspace}/.git/config,readonly`,
    `type=bind,source=${workspace}/.git/hooks,destination=${workspace}/.git/hooks,readonly`,
  ])
    expect(args).toContain(part);
});

test.each<[string, Partial<SandboxSpec>, string]>([
  ['the network door', { network: 'door' }, 'network'],
  ['a quota', limits({ workspaceBytes: 1 }), 'quota'],
  ['namespaces inside', { nested: true }, 'namespaces'],
  ['a mount that cannot be written down', { mounts: [{ path: '/a,b', mode: 'read' }] }, 'comma'],
])('a profile that asks for %s is refused', (_name, change, text) => {
  expect(() => refuseUnenforceable(spec(change))).toThrow(text);
});

test('an image without a digest is refused, and a runtime says how strong it is', () => {
  expect(() => createContainerBackend({ settings: { ...settings, image: 'debian:12' }, log: silent })).toThrow('has no digest');
  expect(
    ['runc', 'runsc', 'kata', undefined].map((runtime) =>
      strengthOf({ ...settings, ...(runtime === undefined ? {} : { runtime }) }),
    ),
  ).toEqual(['container', 'gvisor', 'microvm', RUNTIME === undefined ? 'container' : strengthOf(settings)]);
});

test('a program that is not there is a sandbox that cannot be had, with what is missing', async () => {
  const backend = createContainerBackend({ settings: { ...settings, program: '/nowhere/podman' }, log: silent });
  const seen = await backend.capabilities();
  expect(seen.map(({ name, enforced }) => [name, enforced])).toContainEqual(['container', false]);
  await expect(backend.create(grant(), spec())).rejects.toMatchObject({ code: 'sandbox.unenforceable' });
  await expect(backend.create(grant('model.call'), spec())).rejects.toThrow('not for a command');
});

describe.each(isThere ? [PROGRAM] : [])('real containers of %s', () => {
  const make = (change: Partial<SandboxSpec> = {}): Promise<Sandbox> =>
    createContainerBackend({ settings, log: silent }).create(grant(), spec(change));
  async function run(sandbox: Sandbox, argv: readonly string[]): Promise<SandboxEnd & { out: string }> {
    const out: Buffer[] = [];
    const take = (chunk: Uint8Array): void => void out.push(Buffer.from(chunk));
    const end = await sandbox.exec({ argv, cwd: workspace }, { stdin: 'none', stdout: take, stderr: take });
    return { ...end, out: Buffer.concat(out).toString() };
  }

  test('a command runs in it, as nobody special, and what is protected and hidden is', async () => {
    const sandbox = await make();
    const sh = await sandbox.resolve('sh');
    expect([sh?.startsWith('/'), await sandbox.resolve('no-such-program')]).toEqual([true, undefined]);
    const ran = await run(sandbox, [
      sh ?? '',
      '-c',
      'id -u; cat README.md secret.txt; echo x > made.txt; echo x > .git/config; touch /x; mkfifo pipe; mkdir .claude; exit 5',
    ]);
    expect(ran.code).toBe(5);
    expect(ran.out).toContain('here');
    expect(ran.out).not.toContain('hidden');
    const receipt = await sandbox.dispose();
    expect([readFileSync(join(workspace, '.git/config'), 'utf8'), existsSync(join(workspace, 'made.txt'))]).toEqual([
      'mine\n',
      true,
    ]);
    expect(receipt.sweep.map(({ kind }) => kind).sort()).toEqual(['configuration', 'special-file']);
    expect(
      spawnSync(PROGRAM, ['ps', '--all', '--quiet', '--filter', `label=dev.countersign.node=${settings.node}`]).stdout.toString(),
    ).toBe('');
  });

  test('where only a part may be written, the rest is read-only', async () => {
    mkdirSync(join(workspace, 'src'));
    if (process.getuid?.() === 0) chownSync(join(workspace, 'src'), 1000, 1000);
    const { workspace: whole } = spec();
    const sandbox = await make({ workspace: { ...whole, writable: ['src/', 'dist/'] } });
    const ran = await run(sandbox, [
      '/bin/sh',
      '-c',
      'for f in README.md top src/in dist/in .git/in; do (echo x > $f) 2>/dev/null && echo $f; done; exit 0',
    ]);
    await sandbox.dispose();
    expect(ran.out.trim().split('\n')).toEqual(['src/in', 'dist/in', '.git/in']);
  });

  test('a cancelled command ends alone, a killed sandbox whole', async () => {
    const sandbox = await make();
    const abort = new AbortController();
    const end = await sandbox.exec(
      { argv: ['/bin/sh', '-c', 'echo up; sleep 60; echo late'], cwd: workspace },
      { stdin: 'none', stdout: () => abort.abort(), stderr: () => undefined, signal: abort.signal },
    );
    expect(end).toMatchObject({ killed: 'cancelled' });
    expect(await run(sandbox, ['/bin/echo', 'still'])).toMatchObject({ code: 0, out: 'still\n' });
    const second = run(sandbox, ['/bin/sleep', '60']);
    setTimeout(() => void sandbox.kill('time'), 1_000);
    expect(await second).toMatchObject({ killed: 'time' });
    await sandbox.dispose();
  }, 120_000);

  test('a limit on memory is one', async () => {
    const sandbox = await make(limits({ memoryBytes: 32 * 1024 * 1024 }));
    expect(await run(sandbox, ['/bin/sh', '-c', 'a=x; while :; do a="$a$a"; done'])).toMatchObject({ killed: 'memory' });
    await sandbox.dispose();
  });
});
