// Processes on this machine: pinned, measured, and ended in all cases.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

const can = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** The gateway under test alone on the first processor, all else on the second. */
export const PINNED = availableParallelism() >= 2 && can('taskset', ['-c', '0', 'true']) && can('taskset', ['-c', '1', 'true']);
export const CPU = { gateway: 0, rest: 1 };
const NICED = process.getuid?.() === 0 && can('nice', ['-n', '-10', 'true']);

const children = new Set();

/** `nice` and `taskset` replace themselves with the program, so the pid is the program's own. */
function commandLine(cpu, args) {
  const pinned = PINNED ? ['taskset', '-c', String(cpu), ...args] : args;
  return NICED ? ['nice', '-n', '-10', ...pinned] : pinned;
}

/** Starts `node ...args`, with `input` on its stdin; `lines` gives its stdout, `stderr` what it said last. */
export function startNode(cpu, args, { env = {}, cwd, input } = {}) {
  const [program, ...rest] = commandLine(cpu, [process.execPath, ...args]);
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (input !== undefined) child.stdin.end(input);
  children.add(child);
  const started = { child, pid: child.pid, stderr: '', exited: undefined };
  child.stderr.on('data', (data) => {
    started.stderr = (started.stderr + data).slice(-4_000);
  });
  started.exited = new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      children.delete(child);
      resolve(code ?? signal);
    });
  });
  started.lines = createInterface({ input: child.stdout });
  return started;
}

/** The next line of its stdout that is JSON. @throws Error when it ends before */
export async function nextJson(started, name) {
  const line = await Promise.race([
    new Promise((resolve) => {
      const look = (text) => {
        if (!text.startsWith('{')) return;
        started.lines.off('line', look);
        resolve(text);
      };
      started.lines.on('line', look);
    }),
    started.exited.then((code) => {
      throw new Error(`${name} ended with ${code}: ${started.stderr.trim()}`);
    }),
  ]);
  return JSON.parse(line);
}

/** Asks it to stop, and insists after the grace. */
export async function stop(started, graceMs = 5_000) {
  if (started === undefined || !children.has(started.child)) return;
  started.child.kill('SIGTERM');
  const insist = setTimeout(() => started.child.kill('SIGKILL'), graceMs);
  await started.exited;
  clearTimeout(insist);
}

export const stopAll = () =>
  Promise.all([...children].map((child) => stop({ child, exited: new Promise((done) => child.once('exit', done)) })));

const lastResorts = new Set();

/** Runs `end` when this process ends in a hurry; nothing asynchronous runs after it. @returns takes it back */
export function onExit(end) {
  lastResorts.add(end);
  return () => lastResorts.delete(end);
}

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const end of lastResorts) end();
});

export function pin(pid, cpu) {
  if (PINNED) spawnSync('taskset', ['-acp', String(cpu), String(pid)], { stdio: 'ignore' });
}

const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold anything; the fields begin after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    parent: Number(fields[1]),
    ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  };
}

/** All processes below `root`, itself included. */
export function family(root) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), statOf(entry));
    } catch {
      // It ended while the list was read.
    }
  }
  const found = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, { parent }] of parents) {
      if (!found.has(parent) || found.has(pid)) continue;
      found.add(pid);
      grown = true;
    }
  }
  return [...found].filter((pid) => parents.has(pid)).map((pid) => ({ pid, ...parents.get(pid) }));
}

/** Processor time so far in ms, of a program with its children, those of the database apart. */
export function cpuMs(pid, database) {
  const store = database === undefined ? [] : family(database);
  const apart = new Set(store.map((member) => member.pid));
  const own = family(pid).filter((member) => !apart.has(member.pid));
  const sum = (members) => members.reduce((total, member) => total + member.ms, 0);
  return { own: sum(own), database: sum(store) };
}

/** Pins a database that runs already, with all its processes; new ones inherit it. */
export function pinFamily(root, cpu) {
  for (const { pid } of family(root)) pin(pid, cpu);
}
