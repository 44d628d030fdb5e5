/** A small tree with the real configuration of the house, in which a test plants what must be caught. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

const CONFIGURATION = [
  '.gitignore',
  '.oxlintrc.json',
  'biome.json',
  'knip.json',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'tsconfig.tests.json',
  'vitest.config.ts',
  'packages/kernel/package.json',
  'packages/kernel/tsconfig.json',
  'packages/server/package.json',
  'packages/server/tsconfig.json',
];

export interface Outcome {
  readonly code: number | null;
  readonly text: string;
}

export interface Tree {
  readonly dir: string;
  plant(path: string, text: string): void;
  /** Runs `node <program of node_modules> ...args` in the tree. */
  run(program: string, ...args: string[]): Outcome;
  remove(): void;
}

export function makeTree(): Tree {
  const dir = mkdtempSync(join(tmpdir(), 'countersign-house-'));
  const plant = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const path of CONFIGURATION) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(dir, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'), 'dir');
  return {
    dir,
    plant,
    run(program, ...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
        cwd: dir,
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      return { code: status, text: stdout + stderr };
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
