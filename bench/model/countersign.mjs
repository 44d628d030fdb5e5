// Countersign as it is run: the program itself with its embedded database, a bundle with the starter's policies, an admitted task, and an
// agent's own key. Nothing is switched off; limits are so high that no call meets one.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CPU, family, onExit, pinFamily, startNode, stop } from './machine.mjs';
import { call } from './probe.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'packages/server/dist/cli/main.js');
const AGENT = 'payments-test-repair-editor-dev';
const LIMIT = '1000000000000';

/** @throws Error where there is nothing to replace */
export function replaced(text, pattern, by) {
  const changed = text.replace(pattern, by);
  if (changed === text) throw new Error(`the starter's configuration has nothing that matches ${pattern}`);
  return changed;
}

/** The starter directory with limits that are never met and no end to repetition. */
export function writeStarter(dir) {
  cpSync(join(ROOT, 'governance'), dir, { recursive: true });
  const file = join(dir, 'countersign.yaml');
  let text = readFileSync(file, 'utf8');
  text = replaced(text, /\blimit: \d+/g, `limit: ${LIMIT}`);
  text = replaced(text, /^loop: .*$/m, 'loop: { repeats: 10000, window: 1ms }');
  writeFileSync(file, text);
}

/** With the scripted provider and its models. */
function writeGovernance(dir, upstream) {
  writeStarter(dir);
  cpSync(join(import.meta.dirname, 'governance'), dir, { recursive: true });
  const file = join(dir, 'countersign.yaml');
  let text = readFileSync(file, 'utf8');
  const provider = `providers:\n  scripted:\n    kind: compatible\n    baseUrl: http://127.0.0.1:${upstream}/v1\n    credential: null\n    concurrency: 1000\n    queue: 10s\n`;
  text = replaced(text, /^providers:\n/m, provider);
  writeFileSync(file, text);
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
/** The first start makes a database cluster. */
const START_MS_MAX = 90_000;

/** What `up` leaves for the command line: its address, and the local administrator's key. */
async function connectionOf(dir, started) {
  const path = join(dir, 'cli.json');
  let ended = false;
  void started.exited.then(() => {
    ended = true;
  });
  for (const from = performance.now(); ; await wait(50)) {
    if (ended) throw new Error(`Countersign ended while starting: ${started.stderr.trim()}`);
    if (performance.now() - from > START_MS_MAX)
      throw new Error(`Countersign is not up after ${START_MS_MAX} ms: ${started.stderr.trim()}`);
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    if (text.trimEnd().endsWith('}')) return JSON.parse(text);
  }
}

let asked = 0;

/** @throws Error for any other answer than `wanted` */
export async function ask({ url, key }, path, body, wanted = 201) {
  asked += 1;
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': `bench-${process.pid}-${asked}` };
  const { status, text } = await call({ port: Number(new URL(url).port), path: `/api/v1${path}`, headers }, JSON.stringify(body));
  if (status !== wanted) throw new Error(`POST ${path} answered ${status}: ${text.slice(0, 800)}`);
  return JSON.parse(text);
}

/** An admitted task, and a key of the agent that carries the task's mandate. */
async function agentKey(connection, actions) {
  const admitted = await ask(connection, '/tasks', {
    agent: AGENT,
    ticket: 'BENCH-1',
    repository: 'payments',
    capabilities: ['repository.read', 'file.edit'],
    actions,
    useCase: 'code-maintenance',
    estimateMicroUsd: Number(LIMIT) / 10,
  });
  const issued = await ask(connection, `/agents/${AGENT}/credentials`, { mandate: admitted.mandate.id });
  return issued.key;
}

/** The database's own answer to how it is set, with the very arguments that it was started with. */
function setting(postmaster, name) {
  const program = readlinkSync(`/proc/${postmaster}/exe`);
  const [, ...args] = readFileSync(`/proc/${postmaster}/cmdline`, 'utf8')
    .split('\0')
    .filter((part) => part !== '');
  return execFileSync(program, ['-C', name, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function findPostmaster(pid) {
  const members = family(pid).filter((member) => member.name === 'postgres');
  const top = members.find((member) => members.every((other) => other.pid !== member.parent));
  if (top === undefined) throw new Error('the embedded database of Countersign was not found');
  return top.pid;
}

function assertDurable(postmaster) {
  for (const [name, wanted] of [
    ['fsync', 'on'],
    ['full_page_writes', 'on'],
    ['synchronous_commit', 'on'],
  ]) {
    const is = setting(postmaster, name);
    if (is !== wanted) throw new Error(`the database runs with ${name}=${is}: the run is void`);
  }
}

/**
 * The program itself, with an agent's key for a task with these actions.
 * @param write fills the governance directory
 */
export async function startProgram({ name, actions, write, env = {} }) {
  const place = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const forget = onExit(() => rmSync(place, { recursive: true, force: true }));
  const governance = join(place, 'governance');
  const dir = join(place, 'data');
  write(governance);
  const args = [PROGRAM, 'up', '--dir', dir, '--port', '0', '--governance', governance];
  const started = startNode(CPU.gateway, args, { cwd: place, env: { DATABASE_URL: undefined, NODE_ENV: 'production', ...env } });
  started.lines.resume();
  const connection = await connectionOf(dir, started);
  const database = findPostmaster(started.pid);
  const endDatabase = onExit(() => {
    if (existsSync(`/proc/${database}`)) process.kill(database, 'SIGQUIT');
  });
  pinFamily(database, CPU.rest);
  assertDurable(database);
  const key = await agentKey(connection, actions);
  return {
    name,
    note: 'fsync is on',
    started,
    database,
    connection,
    port: Number(new URL(connection.url).port),
    headers: { authorization: `Bearer ${key}` },
    stop: async () => {
      await stop(started, 20_000);
      endDatabase();
      forget();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

export async function startCountersign(upstream) {
  const write = (dir) => writeGovernance(dir, upstream);
  const program = await startProgram({ name: 'countersign', actions: ['model.call'], write });
  const { port, headers } = program;
  return { ...program, target: (format) => ({ port, path: `/v1${format.path}`, headers }) };
}
