/** What a run leaves in a work tree, and what a person's git, outside of the sandbox, then runs of it. Each is first tried without a sandbox. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SandboxReceipt } from '../../packages/server/src/ports/sandbox.ts';
import { backendOf, discard, once, specFor, tempFolder } from './stage.ts';

const backend = backendOf({ plain: 1, networked: 0 });
let top = '';
beforeEach(() => {
  top = tempFolder('host-git');
});
afterEach(() => discard(top));
afterAll(() => backend.close());

const ran = (folder: string): string => join(folder, 'ran');
const variables = (mark: string) => ({
  PATH: process.env['PATH'],
  HOME: join(top, 'home'),
  MARK: mark,
  EVIL: `touch ${mark}; cat`,
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
});
const shell = (text: string, cwd: string, mark: string): void =>
  void execFileSync('sh', ['-c', text], { cwd, env: variables(mark), stdio: ['ignore', 'ignore', 'pipe'] });

const PLANT = String.raw`plant() { mkdir -p "$(dirname "$1")"; printf '#!/bin/sh\n%s\n' "$EVIL" >"$1"; chmod +x "$1"; }; settings() { printf '[core]\n\tfsmonitor = %s\n' "touch $MARK" >"$1"; };`;
const START =
  'git init -q -b main . && git config user.name n && git config user.email e@example.org && echo a >a.txt && git add -A && git commit -qm one;';

/** True when something of the workspace ran, in one of the folders. */
function firesIn(workspace: string, mark: string, folders: readonly (string | Buffer)[]): boolean {
  for (const folder of folders) {
    const cwd = Buffer.concat([Buffer.from(`${workspace}/`), Buffer.from(folder)]);
    const steps = 'git status; git diff; git add -A; git commit -qm two; git rebase --continue';
    // Through the shell: a folder's name need not be text.
    spawnSync('sh', ['-c', `cd "$(printf '${octal(cwd)}')" && { ${steps}; }`], {
      env: variables(mark),
      stdio: 'ignore',
      timeout: 20_000,
    });
  }
  return existsSync(mark);
}
const octal = (bytes: Buffer): string => [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

interface Case {
  readonly before?: string;
  readonly run: string;
  readonly in?: readonly (string | Buffer)[];
}

/** In a sandbox; the host's git looks at a copy of what is left, once without and once with it. */
async function tried({
  before = '',
  run,
  in: folders = ['.'],
}: Case): Promise<{ open: boolean; held: boolean; receipt: SandboxReceipt }> {
  const [workspace, control] = [join(top, 'held/tree'), join(top, 'open/tree')];
  for (const folder of [workspace, control]) execFileSync('mkdir', ['-p', folder]);
  const [mark, openMark] = [ran(join(top, 'held')), ran(join(top, 'open'))];
  shell(`${PLANT} ${START} ${before}`, workspace, mark);
  shell(`${PLANT} ${START} ${before}`, control, openMark);
  rmSync(mark, { force: true });
  const text = `${PLANT} ${run}`;
  spawnSync('sh', ['-c', text], { cwd: control, env: variables(openMark), stdio: 'ignore' });
  rmSync(openMark, { force: true });
  const { EVIL } = variables(mark);
  const { receipt } = await once(backend, { ...specFor(workspace), environment: { MARK: mark, EVIL } }, ['/bin/sh', '-c', text]);
  return { open: firesIn(control, openMark, folders), held: firesIn(workspace, mark, folders), receipt };
}

const CASES: readonly (readonly [string, Case])[] = [
  [
    'a repository in a folder whose name is no text',
    {
      run: String.raw`d=$(printf '\377'); mkdir -p "$d"; git init -q "$d"; settings "$d/.git/config"`,
      in: [Buffer.from([0xff])],
    },
  ],
  [
    'a repository deep down',
    {
      run: `d=$(printf 'd/%.0s' $(seq 300)); mkdir -p $d; git init -q $d; settings $d/.git/config`,
      in: [`${'d/'.repeat(300)}.`],
    },
  ],
  [
    'a folder of hooks that is not there',
    { before: 'git config core.hooksPath tools/hooks', run: 'plant tools/hooks/pre-commit' },
  ],
  ['the work tree as the folder of hooks', { before: 'git config core.hooksPath "$PWD"', run: 'plant ./pre-commit' }],
  ['a link as the folder of hooks', { before: 'mkdir h; rm -rf .git/hooks; ln -s ../h .git/hooks', run: 'plant h/pre-commit' }],
  [
    'a link on the way to the hooks, led elsewhere',
    {
      before: 'plant h/pre-push; ln -s h way; git config core.hooksPath way',
      run: 'plant evil/pre-commit; rm way; ln -s evil way',
    },
  ],
  [
    'a file of settings that is included',
    { before: 'touch shared.cfg; git config include.path ../shared.cfg', run: 'settings shared.cfg' },
  ],
  ['one that is not there yet', { before: 'git config include.path ../shared.cfg', run: 'settings shared.cfg' }],
  [
    'one in a folder that is not there yet',
    { before: 'git config includeIf.gitdir:/.path ../conf/x.cfg', run: 'mkdir conf; settings conf/x.cfg' },
  ],
  [
    'what an included file names',
    {
      before: 'mkdir conf; printf "[core]\\n\\thooksPath = \\"my hooks\\"\\n" >conf/x.cfg; git config include.path ../conf/x.cfg',
      run: 'plant "my hooks/pre-commit"',
    },
  ],
  [
    'a filter in the work tree',
    {
      before:
        'EVIL=cat; plant clean.sh; git config filter.f.clean ./clean.sh; echo "*.txt filter=f" >.gitattributes; git add -A; git commit -qm f',
      run: 'plant clean.sh; echo b >>a.txt',
    },
  ],
  [
    'a filter that an interpreter runs',
    {
      before:
        'EVIL=cat; plant tools/clean.sh; git config filter.f.clean "sh -e \\"tools/clean.sh\\" %f"; echo "*.txt filter=f" >.gitattributes; git add -A; git commit -qm f',
      run: 'plant tools/clean.sh; mv tools t2; mkdir tools; cp t2/clean.sh tools; echo b >>a.txt',
    },
  ],
  [
    'a program that compares',
    { before: 'git config diff.external ./show.sh; rm -f show.sh', run: 'plant show.sh; echo b >>a.txt' },
  ],
  ['a way to look for changes', { before: 'git config core.fsmonitor "cd tools && ./watch"', run: 'plant tools/watch' }],
  [
    'commands in a rebase that was begun',
    {
      run: 'echo b >b.txt; git add -A; git commit -qm b; git -c sequence.editor=true rebase -q --exec "$EVIL" --exec false HEAD~1; printf "exec %s\\n" "$EVIL" >>.git/rebase-merge/git-rebase-todo; true',
    },
  ],
];

describe("a person's git runs nothing that a run left", () => {
  test.each(CASES)('%s', async (_, one) => {
    const { open, held, receipt } = await tried(one);
    expect({ open, held }, JSON.stringify(receipt.sweep)).toEqual({ open: true, held: false });
  });
});

describe('links', () => {
  test('what a protected name leads to is read-only, and it leads there afterwards', async () => {
    const workspace = join(top, 'tree');
    shell(
      `mkdir -p tree/real && cd tree && ${START} echo kept >real/settings.json; ln -s real .claude; ln -s /etc out`,
      top,
      ran(top),
    );
    const { receipt } = await once(backend, specFor(workspace), [
      '/bin/sh',
      '-c',
      'echo changed >real/settings.json; echo changed >real/more; mv real r2; rm .claude; mkdir .claude; echo evil >.claude/settings.json; exit 0',
    ]);
    expect(readlinkSync(join(workspace, '.claude'))).toBe('real');
    expect(readFileSync(join(workspace, '.claude/settings.json'), 'utf8')).toBe('kept\n');
    expect(readdirSync(join(workspace, 'real'))).toEqual(['settings.json']);
    expect(receipt.sweep).toEqual([{ kind: 'configuration', path: '.claude', done: 'quarantined' }]);
  });

  test('what nobody touched is not told of', async () => {
    const workspace = join(top, 'tree');
    shell(`mkdir tree && cd tree && ${START} ln -s /etc out; ln -s nowhere .vscode; mkfifo .git/waits`, top, ran(top));
    const { receipt } = await once(backend, specFor(workspace), [
      '/bin/sh',
      '-c',
      'git status; mkdir nowhere; echo x >n; git add n; git commit -qm n',
    ]);
    expect([receipt.sweep, receipt.filesChanged]).toEqual([[], 1]);
    expect([readlinkSync(join(workspace, 'out')), readlinkSync(join(workspace, '.vscode'))]).toEqual(['/etc', 'nowhere']);
    expect(existsSync(join(workspace, 'nowhere'))).toBe(false);
  });
});

test('a file with a further name outside cannot be written, unless the profile leaves it to the run', async () => {
  const workspace = join(top, 'tree');
  shell('mkdir tree; echo kept >outside; ln outside tree/in; echo x >tree/a; ln tree/a tree/b', top, ran(top));
  if (process.getuid?.() === 0) shell('chown -R 4000:4000 .', top, ran(top));
  const text = 'echo changed >>a; chmod 666 in; echo changed >>in; mkdir d && ln in d/in && echo changed >>d/in; exit 0';
  await once(backend, specFor(workspace), ['/bin/sh', '-c', text]);
  expect([readFileSync(join(top, 'outside'), 'utf8'), readFileSync(join(workspace, 'b'), 'utf8')]).toEqual([
    'kept\n',
    'x\nchanged\n',
  ]);
  const spec = specFor(workspace);
  const left = { ...spec, workspace: { ...spec.workspace, linkedFiles: 'leave' as const } };
  await once(backend, left, ['/bin/sh', '-c', text]);
  expect(readFileSync(join(top, 'outside'), 'utf8')).toContain('changed');
  shell(`perl -e 'for (1..600) { open F, ">$_"; link $_, "tree/$_" }'`, top, ran(top));
  if (process.getuid?.() === 0) shell('chown -R 4000:4000 .', top, ran(top));
  await expect(once(backend, specFor(workspace), ['true'])).rejects.toThrow('601 files have further names');
});

test('a repository whose own name is no text is none afterwards', async () => {
  const workspace = join(top, 'tree');
  shell('mkdir tree', top, ran(top));
  const text = String.raw`d=$(printf 'x\377'); mkdir "$d" "$d/objects" "$d/refs"; echo ref: refs/heads/main >"$d/HEAD"`;
  const { receipt } = await once(backend, specFor(workspace), ['/bin/sh', '-c', text]);
  expect(receipt.sweep).toEqual([{ kind: 'nested-repository', path: 'x\ufffd', done: 'quarantined' }]);
  expect(readdirSync(workspace, 'latin1')).toEqual([expect.stringMatching(/^x\xff\.quarantined-/)]);
});

test('a pipe in the place of the index is gone, and git works', async () => {
  const workspace = join(top, 'tree');
  shell(`mkdir tree && cd tree && ${START}`, top, ran(top));
  const { receipt } = await once(backend, specFor(workspace), ['/bin/sh', '-c', 'rm .git/index; mkfifo .git/index']);
  expect(receipt.sweep).toEqual([{ kind: 'special-file', path: '.git/index', done: 'removed' }]);
  shell('git status', workspace, ran(top));
});

test('a socket under a name that is no text cannot be covered, so that nothing starts', async () => {
  const workspace = join(top, 'tree');
  shell('mkdir -p tree/sub', top, ran(top));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(workspace, 'sub/s'), resolve));
  shell(String.raw`mv sub "$(printf '\377')"`, workspace, ran(top));
  await expect(once(backend, specFor(workspace), ['true'])).rejects.toMatchObject({ code: 'sandbox.unenforceable' });
  await new Promise((resolve) => server.close(resolve));
});

test('with a quota, files under names that are no text go back', async () => {
  const workspace = join(top, 'tree');
  shell(String.raw`mkdir tree; echo a >"tree/$(printf '\377')"`, top, ran(top));
  const spec = specFor(workspace);
  const { code } = await once(backend, { ...spec, limits: { ...spec.limits, workspaceBytes: 8 * 1_048_576 } }, [
    '/bin/sh',
    '-c',
    String.raw`echo b >"$(printf '\376')"; echo c >"$(printf '\377')"`,
  ]);
  expect(code).toBe(0);
  const texts = readdirSync(workspace, 'buffer').map((name) =>
    readFileSync(Buffer.concat([Buffer.from(`${workspace}/`), name]), 'utf8'),
  );
  expect(texts.sort()).toEqual(['b\n', 'c\n']);
});
