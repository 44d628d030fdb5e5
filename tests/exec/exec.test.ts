/** Commands end to end: real rules, a real sandbox, a real record. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonRecord } from '@countersign/kernel/json';
import { pathOf } from '../../packages/server/src/client/index.ts';
import { ledgerOf, verifyLedger } from '../support/installation.ts';
import { processesWith } from './processes.ts';
import { COMMAND_ACTIONS, Stage } from './stage.ts';

let stage: Stage;

/** With a rule for a program that makes files. */
function governance(dir: string): void {
  const file = join(dir, 'commands.yaml');
  const rule = `
  - id: touch.file
    decision: allow
    class: draft
    options: { program: touch, operands: paths }
    why: Makes empty files in the mandate.
    match: [touch src/a]
    not_match: [touch -r a b]
`;
  const text = readFileSync(file, 'utf8').replace('executables:\n', 'executables:\n  touch: [/usr/bin/touch, /bin/touch]\n');
  writeFileSync(file, text + rule);
}

beforeAll(async () => {
  stage = await Stage.open({ governance });
}, 180_000);
afterAll(() => stage?.close());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const short = ({ end, stdout, stderr }: { end: JsonRecord; stdout: string; stderr: string }) => ({
  exit: end['exit'],
  kind: end['kind'],
  killed: end['killed'],
  message: end['message'],
  stdout,
  stderr,
});
const profile = (name: string, lines: string): JsonRecord => ({
  file: `${name}.yaml`,
  text: `name: ${name}\nabout: for a test\n${lines}`,
});

test('a command that a rule allows runs for an agent, in its checkout', async () => {
  const ran = await stage.argv(['cat', 'README.md']);
  expect(short(ran)).toMatchObject({ kind: 'exited', exit: 0, stdout: 'payments\n' });
  expect(ran.end['receipt']).toMatchObject({
    backend: 'bwrap',
    strength: 'bwrap',
    profile: 'default',
    shell: false,
    mandate: stage.task.mandate,
    commands: [{ argv: ['cat', 'README.md'], program: '/usr/bin/cat', status: 0 }],
  });
});

test('only what the mandate names can be written, whatever the rules allow', async () => {
  const task = await stage.at.task({ actions: COMMAND_ACTIONS, capabilities: [], paths: ['src/**'] });
  const narrow = await stage.argv(['touch', 'src/made', 'beside'], { key: task.key });
  expect(short(narrow)).toMatchObject({ kind: 'exited', exit: 1 });
  expect(narrow.stderr).toContain('Read-only file system');
  const whole = await stage.argv(['touch', 'anywhere']);
  expect(short(whole)).toMatchObject({ kind: 'exited', exit: 0 });
  expect(['src/made', 'beside', 'anywhere'].map((name) => existsSync(stage.path(name)))).toEqual([true, false, true]);
});

test('what a rule forbids is denied with its reason, to agents and to people', async () => {
  const agent = await stage.argv(['git', 'push', 'origin', 'main']);
  const person = await stage.argv(['git', 'push', 'origin', 'main'], { key: stage.adminKey });
  for (const { end } of [agent, person])
    expect(end).toMatchObject({
      kind: 'denied',
      denial: {
        code: 'command.forbidden',
        message: 'Branches are pushed through the git door.',
        instead: expect.any(String) as string,
      },
    });
});

test('a forbidden command inside a text that needs a shell is found there', async () => {
  const { end } = await stage.shell('for b in a b; do git push origin "$b"; done', { key: stage.adminKey });
  expect(end).toMatchObject({ kind: 'denied', denial: { code: 'command.forbidden' } });
});

test('what no rule allows waits for a person, runs once with the approval, and asks again the next time', async () => {
  const command = ['sh', '-c', 'echo approved > made.txt; cat made.txt'];
  const asked = await stage.argv(command);
  const denial = asked.end['denial'] as { code: string; approval: { id: string } };
  expect(denial.code).toBe('approval.required');
  expect(existsSync(stage.path('made.txt'))).toBe(false);
  const approver = await stage.at.personClient('noor');
  const approve = async (id: string) => {
    const { json } = await approver.get(pathOf`/api/v1/approvals/${id}`);
    await approver.post(pathOf`/api/v1/approvals/${id}/verdict`, {
      answer: 'approve',
      shownDigest: json['shownDigest'] ?? null,
      reason: 'it is harmless',
    });
  };
  await approve(denial.approval.id);
  expect(short(await stage.argv(command))).toMatchObject({ kind: 'exited', exit: 0, stdout: 'approved\n' });
  expect(readFileSync(stage.path('made.txt'), 'utf8')).toBe('approved\n');
  let id = '';
  const held = stage.argv(command, {
    waitMs: 60_000,
    onWaiting: (what) => {
      id = (what['approval'] as { id: string }).id;
      void approve(id);
    },
  });
  expect(short(await held)).toMatchObject({ kind: 'exited', exit: 0 });
  expect([id === denial.approval.id, (await held).waiting.length]).toEqual([false, 1]);
});

