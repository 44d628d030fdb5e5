/** What is left when the process is killed at any step: whoever comes next finishes it, and what was there before is not lost. */
import fs, { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { newPlace } from '../testing/run.ts';
import { put, takeAway } from './folder.ts';

let folder: string;
beforeEach(() => {
  folder = join(newPlace(), 'etc');
});

const files = (text: string) =>
  ['requirements.toml', 'managed_config.toml'].map((name) => ({ name, text: `${text}: ${name}\n` }));

/** What changes the disk. */
const STEPS = ['renameSync', 'rmSync', 'writeFileSync'] as const;

/** After so many steps the process is dead, and undoes nothing either. */
function dieAfter(steps: number, act: () => void): boolean {
  let left = steps;
  const real = Object.fromEntries(STEPS.map((name) => [name, fs[name]]));
  const counted = Object.entries(real).map(([name, step]) => [
    name,
    (...args: unknown[]) => {
      if (left <= 0) throw new Error('killed');
      left -= 1;
      return (step as (...given: unknown[]) => unknown)(...args);
    },
  ]);
  Object.assign(fs, Object.fromEntries(counted));
  // The modules under test may have been imported before.
  syncBuiltinESMExports();
  try {
    act();
    return false;
  } catch {
    return true;
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}

test('a first installation over a file of somebody else', () => {
  let deaths = 0;
  for (let steps = 0; ; steps++) {
    const here = join(folder, String(steps));
    mkdirSync(here, { recursive: true });
    writeFileSync(join(here, 'requirements.toml'), 'theirs\n');
    const died = dieAfter(steps, () => put(here, files('first')));
    if (died) deaths += 1;
    put(here, files('second'));
    expect(readFileSync(join(here, 'managed_config.toml'), 'utf8')).toBe('second: managed_config.toml\n');
    takeAway(here, false);
    expect(readdirSync(here), `after ${steps} steps`).toEqual(['requirements.toml']);
    expect(readFileSync(join(here, 'requirements.toml'), 'utf8'), `after ${steps} steps`).toBe('theirs\n');
    if (!died) break;
  }
  expect(deaths).toBe(7);
});
