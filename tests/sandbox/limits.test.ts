/** Limits, each with a command that keeps it and one that does not; what is left of a sandbox; ordinary work. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asFault } from '../../packages/kernel/src/fault.ts';
import type { SandboxLimits, SandboxSpec } from '../../packages/server/src/ports/sandbox.ts';
import { backendOf, discard, grant, once, runIn, specFor, tempFolder } from './stage.ts';

const MIB = 1_048_576;
const backend = backendOf({ plain: 1, networked: 0 });
const isRoot = process.getuid?.() === 0;
let workspace = '';

beforeEach(() => {
  workspace = tempFolder('limits');
});
afterEach(() => discard(workspace));
afterAll(() => backend.close());

const spec = (limits: Partial<SandboxLimits> = {}, changes: Partial<SandboxSpec> = {}): SandboxSpec => {
  const base = specFor(workspace, changes);
  const held = isRoot ? {} : { memoryBytes: 0, processes: 0 };
  return { ...base, limits: { ...base.limits, ...held, ...limits } };
};
const sh = (text: string, limits: Partial<SandboxLimits> = {}, changes: Partial<SandboxSpec> = {}) =>
  once(backend, spec(limits, changes), ['/bin/sh', '-c', text]);

const fill = (path: string, mib: number): string => `head -c ${mib}M /dev/zero >${path}`;

describe('limits', () => {
  const rows: readonly [string, Partial<SandboxLimits>, keeps: string, breaks: string][] = [
    ['size of a file', { fileBytes: 2 * MIB }, fill('a', 1), fill('a', 3)],
    ['temporary files', { tmpBytes: 4 * MIB }, fill('/tmp/a', 2), fill('/tmp/a', 6)],
    ['shared memory files', { tmpBytes: 4 * MIB }, fill('/dev/shm/a', 2), fill('/dev/shm/a', 6)],
    ['the home', { tmpBytes: 4 * MIB }, fill('$HOME/a', 2), fill('$HOME/a', 6)],
    ['open files', { openFiles: 64 }, 'exec 3</dev/null', 'perl -e \'open($f{$_}, "</dev/null") or exit 1 for 1..100\''],
    ['bytes of the workspace', { workspaceBytes: 4 * MIB }, fill('a', 2), `${fill('a', 3)}; ${fill('b', 3)}`],
    ['files of the workspace', { workspaceFiles: 200 }, 'touch $(seq 50)', 'touch $(seq 300)'],
  ];
  test.each(rows)('%s', async (_, limits, keeps, breaks) => {
    expect((await sh(keeps, limits)).code).toBe(0);
    expect((await sh(breaks, limits)).code).not.toBe(0);
    expect((await sh(breaks)).code).toBe(0);
  });

  test('nothing can be written but the workspace and the places of a limited size', async () => {
    const places = '/ /run /dev /dev/pts /home /var /usr /etc /proc /proc/sys /tmp /dev/shm /home/agent .';
    const { out } = await sh(`for d in ${places}; do touch $d/x 2>/dev/null && echo $d; done; exit 0`);
    expect(out.trim().split('\n')).toEqual(['/tmp', '/dev/shm', '/home/agent', '.']);
  });

  test('with a quota, what changed goes back and the rest is left alone', async () => {
    for (const name of ['same', 'changed', 'gone', '.env']) writeFileSync(join(workspace, name), 'before');
    const inode = statSync(join(workspace, 'same')).ino;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(workspace, 'sock'), resolve));
    const base = spec({ workspaceBytes: 8 * MIB });
    mkdirSync(join(workspace, 'deep'));
    writeFileSync(join(workspace, 'deep', 'f'), 'before');
    const hiding = { ...base, workspace: { ...base.workspace, hidden: ['.env', 'deep', 'deep/f'] } };
    const ran = await once(backend, hiding, [
      '/bin/sh',
      '-c',
      'cat .env; cat deep/f 2>/dev/null; test -e sock && echo seen; echo after >changed; rm gone; mkdir -p d/e; ln -s ../../changed d/e/l; echo x >d/e/f; exit 0',
    ]);
    server.close();
    expect([ran.code, ran.out]).toEqual([0, '']);
    expect(['same', 'changed', '.env', 'd/e/l', 'd/e/f'].map((name) => readFileSync(join(workspace, name), 'utf8'))).toEqual([
      'before',
      'after\n',
      'before',
      'after\n',
      'x\n',
    ]);
    expect([existsSync(join(workspace, 'gone')), statSync(join(workspace, 'same')).ino]).toEqual([false, inode]);
  });

  test.runIf(isRoot)('memory, in every way of using it', async () => {
    const limits = { memoryBytes: 64 * MIB };
    expect((await sh('head -c 16M /dev/zero | tail | wc -c', limits)).killed).toBeUndefined();
    expect((await sh('head -c 200M /dev/zero | tail | wc -c', limits)).killed).toBe('memory');
    expect((await sh(`${fill('/tmp/a', 200)}; exit 0`, { ...limits, tmpBytes: 512 * MIB, fileBytes: 512 * MIB })).killed).toBe(
      'memory',
    );
  });

  test.runIf(isRoot)('processes and threads', async () => {
    const forks = 'i=0; while [ $i -lt 60 ]; do sleep 1 & i=$((i+1)); done; exit 3';
    expect((await sh(forks, { processes: 30 })).code).not.toBe(3);
    expect((await sh(forks, { processes: 100 })).code).toBe(3);
  });

  test.runIf(isRoot)('processor time', async () => {
    const { receipt } = await sh('timeout 1 sh -c "while :; do :; done"; exit 0', { cpuPercent: 20 });
    expect(receipt.cpuMs).toBeLessThan(600);
  });

  test('output is cut off, and the sandbox ends', async () => {
    const ran = await sh('yes', { outputBytes: MIB });
    expect([ran.killed, ran.out.length + ran.err.length, ran.receipt.outputBytes]).toEqual(['output', MIB, MIB]);
  });

  test('time', async () => {
    const began = Date.now();
    expect((await sh('trap "" TERM; sleep 60', { wallMs: 500 })).killed).toBe('time');
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  test('a line that cannot be enforced is refused with its name', async () => {
    const refused = async (made: SandboxSpec): Promise<unknown> =>
      asFault(await backend.create(grant(), made).catch((thrown: unknown) => thrown)).details['line'];
    expect(await refused(spec({}, { least: 'microvm' }))).toBe('least');
    expect(await refused(spec({}, { mounts: [{ path: '/etc/ssl', mode: 'read' }] }))).toBe('mounts[0]');
    symlinkSync('/etc', join(workspace, 'out'));
    expect(await refused(spec({}, { mounts: [{ path: join(workspace, 'out'), mode: 'read' }] }))).toBe('mounts[0]');
    writeFileSync(join(workspace, 'large'), Buffer.alloc(3 * MIB));
    expect(await refused(spec({ workspaceBytes: MIB }))).toBe('limits.workspace');
    expect(await refused(spec({ workspaceFiles: 1 }))).toBe('limits.workspaceFiles');
    expect(await refused(spec({ openFiles: 2 ** 40 }))).toBe('limits.openFiles');
  });

  test.each<[string, (folder: string) => readonly SandboxSpec['mounts'][number][]]>([
    ['a second way to write to the workspace', (folder) => [{ path: folder, at: '/opt/again', mode: 'write' }]],
    ['the place of the workspace', (folder) => [{ path: join(folder, 'a'), at: folder, mode: 'read' }]],
    [
      'a place in the workspace that is not there',
      (folder) => [{ path: join(folder, 'a'), at: join(folder, 'b'), mode: 'read' }],
    ],
    ['a place around the workspace', (folder) => [{ path: join(folder, 'a'), at: dirname(folder), mode: 'read' }]],
    ['temporary files', (folder) => [{ path: join(folder, 'a'), at: '/tmp', mode: 'read' }]],
    [
      'a place in another mount that is not there',
      (folder) => [
        { path: join(folder, 'a'), at: '/opt/a/b', mode: 'read' },
        { path: join(folder, 'a'), at: '/opt/a', mode: 'read' },
      ],
    ],
  ])('a mount on %s is refused', async (_, mounts) => {
    mkdirSync(join(workspace, 'a'));
    const thrown: unknown = await backend.create(grant(), spec({}, { mounts: mounts(workspace) })).catch((each: unknown) => each);
    expect([asFault(thrown).code, asFault(thrown).details['line']]).toEqual(['sandbox.unenforceable', 'mounts[0]']);
    expect(readdirSync(workspace)).toEqual(['a']);
  });
});

const processesWith = (mark: string): string[] =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });

describe('the end', () => {
  const daemon = (mark: string): string =>
    `(trap "" TERM HUP; setsid sleep ${mark} >/dev/null 2>&1 & setsid sh -c "sleep ${mark} & wait" >/dev/null 2>&1 &) ; sleep 0.2`;

  test('nothing outlives its command', async () => {
    const mark = `4242${process.pid}.1`;
    expect((await sh(daemon(mark))).code).toBe(0);
    expect(processesWith(mark)).toEqual([]);
  });

  test('nothing outlives a kill', async () => {
    const mark = `4242${process.pid}.2`;
    const sandbox = await backend.create(grant(), spec());
    const running = runIn(sandbox, ['/bin/sh', '-c', `${daemon(mark)}; echo ready; sleep ${mark}`]);
    await expect.poll(() => processesWith(mark).length, { timeout: 20_000 }).toBeGreaterThan(0);
    await sandbox.kill('cancelled');
    expect((await running).killed).toBe('cancelled');
    expect(processesWith(mark)).toEqual([]);
    await sandbox.dispose();
  });

  test('nothing outlives this program, not even when it is killed', async () => {
    const mark = `4242${process.pid}.3`;
    const runner = new URL('../budget/run-source.mjs', import.meta.url).pathname;
    const child = spawn(
      process.execPath,
      [runner, new URL('sleeper.ts', import.meta.url).pathname, JSON.stringify({ workspace, mark })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await expect.poll(() => processesWith(`sleep\0${mark}`).length, { timeout: 60_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await expect.poll(() => processesWith(mark).length, { timeout: 5_000 }).toBe(0);
    // The next start takes away what it left: files with the run's user, empty folders on which something was mounted.
    const next = backendOf();
    const again = await once(next, specFor(workspace, isRoot ? {} : { limits: spec().limits }), ['true']);
    expect(again.code).toBe(0);
    await next.close();
    expect(readdirSync(workspace)).toEqual([]);
    expect(execFileSync('find', [workspace, '-not', '-uid', String(process.getuid?.())]).toString()).toBe('');
  });

  test('an aborted command ends alone', async () => {
    const sandbox = await backend.create(grant(), spec());
    const abort = new AbortController();
    const streams = { stdin: 'none', stdout: () => undefined, stderr: () => undefined, signal: abort.signal } as const;
    const sleeping = sandbox.exec({ argv: ['sleep', '60'] }, streams);
    setTimeout(() => abort.abort(), 300);
    expect((await sleeping).killed).toBe('cancelled');
    expect((await runIn(sandbox, ['echo', 'still here'])).out).toBe('still here\n');
    await sandbox.dispose();
  });

  test('the sweep tells what it found', async () => {
    execFileSync('git', ['init', '-q'], { cwd: workspace });
    const { receipt } = await sh(
      'mkfifo p; ln -s /etc/passwd l; git init -q sub; echo x >.git/commondir; echo x >.envrc; echo x >kept',
    );
    const found = receipt.sweep.map(({ kind, path, done }) => `${kind} ${path} ${done}`).sort();
    expect(found).toEqual([
      'configuration .envrc quarantined',
      'git-configuration .git/commondir removed',
      'leaving-symlink l reported',
      'nested-repository sub/.git quarantined',
      'special-file p removed',
    ]);
    expect(existsSync(join(workspace, 'kept'))).toBe(true);
  });

  test('a repository that the run made is kept, without what it would run', async () => {
    const make =
      'git init -q && git config user.name n && git config user.email e@x && git config core.fsmonitor evil && echo x >.git/hooks/pre-commit && echo a >a && git -c core.fsmonitor= -c core.hooksPath=/dev/null add a && git -c core.fsmonitor= -c core.hooksPath=/dev/null commit -qm one';
    const { code, receipt } = await sh(make);
    expect([code, receipt.sweep]).toEqual([0, [{ kind: 'git-configuration', path: '.git', done: 'stripped' }]]);
    expect(execFileSync('git', ['log', '--format=%s'], { cwd: workspace }).toString()).toBe('one\n');
    expect(readFileSync(join(workspace, '.git/config'), 'utf8')).not.toContain('evil');
  });
});

describe('ordinary work', () => {
  const works: readonly [string, string, string][] = [
    ['git', 'git init -q && git -c user.name=n -c user.email=e@x commit -q --allow-empty -m one && git log --format=%s', 'one\n'],
    ['node', 'node -e "console.log(6*7)"', '42\n'],
    ['python', '/usr/bin/python3 -c "print(6*7)"', '42\n'],
    ['pipes', 'printf "b\\na\\n" | sort | head -1', 'a\n'],
    [
      'its own loopback',
      `node -e "const s=require('net').createServer(c=>c.end('hi')).listen(0,'127.0.0.1',()=>require('net').connect(s.address().port,'127.0.0.1').on('data',d=>{console.log(String(d));process.exit()}))"`,
      'hi\n',
    ],
    [
      'its own sockets',
      `node -e "const s=require('net').createServer(c=>c.end('hi')).listen('/tmp/s',()=>require('net').connect('/tmp/s').on('data',d=>{console.log(String(d));process.exit()}))"`,
      'hi\n',
    ],
    ['streams by their names', 'echo one >/dev/stdout; echo two >/dev/stderr; echo three >/proc/self/fd/1', 'one\nthree\n'],
    ['temporary files', 'f=$(mktemp) && echo x >$f && cat $f', 'x\n'],
    ['who am I', 'id -un; echo $HOME; pwd | grep -c countersign', 'agent\n/home/agent\n1\n'],
    ['threads and children', 'for i in 1 2 3 4 5; do (sleep 0.1; echo x) & done; wait', 'x\nx\nx\nx\nx\n'],
  ];
  test.each(works)('%s', async (_, text, out) => {
    const ran = await sh(text);
    expect([ran.code, ran.out], ran.err).toEqual([0, out]);
  });

  test('git runs nothing that the repository names', async () => {
    execFileSync('git', ['init', '-q'], { cwd: workspace });
    writeFileSync(join(workspace, 'evil'), `#!/bin/sh\necho ran >>$HOME/ran\n`, { mode: 0o755 });
    writeFileSync(join(workspace, '.git/hooks/pre-commit'), `#!/bin/sh\necho ran >>$HOME/ran\n`, { mode: 0o755 });
    execFileSync('git', ['config', 'core.fsmonitor', './evil'], { cwd: workspace });
    const ran = await sh(
      'git status -s >/dev/null; git add evil; git -c user.name=n -c user.email=e@x commit -qm one; cat $HOME/ran 2>/dev/null; git log --format=%s',
    );
    expect(ran.out).toBe('one\n');
  });

  test('input, output and words of any kind arrive whole', async () => {
    const sandbox = await backend.create(grant(), spec());
    const big = Buffer.alloc(3 * MIB, 'abc\n');
    const ran = await runIn(sandbox, ['cat'], Readable.from([big]));
    expect([ran.code, ran.out.length]).toEqual([0, big.length]);
    const words = ['a b', "it's", '"$HOME"', 'line\nbreak', '', '-n', 'ünï', '\\', '`id`', '*'];
    expect((await runIn(sandbox, ['printf', '[%s]', ...words])).out).toBe(words.map((word) => `[${word}]`).join(''));
    await sandbox.dispose();
  });

  test('a command that does not read its input ends', async () => {
    const sandbox = await backend.create(grant(), spec());
    const endless = new PassThrough();
    endless.write(Buffer.alloc(MIB));
    expect((await runIn(sandbox, ['true'], endless)).code).toBe(0);
    await sandbox.dispose();
  });

  test('commands of one sandbox share its temporary files, and nobody else does', async () => {
    const sandbox = await backend.create(grant(), spec());
    await runIn(sandbox, ['/bin/sh', '-c', 'echo x >/tmp/shared; echo y >$HOME/y']);
    expect((await runIn(sandbox, ['/bin/sh', '-c', 'cat /tmp/shared $HOME/y'])).out).toBe('x\ny\n');
    expect((await sh('cat /tmp/shared')).code).not.toBe(0);
    await sandbox.dispose();
  });

  test('a program is found as the sandbox sees it', async () => {
    const sandbox = await backend.create(grant(), spec());
    expect(await Promise.all(['sh', './x', 'no-such-program'].map((program) => sandbox.resolve(program)))).toEqual([
      '/usr/bin/sh',
      undefined,
      undefined,
    ]);
    await sandbox.dispose();
  });

  test('mounts are seen as they say, and a read-only workspace cannot be written', async () => {
    const other = join(workspace, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'f'), 'x');
    execFileSync('/bin/sh', ['-c', 'mkfifo other/pipe pipe'], { cwd: workspace });
    const mounts = [{ path: other, at: '/opt/other', mode: 'read' as const }];
    const base = spec({}, { mounts });
    const ran = await once(backend, { ...base, workspace: { ...base.workspace, mode: 'read' } }, [
      '/bin/sh',
      '-c',
      'test -p pipe || test -p /opt/other/pipe && echo pipe; cat /opt/other/f; touch /opt/other/g || touch g || exit 9',
    ]);
    expect([ran.code, ran.out]).toEqual([9, 'x']);
  });

  test('runs in one workspace at the same time do not take it from each other', async () => {
    const all = await Promise.all(
      [1, 2, 3, 4].map((number) => sh(`echo ${number} >f${number}; sleep 0.3; cat f${number}; mkdir .vscode/x; exit 0`)),
    );
    expect(all.map(({ out }) => out)).toEqual(['1\n', '2\n', '3\n', '4\n']);
    expect(readdirSync(workspace).sort()).toEqual(['f1', 'f2', 'f3', 'f4']);
  });

  test.each(['outer', 'inner'])(
    'where a workspace lies in another one, both are written to the end, also when the %s one ends first',
    async (first) => {
      const inner = join(workspace, 'inner');
      mkdirSync(inner);
      writeFileSync(join(inner, 'f'), '');
      const wait = (name: string): string => (name === first ? 'sleep 0.4' : 'sleep 1.5');
      const outerSpec = spec();
      const innerSpec = specFor(inner, { limits: outerSpec.limits });
      const [one, other] = await Promise.all([
        once(backend, outerSpec, ['/bin/sh', '-c', `${wait('outer')}; echo outer >>inner/f`]),
        new Promise((resolve) => setTimeout(resolve, 150)).then(() =>
          once(backend, innerSpec, ['/bin/sh', '-c', `${wait('inner')}; echo inner >>f; touch made`]),
        ),
      ]);
      expect([one.code, other.code, readFileSync(join(inner, 'f'), 'utf8').split('\n').sort()]).toEqual([
        0,
        0,
        ['', 'inner', 'outer'],
      ]);
      expect(['f', 'made'].map((name) => statSync(join(inner, name)).uid)).toEqual([process.getuid?.(), process.getuid?.()]);
    },
  );

  test('a program with a sandbox of its own may use it where the profile says so', async () => {
    const inner = 'bwrap --unshare-user --unshare-pid --ro-bind / / --dev /dev --proc /proc true';
    expect((await sh(inner, {}, { nested: true })).code).toBe(0);
    expect((await sh(inner)).code).not.toBe(0);
  });
});
