/** What is left when the process is killed at any step: whoever comes next finishes it, and what was there before is not lost. */
import type * as fs from 'node:fs';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { newPlace } from '../testing/run.ts';
import { put, takeAway } from './folder.ts';

/** Steps that the disk still takes; after them the process is dead, and undoes nothing either. */
const disk = vi.hoisted(() => ({ steps: Number.POSITIVE_INFINITY }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const counted = (name: 'renameSync' | 'rmSync' | 'writeFileSync') => {
    const act = real[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => {
      if (disk.steps <= 0) throw new Error('killed');
      disk.steps -= 1;
      return act(...args);
    };
  };
  return { ...real, renameSync: counted('renameSync'), rmSync: counted('rmSync'), writeFileSync: counted('writeFileSync') };
});

let folder: string;
beforeEach(() => {
  disk.steps = Number.POSITIVE_INFINITY;
  folder = join(newPlace(), 'etc');
});

const files = (text: string) =>
  ['requirements.toml', 'managed_config.toml'].map((name) => ({ name, text: `${text}: ${name}\n` }));
const dieAfter = (steps: number, act: () => void): boolean => {
  disk.steps = steps;
  try {
    act();
    return false;
  } catch {
    return true;
  } finally {
    disk.steps = Number.POSITIVE_INFINITY;
  }
};

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
