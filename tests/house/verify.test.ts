import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTree, ROOT, type Tree } from './tree.ts';

let tree: Tree;
let code: number | null;
let lines: string[];

beforeAll(() => {
  tree = makeTree();
  for (const path of ['verify.mjs', 'verify', 'house.mjs', 'house'])
    cpSync(join(ROOT, 'scripts', path), join(tree.dir, 'scripts', path), { recursive: true });
  tree.plant('packages/kernel/src/fault.ts', 'export const fault: number = 1;\n');
  tree.plant('packages/server/src/ports/clock.ts', "export const now: number = 'later';\n");
  const { status, stdout } = spawnSync(process.execPath, [join(tree.dir, 'scripts/verify.mjs'), '--no-tests'], {
    cwd: tree.dir,
    encoding: 'utf8',
  });
  code = status;
  lines = stdout.trimEnd().split('\n');
});

afterAll(() => tree.remove());

describe('verify', () => {
  it('fails when a check fails, and ends with the count', () => {
    const { passed, failed } = /^(?<passed>\d+) passed, (?<failed>\d+) failed$/.exec(lines.at(-1) ?? '')?.groups ?? {};
    expect({ code, some: Number(failed) > 0, all: Number(passed) + Number(failed) }).toEqual({ code: 1, some: true, all: 7 });
  });

  it('says what a failed check said, and which ones passed', () => {
    expect({
      build: lines.some((line) => line.startsWith('FAIL build')),
      why: lines.some((line) => line.includes('packages/server/src/ports/clock.ts') && line.includes('TS2322')),
      format: lines.some((line) => line.startsWith('ok   format')),
    }).toEqual({ build: true, why: true, format: true });
  });
});
