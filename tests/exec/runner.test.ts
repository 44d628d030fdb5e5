/** A runner in a process of its own, with real sandboxes: commands go there, and come back on record. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonRecord } from '@countersign/kernel/json';
import { ledgerOf, verifyLedger } from '../support/installation.ts';
import { processesWith, until } from './processes.ts';
import { Stage } from './stage.ts';

const MAIN = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url));
const FOLDER = join(tmpdir(), `countersign-runner-${process.pid}`);
const SECRET = 'a secret that only this test and its runner know';
const REMOTE: JsonRecord = { file: 'remote.yaml', text: 'name: elsewhere\nabout: on a runner\nleast: remote\n' };

let stage: Stage;
let runner: ChildProcess;

beforeAll(async () => {
  runner = spawn(process.execPath, [MAIN, '--dir', FOLDER, 'runner', 'serve'], {
    env: { ...process.env, COUNTERSIGN_RUNNER_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (runner.stdout === null) throw new Error('no output');
  const [url] = (await once(createInterface({ input: runner.stdout }), 'line')) as [string];
  stage = await Stage.open({ server: { sandbox: { runner: { url, secret: SECRET } } } });
}, 180_000);
afterAll(async () => {
  runner?.kill('SIGKILL');
  await stage?.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

const key = () => stage.adminKey;

test('a command runs on the runner, and what it made is here afterwards', async () => {
  const ran = await stage.argv(['sh', '-c', 'cat README.md -; echo made > made.txt; exit 6'], {
    key: key(),
    profile: REMOTE,
    stdin: 'in\n',
  });
  expect([ran.end['exit'], ran.stdout]).toEqual([6, 'payments\nin\n']);
  expect(ran.end['receipt']).toMatchObject({
    backend: 'remote:bwrap',
    strength: 'remote',
    profile: 'elsewhere',
    filesChanged: 1,
  });
  expect(readFileSync(stage.path('made.txt'), 'utf8')).toBe('made\n');
});

test('a profile that asks for less stays on this machine', async () => {
  const { end } = await stage.argv(['true'], { key: key() });
  expect(end['receipt']).toMatchObject({ backend: 'bwrap' });
});

test('a cancelled command ends over there', async () => {
  const word = String(50_000 + (process.pid % 9_000));
  const abort = new AbortController();
  const ran = await stage.argv(['sh', '-c', `echo up; sleep ${word}`], {
    key: key(),
    profile: REMOTE,
    signal: abort.signal,
    onOutput: () => abort.abort(),
  });
  expect([ran.end['exit'], ran.end['killed']]).toEqual([130, 'cancelled']);
  await until(() => processesWith(word).length === 0, 'nothing of it is left');
});

test('a runner that is killed leaves an outcome that nobody knows, on record, and the workspace as it was', async () => {
  const word = String(60_000 + (process.pid % 5_000));
  const running = stage.argv(['sh', '-c', `rm -f README.md; sleep ${word}`], { key: key(), profile: REMOTE });
  await until(() => processesWith(word).length > 0, 'the command runs');
  runner.kill('SIGKILL');
  const { end } = await running;
  expect(end).toMatchObject({ kind: 'failed', code: 'sandbox.lost' });
  await until(() => processesWith(word).length === 0, 'nothing of it is left');
  expect(existsSync(stage.path('README.md'))).toBe(true);
  const unknown = (await ledgerOf(stage.at))
    .filter(({ type, upstream }) => type === 'outcome' && upstream === 'sandbox:remote')
    .at(-1);
  expect(unknown).toMatchObject({ outcome: { status: 'unknown', code: 'sandbox.lost' } });
  const verified = await verifyLedger(stage.at);
  expect([verified.ok, verified.levels.flatMap(({ findings }) => findings)]).toEqual([true, []]);
});
