import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { namedByRepository } from './repository.ts';

let top: string;
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-repository-')));
  for (const name of ['HOME', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM'])
    vi.stubEnv(name, join(top, 'nowhere'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(top, { recursive: true, force: true });
});

const write = (name: string, text: string): string => {
  const path = join(top, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const git = (cwd: string, ...args: string[]): void =>
  void execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...args], { cwd, stdio: 'ignore' });
const named = (at: string): string[] => namedByRepository(at).map(({ path }) => path.slice(top.length + 1));

const hooks = (path: string): string => `[core]\n\thooksPath = ${path}\n`;

test('includes are followed from file to file, and not in a circle', () => {
  write('tree/.git/config', '[include]\n\tpath = ../one.cfg\n');
  write('tree/one.cfg', '[include]\n\tpath = conf/two.cfg\n\tpath = one.cfg\n');
  write('tree/conf/two.cfg', '[filter "x"]\n\tclean = ./tools/clean\n[include]\n\tpath = ../one.cfg\n');
  const found = named(join(top, 'tree/.git'));
  expect(found).toContain('tree/tools/clean');
  expect(found).toContain('tree/conf/two.cfg');
});

test('a further work tree is held by the settings of the repository that it belongs to', () => {
  const main = join(top, 'main');
  mkdirSync(main);
  git(main, 'init', '-q');
  git(main, 'commit', '-q', '--allow-empty', '-m', 'one');
  git(main, 'worktree', 'add', '-q', join(top, 'linked'));
  git(main, 'config', 'core.hooksPath', 'tools/hooks');
  expect(named(join(top, 'linked/.git'))).toContain('linked/tools/hooks');
});

test('a repository beside its work tree, one behind a link, and those of submodules', () => {
  mkdirSync(join(top, 'tree'));
  git(join(top, 'tree'), 'init', '-q', '--separate-git-dir', join(top, 'beside'));
  git(join(top, 'tree'), 'config', 'core.fsmonitor', './watch');
  expect(named(join(top, 'tree/.git'))).toContain('tree/watch');
  mkdirSync(join(top, 'second'));
  symlinkSync('../beside', join(top, 'second/.git'));
  expect(named(join(top, 'second/.git'))).toContain('second/watch');
  write('outer/.git/HEAD', '');
  write('outer/.git/modules/a/b/HEAD', '');
  write('outer/.git/modules/a/b/config', `[core]\n\tworktree = ../../../../a/b\n\tfsmonitor = ./watch\n`);
  expect(named(join(top, 'outer/.git'))).toContain('outer/a/b/watch');
});

test('settings of the machine and of this account count for every work tree', () => {
  vi.stubEnv('GIT_CONFIG_GLOBAL', write('mine.cfg', hooks('.shared-hooks')));
  vi.stubEnv('GIT_CONFIG_SYSTEM', write('all.cfg', '[diff]\n\texternal = ./show\n'));
  write('tree/.git/config', '');
  const found = named(join(top, 'tree/.git'));
  expect(found).toContain('tree/.shared-hooks');
  expect(found).toContain('tree/show');
});

test('what is no configuration holds nothing up', () => {
  write('tree/.git/config', '[include]\n\tpath = pipe\n\tpath = /dev/zero\n\tpath = folder\n\tpath = /proc/self/mem\n');
  mkdirSync(join(top, 'tree/.git/folder'));
  execFileSync('sh', ['-c', 'mkfifo tree/.git/pipe'], { cwd: top });
  expect(named(join(top, 'tree/.git'))).toContain('tree/.git/pipe');
});
