/** SIGKILL of the command line and of the node: nothing that was started goes on, and the record says what is known. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client } from '../../packages/server/src/client/index.ts';
import { ledgerOf, verifyLedger } from '../support/installation.ts';
import type { NodeProcess } from '../support/node-process.ts';
import { processesWith, until } from './processes.ts';
import { Stage } from './stage.ts';

const MAIN = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url));

let stage: Stage;
let node: NodeProcess;
let marker = 40_000 + (process.pid % 1_000) * 10;

beforeAll(async () => {
  stage = await Stage.open();
  node = await stage.at.nodeProcess('commands');
}, 180_000);
afterAll(() => stage?.close());

interface Cli {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

/** As the local administrator, against the node in a process of its own. */
function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Cli {
  const child = spawn(process.execPath, [MAIN, 'exec', ...args], {
    cwd: stage.folder,
    env: { ...process.env, COUNTERSIGN_URL: node.url, COUNTERSIGN_KEY: stage.adminKey, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  return { child, out: () => said.out, err: () => said.err, ended: once(child, 'close').then(([code]) => code as number | null) };
}

const sleeper = (): readonly [string, readonly string[]] => {
  const word = String(++marker);
  return [word, ['--', 'sh', '-c', `setsid sleep ${word} & sleep ${word}`]];
};
const outcomes = async () =>
  (await ledgerOf(stage.at)).filter(({ type, upstream }) => type === 'outcome' && upstream === 'sandbox:bwrap');

test('the exit code is the command’s, its streams are its own, and its input is ours', async () => {
  const ran = cli(['--', 'sh', '-c', 'cat; echo wrong >&2; exit 9']);
  ran.child.stdin?.end('in\n');
  expect([await ran.ended, ran.out(), ran.err()]).toEqual([9, 'in\n', 'wrong\n']);
});

test.each<[readonly string[], number, RegExp]>([
  [['--', 'git', 'push'], 3, /Branches are pushed through the git door[\s\S]*instead:/],
  [['--profile', 'nothing-of-this-name', '--', 'ls'], 125, /There is no profile `nothing-of-this-name`\. There are:/],
  [['--profile', './missing.yaml', '--', 'ls'], 2, /There is no profile file/],
  [['--cwd', '/etc', '--', 'ls'], 3, /is no workspace/],
  [['--shell', '--', 'ls', '-l'], 2, /takes one text/],
  [['--', 'no-such-program'], 127, /there is no such program/],
  [['--', 'sh', '-c', 'kill -SEGV $$'], 139, /^$/],
])('`exec %j` says what is wrong and exits with %i', async (args, code, says) => {
  const ran = cli(args);
  ran.child.stdin?.end();
  expect([await ran.ended, ran.err()]).toEqual([code, expect.stringMatching(says)]);
});

test('a wrong key is told as such, and a node that is not there as that', async () => {
  const wrong = cli(['--', 'ls'], { COUNTERSIGN_KEY: `csk_p_crd_nobody_${'a'.repeat(43)}` });
  const away = cli(['--', 'ls'], { COUNTERSIGN_URL: 'http://127.0.0.1:9' });
  expect([await wrong.ended, await away.ended]).toEqual([4, 125]);
  expect(away.err()).toContain('countersign up');
});

test('--json is one document, with what was printed and the receipt; --receipt writes it', async () => {
  const file = join(stage.folder, '..', 'receipt.json');
  const ran = cli(['--json', '--receipt', file, '--', 'sh', '-c', 'echo out; echo err >&2; exit 4']);
  ran.child.stdin?.end();
  expect(await ran.ended).toBe(4);
  const told = JSON.parse(ran.out()) as { receipt: { exit: number } };
  expect(told).toMatchObject({
    kind: 'exited',
    exit: 4,
    stdout: 'out\n',
    stderr: 'err\n',
    receipt: { exit: 4, backend: 'bwrap' },
  });
});

test('a profile file that is wrong is refused with what is wrong', async () => {
  const file = join(stage.folder, '..', 'wrong.yaml');
  writeFileSync(file, 'name: wrong\nabout: x\nlimits: { memory: plenty }\n');
  const ran = cli(['--profile', file, '--', 'ls']);
  ran.child.stdin?.end();
  expect([await ran.ended, ran.err()]).toEqual([125, expect.stringContaining('memory')]);
});

test('SIGINT and SIGTERM of the command line end the run with it', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const [word, args] = sleeper();
    const ran = cli(args);
    await until(() => processesWith(word).length >= 2, 'the command runs');
    ran.child.kill(signal);
    expect(await ran.ended).toBe(130);
    await until(() => processesWith(word).length === 0, 'nothing of it is left');
  }
});

test('SIGKILL of the command line ends the run, and the record says that it was cancelled', async () => {
  const [word, args] = sleeper();
  const before = (await outcomes()).length;
  const ran = cli(args);
  await until(() => processesWith(word).length >= 2, 'the command runs');
  ran.child.kill('SIGKILL');
  await ran.ended;
  await until(() => processesWith(word).length === 0, 'nothing of it is left', 10_000);
  await until(async () => (await outcomes()).length > before, 'the outcome is on record');
  expect((await outcomes()).at(-1)).toMatchObject({ outcome: { status: 'cancelled', code: 'killed.cancelled' } });
});

test('SIGKILL of the node ends the run; the client says so, and the record has an unknown outcome', async () => {
  const [word, args] = sleeper();
  const ran = cli(args);
  await until(() => processesWith(word).length >= 2, 'the command runs');
  await node.kill();
  expect([await ran.ended, ran.err()]).toEqual([125, expect.stringContaining('ended before the command did')]);
  await until(() => processesWith(word).length === 0, 'nothing of it is left', 10_000);
  node = await stage.at.nodeProcess('commands');
  await until(
    async () =>
      (await ledgerOf(stage.at)).some(
        ({ type, outcome }) => type === 'outcome' && (outcome as { status: string }).status === 'unknown',
      ),
    'the outcome is unknown',
    90_000,
  );
  const again = cli(['--', 'echo', 'again']);
  again.child.stdin?.end();
  expect([await again.ended, again.out()]).toEqual([0, 'again\n']);
});

test('a node that is told to stop ends what runs first', async () => {
  const [word, args] = sleeper();
  const ran = cli(args);
  await until(() => processesWith(word).length >= 2, 'the command runs');
  await node.stop();
  expect([await ran.ended, ran.err()]).toEqual([137, expect.stringContaining('the node is stopping')]);
  expect(processesWith(word)).toEqual([]);
  const verified = await verifyLedger({
    admin: new Client({ url: stage.at.server.url, key: stage.adminKey }),
    dir: stage.at.dir,
    server: stage.at.server,
  });
  expect([verified.ok, verified.levels.flatMap(({ findings }) => findings)]).toEqual([true, []]);
}, 120_000);