test('an administrator runs what nobody listed, in the same sandbox and on the same record', async () => {
  const ran = await stage.argv(['sh', '-c', 'id -u; cat /etc/shadow; exit 7'], { key: stage.adminKey });
  expect(short(ran)).toMatchObject({ kind: 'exited', exit: 7, stdout: '1000\n' });
  expect(ran.end['receipt']).toMatchObject({ mandate: null, exit: 7 });
});

test('shell text that can be split runs without a shell; what cannot gets one', async () => {
  const split = await stage.shell('cat README.md | tr a-z A-Z && echo done', { key: stage.adminKey });
  const whole = await stage.shell('for n in 1 2; do echo $n; done', { key: stage.adminKey });
  expect([short(split), short(whole)]).toMatchObject([
    { exit: 0, stdout: 'PAYMENTS\ndone\n' },
    { exit: 0, stdout: '1\n2\n' },
  ]);
  expect([split, whole].map(({ end }) => (end['receipt'] as { shell: boolean }).shell)).toEqual([false, true]);
});

test('the commands of one script see the same files, and the next script sees none of theirs in /tmp', async () => {
  const key = stage.adminKey;
  expect(short(await stage.shell('touch /tmp/between && ls /tmp/between', { key }))).toMatchObject({
    exit: 0,
    stdout: '/tmp/between\n',
  });
  expect(short(await stage.shell('ls /tmp/between', { key }))).toMatchObject({ exit: 2 });
});

test('standard input and large output pass whole', async () => {
  const bytes = Buffer.alloc(4 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz012345\n');
  const chunks = Array.from({ length: 64 }, (_, at) => bytes.subarray(at * 65_536, (at + 1) * 65_536));
  const sum = await stage.argv(['sha256sum'], { key: stage.adminKey, stdin: Readable.from(chunks) });
  expect(sum.stdout).toContain(createHash('sha256').update(bytes).digest('hex'));
  const back = await stage.shell('cat | cat', { key: stage.adminKey, stdin: Readable.from(chunks) });
  expect([back.stdout.length, createHash('sha256').update(back.stdout).digest('hex')]).toEqual([
    bytes.length,
    createHash('sha256').update(bytes).digest('hex'),
  ]);
});

test('`yes | head` ends', async () => {
  const { end, stdout } = await stage.shell('yes | head -n 2', { key: stage.adminKey });
  expect([end['exit'], stdout, (end['receipt'] as { pipe: number[] }).pipe]).toEqual([0, 'y\ny\n', [141, 0]]);
});

test('Ctrl-C ends the run and everything it started', async () => {
  const abort = new AbortController();
  const marker = `3${Date.now() % 100_000}`;
  const running = stage.argv(['sh', '-c', `sleep ${marker} & echo up; sleep ${marker}`], {
    key: stage.adminKey,
    signal: abort.signal,
    onOutput: () => abort.abort(),
  });
  expect(short(await running)).toMatchObject({ exit: 130, killed: 'cancelled' });
  await sleep(200);
  expect(processesWith(marker)).toEqual([]);
});

test.each<[string, string, string, readonly string[], number]>([
  ['time', 'limits: { time: 1s }', 'time', ['sleep', '30'], 124],
  ['output', 'limits: { output: 64KiB }', 'output', ['sh', '-c', 'yes | head -c 10000000'], 153],
  ['memory', 'limits: { memory: 64MiB }', 'memory', ['python3', '-c', 'x = bytearray(1 << 30); print(len(x))'], 137],
])('a limit on %s ends the run, and says so', async (name, lines, killed, argv, exit) => {
  const ran = await stage.argv(argv, { key: stage.adminKey, profile: profile(name, lines) });
  expect(short(ran)).toMatchObject({ kind: 'exited', killed, exit });
});

test('the record has each command, what was decided of it, and its receipt; the ledger verifies', async () => {
  const ran = await stage.argv(['sh', '-c', 'exit 5'], { key: stage.adminKey });
  const { decision } = ran.end['receipt'] as { decision: string };
  const entries = await ledgerOf(stage.at);
  const decided = entries.find(({ decision: part }) => (part as { id?: string } | undefined)?.id === decision);
  const outcome = entries.find(({ outcome: part }) => (part as { decision?: string } | undefined)?.decision === decision);
  expect(decided).toMatchObject({
    type: 'decision',
    action: 'command.mutateHigh',
    principal: 'ada',
    decision: { answer: 'allow' },
  });
  expect(outcome).toMatchObject({
    type: 'outcome',
    outcome: { status: 'done', code: 'exit.5' },
    upstream: 'sandbox:bwrap',
    payloads: [{ kind: 'receipt' }],
  });
  expect(entries.indexOf(decided ?? {})).toBeLessThan(entries.indexOf(outcome ?? {}));
  const [payload] = (outcome?.['payloads'] ?? []) as { digest: string }[];
  const digest = payload?.digest ?? '';
  const security = await stage.at.personClient('noor');
  const { json } = await security.get(pathOf`/api/v1/payloads/${digest}`, { reason: 'a test looks' });
  expect(JSON.parse(Buffer.from(String(json['base64']), 'base64').toString())).toEqual(ran.end['receipt']);
  const verified = await verifyLedger(stage.at);
  expect([verified.ok, verified.levels.flatMap(({ findings }) => findings)]).toEqual([true, []]);
});
