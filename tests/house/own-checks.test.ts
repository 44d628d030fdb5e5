import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './tree.ts';

const PAGE = '# task.odd\n\nOdd.\n\n## What it means\n\nx\n\n## Why it happens\n\n- x\n\n## What to do\n\n- x\n';
const REGISTRY =
  "export const FAULTS = {\n  'task.odd': { status: 400, title: 'Odd' },\n} as const satisfies Record<string, FaultEntry>;\n";
const entry = (rest: object): string => JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0', ...rest } } });

/** A tree in which every check has something to look at and nothing to say. */
const SOUND: Readonly<Record<string, string>> = {
  'README.md': '# Sound\n\nSee [the page](docs/faults/task.odd.md#what-to-do).\n',
  'docs/faults/task.odd.md': PAGE,
  'packages/kernel/src/fault.ts': REGISTRY,
  'packages/kernel/src/text.ts':
    "// A helper in prose may be one.\nexport const spring = 'engine manager' + `util ${1 + 1} brain`;\nexport const stringOf = /ring/;\n",
  'package-lock.json': entry({ integrity: 'sha512-x' }),
};

let dir: string;

const plant = (path: string, text: string): void => {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
};

const check = (): { code: number | null; said: string[] } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/house.mjs'), '--root', dir], {
    encoding: 'utf8',
  });
  const lines = (stdout + stderr).split('\n').filter((line) => line !== '');
  return { code: status, said: lines };
};

const findings = (said: readonly string[]): string[] => said.filter((line) => line.startsWith('  ')).map((line) => line.trim());

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'countersign-house-'));
  for (const [path, text] of Object.entries(SOUND)) plant(path, text);
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the checks of the house', () => {
  it('pass a sound tree, and looked at something each', () => {
    expect(check()).toEqual({
      code: 0,
      said: [
        'words: 2 looked at, 0 found',
        'traces: 5 looked at, 0 found',
        'lockfiles: 1 looked at, 0 found',
        'readme: 1 looked at, 0 found',
        'fault pages: 1 looked at, 0 found',
        'links: 2 looked at, 0 found',
      ],
    });
  });

  it('fail where there is nothing to look at', () => {
    rmSync(join(dir, 'package-lock.json'));
    const { code, said } = check();
    expect({ code, findings: findings(said) }).toEqual({ code: 1, findings: ['nothing was looked at'] });
  });

  // The pieces are put together here, so that this file does not hold what the checks look for.
  const machine = ['', 'work', 'main', 'x'].join('/');
  const home = ['', 'home', 'ann', 'x'].join('/');
  const mirror = ['registry', 'npmjs', 'org'].join('.');

  it.each([
    ['a class that is named for nothing', 'packages/kernel/src/a.ts', 'export class RunManager {}\n', 'manager'],
    ['a function that helps', 'packages/kernel/src/a.ts', 'export const parseHelper = 1;\n', 'helper'],
    ['a service as a suffix', 'packages/kernel/src/a.ts', 'export class TaskService {}\n', 'service as a suffix'],
    ['a score of trust', 'packages/kernel/src/a.ts', 'export const agentTrustScore = 1;\n', 'trust score'],
    ['a ring', 'packages/kernel/src/a.ts', 'export const OUTER_RING = 1;\n', 'ring'],
    [
      'a word inside a template',
      'packages/kernel/src/a.ts',
      "export const text = `a ${[1].map((engine) => engine).join('')}`;\n",
      'engine',
    ],
    [
      'a word after a regular expression',
      'packages/kernel/src/a.ts',
      'export const quote = /[\'"/]/;\nexport const brain = 1;\n',
      'brain',
    ],
    ['a file of odds and ends', 'packages/kernel/src/string-utils.ts', 'export const a = 1;\n', 'utils'],
    ['a file in another spelling', 'packages/kernel/src/someText.ts', 'export const a = 1;\n', 'in lower case'],
    ['a folder of odds and ends', 'packages/kernel/src/helpers/a.ts', 'export const a = 1;\n', 'helpers'],
    ['a path of this machine', 'docs/a.md', `See ${machine}.\n`, 'an absolute path of one machine'],
    ['a home directory', 'packages/kernel/src/a.ts', `export const place = '${home}';\n`, 'an absolute path of one machine'],
    ['a package mirror', 'packages/kernel/src/a.ts', `export const from = 'https://${mirror}/x';\n`, 'a package registry'],
    [
      'a lockfile with a download address',
      'package-lock.json',
      entry({ integrity: 'x', resolved: 'https://mirror.example/a.tgz' }),
      'node_modules/a records a download address',
    ],
    ['a lockfile without a hash', 'package-lock.json', entry({}), 'node_modules/a has no integrity hash'],
    ['a lockfile that locks nothing', 'package-lock.json', '{"packages":{"":{}}}', 'it locks nothing'],
    ['a README of 200 lines', 'README.md', 'line\n'.repeat(200), '201 lines, 200 or more'],
    [
      'a code without a page',
      'packages/kernel/src/fault.ts',
      REGISTRY.replace('}', "},\n  'task.new': { status: 400, title: 'New' }"),
      'docs/faults/task.new.md: the code has no page',
    ],
    ['a page without a code', 'docs/faults/task.gone.md', PAGE, 'docs/faults/task.gone.md: no code has this name'],
    [
      'a page that lacks a section',
      'docs/faults/task.odd.md',
      PAGE.replace('## What to do', '## Else'),
      'no section `## What to do`',
    ],
    [
      'a page under another name',
      'docs/faults/task.odd.md',
      PAGE.replace('# task.odd', '# task.even'),
      'the first line is not `# task.odd`',
    ],
    ['a link that leads nowhere', 'docs/a.md', 'See [it](gone.md).\n', 'the link `gone.md` leads nowhere'],
    ['a link to a heading that is not there', 'docs/a.md', 'See [it](../README.md#gone).\n', 'names a heading that is not there'],
    ['a link out of the repository', 'docs/a.md', 'See [it](../../gone.md).\n', 'leads out of the repository'],
  ])('catch %s', (_what, path, text, finding) => {
    plant(path, text);
    const { code, said } = check();
    expect({ code, found: findings(said).join('\n') }).toEqual({ code: 1, found: expect.stringContaining(finding) });
  });
});
