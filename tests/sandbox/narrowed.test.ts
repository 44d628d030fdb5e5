/** A workspace of which only a part may be written, in real sandboxes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SandboxLimits } from '../../packages/server/src/ports/sandbox.ts';
import { backendOf, discard, grant, once, runIn, specFor, tempFolder } from './stage.ts';

const backend = backendOf({ plain: 0, networked: 0 });
const isRoot = process.getuid?.() === 0;
let workspace = '';
let outside = '';

beforeEach(() => {
  [workspace, outside] = [tempFolder('narrowed'), tempFolder('outside')];
  for (const folder of ['src', 'src/ledger', 'docs']) mkdirSync(join(workspace, folder));
  for (const file of ['README.md', 'src/a.ts', 'src/ledger/b.ts', 'docs/c.md']) writeFileSync(join(workspace, file), 'before\n');
});
afterEach(() => {
  discard(workspace);
  discard(outside);
});
afterAll(() => backend.close());

function spec(writable: readonly string[], limits: Partial<SandboxLimits> = {}) {
  const base = specFor(workspace);
  const held = isRoot ? {} : { memoryBytes: 0, processes: 0 };
  return { ...base, workspace: { ...base.workspace, writable }, limits: { ...base.limits, ...held, ...limits } };
}
const sh = (text: string, writable: readonly string[], limits: Partial<SandboxLimits> = {}) =>
  once(backend, spec(writable, limits), ['/bin/sh', '-c', text]);
const read = (name: string): string => readFileSync(join(workspace, name), 'utf8');

/** Each way to change what is there, or to put something beside it. */
const changes = (folder: string, file: string): string =>
  [
    `echo x > ${file}`,
    `echo x >> ${file}`,
    `rm -f ${file}`,
    `mv ${file} ${file}.moved`,
    `ln -sf /etc/passwd ${file}`,
    `ln ${file} ${folder}/linked`,
    `truncate -s 0 ${file}`,
    `chmod 777 ${file}`,
    `touch ${folder}/new`,
    `mkdir ${folder}/newer`,
    `mkfifo ${folder}/pipe`,
    `perl -e 'rename("${folder}", "${folder}2") or exit 1'`,
  ]
    .map((each) => `(${each}) 2>/dev/null && echo 'did: ${each.replaceAll("'", '')}'`)
    .join('\n');

describe('what is writable', () => {
  test.each([{}, { workspaceBytes: 4_194_304 }])('a folder, and nothing beside it (%j)', async (limits) => {
    const { out } = await sh(`${changes('docs', 'docs/c.md')}\n${changes('.', 'README.md')}\nexit 0`, ['src/'], limits);
    expect(out).toBe('');
    // The same attempts succeed where they may.
    const allowed = await sh(`cp docs/c.md src/c.md; ${changes('src', 'src/c.md')}\nexit 0`, ['src/'], limits);
    expect(allowed.out.trim().split('\n').length, allowed.out).toBeGreaterThanOrEqual(7);
    const inside = await sh('echo x > src/a.ts && mkdir src/deep && echo y > src/deep/d && rm -r src/ledger', ['src/'], limits);
    expect(inside.code, inside.err).toBe(0);
    expect([read('src/a.ts'), read('src/deep/d'), existsSync(join(workspace, 'src/ledger'))]).toEqual(['x\n', 'y\n', false]);
    expect([read('README.md'), read('docs/c.md')]).toEqual(['before\n', 'before\n']);
  });

  test('a single file, and nothing in its folder', async () => {
    const { out } = await sh('echo x > src/a.ts && echo one; echo y > src/b.ts || echo two; rm src/a.ts || echo three; exit 0', [
      'src/a.ts',
    ]);
    expect(out.trim().split('\n')).toEqual(['one', 'two', 'three']);
    expect(read('src/a.ts')).toBe('x\n');
  });

  test('nothing at all, where nothing that is named can be held', async () => {
    const { out } = await sh(`${changes('src', 'src/a.ts')}\nexit 0`, []);
    expect(out).toBe('');
  });

  test('what a narrower name protects within a folder stays so', async () => {
    const base = spec(['src/']);
    const protect = { ...base, workspace: { ...base.workspace, protect: ['src/ledger'] } };
    const { out } = await once(backend, protect, [
      '/bin/sh',
      '-c',
      `${changes('src/ledger', 'src/ledger/b.ts')}\ntouch src/ok && echo ok`,
    ]);
    expect(out).toBe('ok\n');
  });

  test('a commit can be made, and the settings of the repository stay as they are', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', workspace, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]).toString();
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    const script = [
      'echo x > src/a.ts',
      'git -c user.name=a -c user.email=a@example.org commit -qam second || exit 1',
      'echo x >> .git/config && echo config',
      'touch .git/hooks/post-commit && echo hook',
      'exit 0',
    ].join('\n');
    const ran = await sh(script, ['src/']);
    expect([ran.code, ran.out], ran.err).toEqual([0, '']);
    expect(git('log', '--format=%s').trim().split('\n')).toEqual(['second', 'first']);
  });
});

describe('folders that are missing', () => {
  test('are made, and gone again where nothing was put into them', async () => {
    const ran = await sh('touch dist/out && ls -d build', ['dist/', 'build/deep/']);
    expect(ran.code, ran.err).toBe(0);
    expect([existsSync(join(workspace, 'dist/out')), existsSync(join(workspace, 'build'))]).toEqual([true, false]);
  });

  test('stay while another run still works in them', async () => {
    const [one, other] = [await backend.create(grant(), spec(['dist/'])), await backend.create(grant(), spec(['dist/']))];
    await one.dispose();
    const ran = await runIn(other, ['/bin/sh', '-c', 'touch dist/late']);
    await other.dispose();
    expect([ran.code, existsSync(join(workspace, 'dist/late'))]).toEqual([0, true]);
  });
});

test('a link in the place of what is writable leads nowhere', async () => {
  writeFileSync(join(outside, 'theirs'), 'before\n');
  symlinkSync(outside, join(workspace, 'dist'));
  symlinkSync(join(outside, 'theirs'), join(workspace, 'file'));
  const { out } = await sh('touch dist/x && echo a; echo x > file && echo b; touch dist/deep/y && echo c; exit 0', [
    'dist/',
    'file',
    'dist/deep/',
  ]);
  expect(out).toBe('');
  expect([readFileSync(join(outside, 'theirs'), 'utf8'), existsSync(join(outside, 'deep'))]).toEqual(['before\n', false]);
});
