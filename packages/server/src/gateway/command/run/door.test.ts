import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { Fault } from '@countersign/kernel/fault';
import { encodeFrame, encodeJson, EXEC_PATH, EXEC_PROTOCOL } from '../../../ports/exec-wire.ts';
import { type Answer, denial } from '../../wire/testing/test-road.ts';
import { ADMIN_KEY, AGENT, KEY, MANDATE, PERSON_KEY, SNAPSHOT, Stage } from '../testing/stage.ts';
import type { CommandDoorDeps } from './deps.ts';

let stage: Stage;
afterEach(() => stage.close());

const open = async (over: Partial<CommandDoorDeps> = {}) => (stage = await Stage.open(over));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const until = async (what: () => boolean): Promise<void> => {
  for (const end = Date.now() + 10_000; !what(); await sleep(10)) if (Date.now() > end) throw new Error('it never happened');
};
const living = () => stage.backend.made.reduce((sum, sandbox) => sum + sandbox.living, 0);

test('a command of an agent runs under its mandate, and its receipt goes on record', async () => {
  await open();
  const { end, stdout } = await stage.argv(['sh', '-c', 'echo out; exit 3']);
  expect([end['kind'], end['exit'], stdout]).toEqual(['exited', 3, 'out\n']);
  const [outcome] = await stage.road.settled(1);
  expect(outcome?.act).toMatchObject({ status: 'done', code: 'exit.3', charge: 'none', upstream: 'sandbox:plain' });
  const receipt = JSON.parse(String(outcome?.act.payloads?.[0]?.bytes)) as object;
  expect(receipt).toEqual(end['receipt']);
  expect(receipt).toMatchObject({
    agent: AGENT.id,
    onBehalfOf: 'lin',
    mandate: 'man_1',
    workspace: stage.folder,
    exit: 3,
    commands: [{ argv: ['sh', '-c', 'echo out; exit 3'], program: '/usr/bin/sh', status: 3 }],
  });
  expect(outcome?.ask).toMatchObject({
    repository: 'payments',
    contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(stage.backend.made[0]?.disposed).toBeGreaterThan(0);
});

test('what a task has touched asks for a stronger sandbox, and a node without one runs nothing', async () => {
  const settings = { strengths: [{ data: ['confidential'], least: 'gvisor' }] };
  const snapshot = { ...SNAPSHOT, settings } as unknown as typeof SNAPSHOT;
  let dataClass: 'internal' | 'confidential' = 'internal';
  const asked: string[] = [];
  await open({
    snapshots: { current: () => snapshot },
    marks: () => ({ dataClass, taints: [] }),
    backend: (least) => (asked.push(least), least === 'bwrap' ? stage.backend : undefined),
  });
  expect((await stage.argv(['true'])).end).toMatchObject({ kind: 'exited', exit: 0 });
  dataClass = 'confidential';
  expect((await stage.argv(['true'])).end).toMatchObject({ kind: 'failed', code: 'sandbox.unenforceable' });
  expect([asked, stage.backend.made.length]).toEqual([['bwrap', 'gvisor'], 1]);
});

test('what an approval is bound to changes with the command, the folder, the profile and standard input, and with nothing else', async () => {
  await open();
  mkdirSync(stage.path('sub'));
  await stage.argv(['true']);
  await stage.argv(['true']);
  await stage.argv(['true', '']);
  await stage.argv(['true'], { cwd: stage.path('sub') });
  await stage.argv(['true'], { stdin: '' });
  await stage.shell('true');
  const digests = stage.road.asks.map(({ contentDigest }) => contentDigest);
  expect(digests[0]).toBe(digests[1]);
  expect(new Set(digests).size).toBe(5);
});

test('a person runs as that person, and an administrator may go on under the mandate of a task', async () => {
  await open();
  const own = await stage.argv(['true'], { key: ADMIN_KEY });
  const task = await stage.argv(['true'], { key: ADMIN_KEY, mandate: 'man_1' });
  const lin = await stage.argv(['true'], { key: PERSON_KEY, mandate: 'man_1' });
  expect([own, task, lin].map(({ end }) => end['exit'])).toEqual([0, 0, 0]);
  expect(
    stage.road.asks.map(({ caller }) => [caller.person ?? false, caller.agent.id, caller.onBehalfOf, caller.mandate?.id]),
  ).toEqual([
    [true, 'ada', 'ada', undefined],
    [false, AGENT.id, 'lin', 'man_1'],
    [false, AGENT.id, 'lin', 'man_1'],
  ]);
});

test.each<[string, string | undefined, string | undefined, string]>([
  ['without a key', '', undefined, 'identity.missing'],
  ['with an unknown key', 'nobody', undefined, 'identity.invalid'],
  ['with a wrong secret', `csk_p_crd_admin1_${'c'.repeat(43)}`, undefined, 'identity.invalid'],
  ['with a mandate that does not exist', ADMIN_KEY, 'man_9', 'mandate.missing'],
])('nobody is let in %s', async (_name, key, mandate, code) => {
  await open();
  const refused = stage.argv(['true'], { key: key ?? '', ...(mandate === undefined ? {} : { mandate }) });
  await expect(refused).rejects.toMatchObject({ problem: { code } });
  expect(stage.backend.made).toEqual([]);
});

test('a mandate for somebody else is not to be used', async () => {
  await open();
  stage.mandates.set('man_2', { ok: true, mandate: { ...MANDATE, id: 'man_2', onBehalfOf: 'ada' } });
  await expect(stage.argv(['true'], { key: PERSON_KEY, mandate: 'man_2' })).rejects.toMatchObject({
    problem: { code: 'identity.forbidden' },
  });
});

test('an agent works in a checkout of its repository and nowhere else, links included', async () => {
  await open();
  symlinkSync('/var', stage.path('out'));
  const outside = await stage.argv(['true'], { cwd: '/var/tmp' });
  const linked = await stage.argv(['true'], { cwd: stage.path('out') });
  const missing = await stage.argv(['true'], { cwd: '/nowhere' });
  const nobody = await stage.argv(['true'], { key: KEY });
  expect([outside, linked, missing, nobody].map(({ end }) => [end['kind'], end['code']])).toEqual([
    ['failed', 'identity.forbidden'],
    ['failed', 'identity.forbidden'],
    ['failed', 'request.not-found'],
    ['failed', 'identity.forbidden'],
  ]);
  expect(stage.road.refusals).toHaveLength(4);
  expect(stage.backend.made).toEqual([]);
});

test.each(['/', '/etc', '/usr/bin', '/tmp', '/proc/self', '/dev/shm'])('%s is nobody’s workspace', async (cwd) => {
  await open();
  const { end } = await stage.argv(['true'], { key: ADMIN_KEY, cwd });
  expect([end['kind'], end['code']]).toEqual(['failed', 'identity.forbidden']);
});

test('our own folders are hidden in a workspace around them, and are none themselves', async () => {
  stage = await Stage.open();
  const own = stage.path('.countersign');
  mkdirSync(own);
  await stage.close();
  mkdirSync(own, { recursive: true });
  const { folder } = stage;
  stage = await Stage.open({ ownFolders: [own] });
  const around = await stage.argv(['true'], { key: ADMIN_KEY, cwd: folder });
  const inside = await stage.argv(['true'], { key: ADMIN_KEY, cwd: own });
  const mounted = await stage.argv(['true'], {
    key: ADMIN_KEY,
    open: mounting(folder),
  });
  expect([around.end['exit'], inside.end['code'], mounted.end['code']]).toEqual([0, 'identity.forbidden', 'identity.forbidden']);
  symlinkSync(own, stage.path('link'));
  const linked = await stage.argv(['true'], { key: ADMIN_KEY, cwd: folder, open: mounting(stage.path('link')) });
  const kernel = await stage.argv(['true'], { key: ADMIN_KEY, cwd: folder, open: mounting('/proc/self/root') });
  expect([linked.end['code'], kernel.end['code']]).toEqual(['identity.forbidden', 'identity.forbidden']);
  expect(stage.backend.made[0]?.spec.workspace.hidden).toEqual(['.countersign']);
});

const mounting = (path: string) => ({ profile: { file: 'p', text: JSON.stringify({ mounts: [{ path, mode: 'read' }] }) } });

test('only an administrator brings a profile; everybody names one of the bundle', async () => {
  await open();
  const file = { profile: { file: 'my.yaml', text: '{"name":"mine"}' } };
  const mine = await stage.argv(['true'], { key: ADMIN_KEY, open: file });
  const theirs = await stage.argv(['true'], { open: file });
  const unknown = await stage.argv(['true'], { open: { profile: { name: 'open' } } });
  expect([mine.end['exit'], theirs.end['code'], unknown.end['code']]).toEqual([
    0,
    'identity.forbidden',
    'request.unknown-entity',
  ]);
  expect(stage.backend.made.map(({ spec }) => spec.profile)).toEqual(['mine']);
});

test.each<[string, object]>([
  ['a member that is none', { extra: 1 }],
  ['a command of both kinds', { command: { argv: ['a'], shell: 'a' } }],
  ['no words', { command: { argv: [] } }],
  ['a word that is none', { command: { argv: [1] } }],
  ['a NUL', { command: { argv: ['a\0b'] } }],
  ['half of a character', { command: { shell: 'echo \ud800' } }],
  ['a folder that is not absolute', { cwd: 'here' }],
  ['a wait that is too long', { waitMs: 1e9 }],
  ['a profile of two kinds', { profile: { name: 'a', file: 'b', text: 'c' } }],
])('a request with %s is refused, on record', async (_name, change) => {
  await open();
  const { end } = await stage.argv(['true'], { open: change as never });
  expect([end['kind'], end['code']]).toEqual(['failed', 'request.invalid']);
  expect(stage.road.refusals.map(({ code }) => code)).toEqual(['request.invalid']);
});

test('a denial is told whole, and nothing is made', async () => {
  await open();
  stage.road.answer = () => ({ deny: denial('policy.denied', { message: 'Not this.', instead: 'That.' }) });
  const { end } = await stage.argv(['rm', '-rf', '.']);
  expect(end).toMatchObject({ kind: 'denied', denial: { code: 'policy.denied', message: 'Not this.', instead: 'That.' } });
  expect(stage.backend.made).toEqual([]);
});

test('who waits is told for whom, and the command runs when a person said yes', async () => {
  await open();
  const approval = { id: 'apr_1', url: 'http://x/approve/apr_1', expiresAt: '2099-01-01T00:00:00.000Z' };
  let approved = false;
  stage.road.answer = (): Answer => (approved ? {} : { deny: denial('approval.required', { approval }) });
  stage.approval = { state: 'approved' };
  approved = false;
  stage.onWait = () => (approved = true);
  const ran = await stage.argv(['echo', 'ran'], { open: { waitMs: 5_000 } });
  expect([ran.end['exit'], ran.stdout, ran.waiting]).toEqual([
    0,
    'ran\n',
    [{ why: 'approval', message: 'A policy denies this.', approval }],
  ]);
  approved = false;
  stage.approval = { state: 'denied' };
  const refused = await stage.argv(['echo', 'ran'], { open: { waitMs: 5_000 } });
  expect(refused.end).toMatchObject({ kind: 'denied', denial: { code: 'approval.denied' } });
  approved = false;
  const unwaited = await stage.argv(['echo', 'ran']);
  expect([unwaited.end, unwaited.waiting]).toMatchObject([{ kind: 'denied', denial: { approval: { id: 'apr_1' } } }, []]);
});

test('a cancelled run ends at once, with nothing left of it', async () => {
  await open();
  const abort = new AbortController();
  const running = stage.argv(['sh', '-c', 'echo up; sleep 60'], { signal: abort.signal, onOutput: () => abort.abort() });
  const { end } = await running;
  expect([end['kind'], end['exit'], end['killed']]).toEqual(['exited', 130, 'cancelled']);
  expect([living(), (await stage.road.settled(1))[0]?.act.status]).toEqual([0, 'cancelled']);
});

test('a client that goes away takes its run with it', async () => {
  await open();
  const socket = connect(Number(new URL(stage.url).port), '127.0.0.1');
  const head = `GET ${EXEC_PATH} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: ${EXEC_PROTOCOL}\r\nauthorization: Bearer task-key\r\n\r\n`;
  socket.write(head);
  socket.write(encodeJson('open', { command: { argv: ['sleep', '60'] }, cwd: stage.folder, stdin: false }));
  await until(() => living() === 1);
  socket.destroy();
  await until(() => living() === 0);
  expect((await stage.road.settled(1))[0]?.act).toMatchObject({ status: 'cancelled', code: 'killed.cancelled' });
});

test('a node that stops ends what runs, and records it', async () => {
  await open();
  const running = stage.argv(['sleep', '60']);
  await until(() => living() === 1);
  await stage.door.close();
  const { end } = await running;
  expect([end['killed'], (await stage.road.settled(1))[0]?.act.status]).toEqual(['stopped', 'cancelled']);
});

test.each<[string, (stage: Stage) => void, string]>([
  ['a kill switch', (at) => (at.killed = true), 'kill-switch'],
  ['a mandate that was revoked', (at) => at.mandates.set('man_1', { ok: false, why: 'revoked' }), 'mandate-revoked'],
])('%s ends what runs', async (_name, act, killed) => {
  await open();
  const running = stage.argv(['sleep', '60']);
  await until(() => living() === 1);
  act(stage);
  const { end } = await running;
  expect([end['killed'], end['exit']]).toEqual([killed, 137]);
});

test('what a limit ended says so in its exit code', async () => {
  await open();
  const { end } = await stage.argv(['sh', '-c', 'head -c 80000000 /dev/zero']);
  expect([end['killed'], end['exit']]).toEqual(['output', 153]);
  expect((await stage.road.settled(1))[0]?.act.code).toBe('killed.output');
});

test('megabytes pass both ways unchanged, through a slow reader too', async () => {
  await open();
  const bytes = Buffer.alloc(12 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz0123456789\n');
  const chunks = Array.from({ length: 192 }, (_, at) => bytes.subarray(at * 65_536, (at + 1) * 65_536));
  const { end, stdout } = await stage.shell('cat | cat', { stdin: Readable.from(chunks) });
  expect(end['exit']).toBe(0);
  expect(createHash('sha256').update(stdout).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('as many run as may, and who asks for one more is told', async () => {
  await open({ runsMax: 1 });
  const abort = new AbortController();
  const first = stage.argv(['sleep', '60'], { signal: abort.signal });
  await until(() => living() === 1);
  const second = await stage.argv(['true']);
  expect([second.end['kind'], second.end['code']]).toEqual(['failed', 'request.rate-limited']);
  abort.abort();
  await first;
  expect((await stage.argv(['true'])).end['exit']).toBe(0);
});

test('a sandbox that cannot be made is a failure on record, with the reason', async () => {
  await open();
  stage.backend.broken = new Fault('sandbox.unenforceable', 'There is no memory limit here.');
  const { end } = await stage.argv(['true']);
  expect(end).toMatchObject({ kind: 'failed', code: 'sandbox.unenforceable', message: 'There is no memory limit here.' });
  expect((await stage.road.settled(1))[0]?.act).toMatchObject({
    status: 'failed',
    code: 'sandbox.unenforceable',
    charge: 'none',
  });
});

test('a sandbox that is weaker than the profile wants runs nothing', async () => {
  await open();
  stage.backend.strength = 'process';
  const { end } = await stage.argv(['touch', 'made']);
  expect([end['code'], stage.backend.made[0]?.disposed]).toEqual(['sandbox.unenforceable', 1]);
});

test('an allow under another bundle than the one that judged runs nothing', async () => {
  await open({ judge: async (what) => ({ revision: 'rev-0', verdict: {} as never, ask: { caller: what.caller } as never }) });
  const { end } = await stage.argv(['true']);
  expect([end['code'], stage.backend.made]).toEqual(['bundle.stale', []]);
});

test('the duties of a decision say what is kept of the texts', async () => {
  await open();
  stage.road.answer = () => ({ obligations: ['log-full'] });
  await stage.argv(['echo', 'secret']);
  stage.road.answer = () => ({ obligations: ['log-digest'] });
  await stage.argv(['echo', 'secret']);
  const kept = (await stage.road.settled(2)).map(({ act }) =>
    act.payloads?.map(({ kind, bytes }) => [kind, String(bytes).includes('secret')]),
  );
  expect(kept).toEqual([
    [
      ['receipt', true],
      ['stdout', true],
    ],
    [['receipt', false]],
  ]);
});

test.each<[string, Buffer]>([
  ['frames of no kind', Buffer.from([99, 0, 0, 0, 0])],
  ['frames that are too long', Buffer.from([2, 255, 255, 255, 255])],
  ['frames of the server', encodeFrame('stdout', Buffer.from('x'))],
  ['standard input without credit', encodeFrame('stdin', Buffer.alloc(300_000))],
])('a client that sends %s ends its own run, and nobody else’s', async (_name, bytes) => {
  await open();
  const neighbour = stage.argv(['sh', '-c', 'sleep 0.5; echo fine']);
  const socket = connect(Number(new URL(stage.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `GET ${EXEC_PATH} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: ${EXEC_PROTOCOL}\r\nauthorization: Bearer task-key\r\n\r\n`,
  );
  socket.write(encodeJson('open', { command: { argv: ['sleep', '60'] }, cwd: stage.folder }));
  await until(() => living() >= 2);
  socket.write(bytes);
  socket.resume();
  await once(socket, 'close');
  expect(await neighbour).toMatchObject({ stdout: 'fine\n' });
  await until(() => living() === 0);
});

test.each<[string, string, number]>([
  ['a plain request', `GET ${EXEC_PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 426],
  [
    'another protocol',
    `GET ${EXEC_PATH} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nauthorization: Bearer task-key\r\n\r\n`,
    400,
  ],
  [
    'a page of a browser',
    `GET ${EXEC_PATH} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: ${EXEC_PROTOCOL}\r\norigin: http://evil.example\r\nauthorization: Bearer task-key\r\n\r\n`,
    403,
  ],
])('%s is turned away', async (_name, text, status) => {
  await open();
  const socket = connect(Number(new URL(stage.url).port), '127.0.0.1');
  socket.write(text);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  expect(chunk.toString().split(' ')[1]).toBe(String(status));
  socket.destroy();
});
