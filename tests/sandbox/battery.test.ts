import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ATTEMPTS } from './attempts.ts';
import type { Verdict } from './battery.ts';

const RUNNER = new URL('../budget/run-source.mjs', import.meta.url).pathname;
const BATTERY = new URL('battery.ts', import.meta.url).pathname;
const NOBODY = 65_534;

/** With a secret on descriptor 30 and in the environment, as a careless starter of the server would leave them. */
async function battery(uid: number): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-battery-'));
  writeFileSync(join(folder, 'secret'), 'CANARY', { mode: 0o644 });
  const secret = openSync(join(folder, 'secret'), 'r');
  const ignored = Array.from({ length: 27 }, () => 'ignore' as const);
  const child = spawn(process.execPath, [RUNNER, BATTERY], {
    stdio: ['ignore', 'pipe', 'inherit', ...ignored, secret],
    env: { PATH: process.env['PATH'], HOME: '/root', TOKEN_OF_THE_SERVER: 'CANARY', NODE_OPTIONS: '--no-deprecation' },
    ...(uid === process.getuid?.()
      ? {}
      : {
          uid,
          gid: uid,
          env: { PATH: process.env['PATH'], HOME: '/usr', TOKEN_OF_THE_SERVER: 'CANARY', NODE_OPTIONS: '--no-deprecation' },
        }),
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  closeSync(secret);
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0) throw new Error(`the battery ended with ${String(code)}`);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '[]') as Verdict[];
}

const isRoot = process.getuid?.() === 0;

const WHO: readonly (readonly [string, number])[] = isRoot
  ? [
      ['root', 0],
      ['an unprivileged user', NOBODY],
    ]
  : [['an unprivileged user', process.getuid?.() ?? NOBODY]];

describe.each(WHO)('as %s', (_, uid) => {
  test('every attempt succeeds without a sandbox, and none within', async () => {
    const verdicts = await battery(uid);
    expect(verdicts.length).toBeGreaterThanOrEqual(80);
    const breaches = verdicts.filter(({ breached }) => breached);
    expect(breaches).toEqual([]);
    const mayBeVacuous = new Set(
      ATTEMPTS.filter(({ root, optional }) => optional === true || (root === true && uid !== 0)).map(({ name }) => name),
    );
    expect(verdicts.filter(({ name, real }) => !real && !mayBeVacuous.has(name))).toEqual([]);
  });
});
