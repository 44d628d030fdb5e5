/** The demonstration's workplace: a git repository with a failing test, and homes for the agents' clients. Everything lies below one directory. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `slug` forgets to lower its input: the bug that the agent is to find and fix. */
const FILES: Readonly<Record<string, string>> = {
  'README.md': '# Payments, sample\n\nTurns titles of invoices into slugs. `node --test` runs the tests.\n',
  'package.json': '{ "name": "payments-sample", "private": true, "type": "module", "scripts": { "test": "node --test" } }\n',
  'src/slug.js': [
    '/** Makes a title safe for a URL. */',
    'export function slug(title) {',
    "  return title.trim().replace(/[^a-zA-Z0-9]+/g, '-').replace(/^-|-$/g, '');",
    '}',
    '',
  ].join('\n'),
  'test/slug.test.js': [
    "import assert from 'node:assert/strict';",
    "import { test } from 'node:test';",
    "import { slug } from '../src/slug.js';",
    '',
    "test('a title becomes a slug', () => {",
    "  assert.equal(slug('  Invoice No. 42, May '), 'invoice-no-42-may');",
    '});',
    '',
  ].join('\n'),
};

export interface Workshop {
  readonly repository: string;
  readonly home: string;
  readonly tmp: string;
}

export function makeWorkshop(root: string): Workshop {
  const repository = join(root, 'payments');
  const [home, tmp] = [join(root, 'home'), join(root, 'tmp')];
  for (const directory of [repository, home, tmp]) mkdirSync(directory, { recursive: true });
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(repository, file)), { recursive: true });
    writeFileSync(join(repository, file), text);
  }
  git(repository, 'init', '-q', '-b', 'main');
  git(repository, 'add', '.');
  git(repository, '-c', 'user.name=Ada', '-c', 'user.email=ada@localhost', 'commit', '-qm', 'Sample');
  return { repository, home, tmp };
}

/** Back to the bug, for the next client. */
export const resetWorkshop = ({ repository }: Workshop): void => {
  git(repository, 'checkout', '-q', '--', '.');
};

export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', cwd, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' },
  });
}

/** Runs the sample's own tests. */
export function testsPass({ repository }: Workshop): boolean {
  try {
    execFileSync(process.execPath, ['--test'], { cwd: repository, stdio: 'ignore', env: { PATH: process.env['PATH'] } });
    return true;
  } catch {
    return false;
  }
}
