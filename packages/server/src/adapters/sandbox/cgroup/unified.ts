/** Control groups of the second version: one hierarchy, in which a group holds either processes or further groups. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { killAll, ourGroups, pidsIn, put, removeFolder, take, takeField, takeNumber, tryPut } from './files.ts';
import { type Group, type GroupDriver, type GroupLimits, PREFIX, removeAll } from './group.ts';
import type { Folder } from './hierarchies.ts';

const WANTED = ['memory', 'pids', 'cpu'] as const;
const PERIOD_US = 100_000;
/** Where our own process goes when it is all there is in a group that was given to it. */
const LEAF = `${PREFIX}main`;

const listed = (folder: string, file: string): ReadonlySet<string> =>
  new Set(
    (take(folder, file) ?? '')
      .trim()
      .split(' ')
      .filter((name) => name !== ''),
  );

/** Hands the wanted controllers to the groups below; the missing ones are told by what `cgroup.subtree_control` says afterwards. */
function enable(parent: string): ReadonlySet<string> {
  for (const controller of WANTED) tryPut(parent, 'cgroup.subtree_control', `+${controller}`);
  return listed(parent, 'cgroup.subtree_control');
}

/** A group with processes cannot have groups with limits below it. If all of them are this one process, it moves aside. */
function makeRoom(parent: string, pid: number): void {
  const pids = pidsIn(parent);
  if (pids.length !== 1 || pids[0] !== pid) return;
  try {
    mkdirSync(join(parent, LEAF), { recursive: true });
    put(join(parent, LEAF), 'cgroup.procs', pid);
  } catch {
    // Not ours to change: the next candidate may be.
  }
}

/** A folder in which groups with limits can be made; undefined: none was found. */
export function unifiedParent({ mount, own }: Folder, pid: number): string | undefined {
  const candidates = own === mount ? [own] : [own, dirname(own)];
  for (const candidate of candidates) {
    if (!listed(candidate, 'cgroup.controllers').has('memory')) continue;
    let enabled = enable(candidate);
    if (!enabled.has('memory') && candidate === own && own !== mount) {
      makeRoom(candidate, pid);
      enabled = enable(candidate);
    }
    if (enabled.has('memory') && enabled.has('pids')) return candidate;
  }
  return undefined;
}

export function unifiedDriver(parent: string): GroupDriver {
  const enabled = listed(parent, 'cgroup.subtree_control');
  return {
    mode: 'v2',
    holds: { memory: enabled.has('memory'), processes: enabled.has('pids'), cpu: enabled.has('cpu') },
    detail: `control groups, version 2: ${[...enabled].sort().join(', ')}`,
    create(name, limits) {
      const folder = join(parent, PREFIX + name);
      mkdirSync(folder, { recursive: true });
      setLimits(folder, limits, enabled);
      return group(folder);
    },
    async sweep(isGone) {
      const folders = ourGroups(parent)
        .filter(isGone)
        .map((name) => join(parent, PREFIX + name));
      for (const folder of folders) if (!tryPut(folder, 'cgroup.kill', 1)) killAll(pidsIn(folder));
      await removeAll(folders, removeFolder);
    },
  };
}

function setLimits(folder: string, limits: GroupLimits, enabled: ReadonlySet<string>): void {
  if (enabled.has('memory') && limits.memoryBytes > 0) {
    put(folder, 'memory.max', limits.memoryBytes);
    tryPut(folder, 'memory.swap.max', 0);
  }
  if (enabled.has('pids') && limits.processes > 0) put(folder, 'pids.max', limits.processes);
  if (enabled.has('cpu') && limits.cpuPercent > 0)
    put(folder, 'cpu.max', `${Math.round((limits.cpuPercent * PERIOD_US) / 100)} ${PERIOD_US}`);
}

function group(folder: string): Group {
  return {
    attach: (pid) => put(folder, 'cgroup.procs', pid),
    pids: () => pidsIn(folder),
    kill() {
      if (!tryPut(folder, 'cgroup.kill', 1)) killAll(pidsIn(folder));
    },
    usage() {
      const peakMemoryBytes = takeNumber(folder, 'memory.peak');
      const cpuUs = takeField(folder, 'cpu.stat', 'usage_usec');
      return {
        ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
        ...(cpuUs === undefined ? {} : { cpuMs: Math.round(cpuUs / 1_000) }),
        memoryKills: takeField(folder, 'memory.events', 'oom_kill') ?? 0,
      };
    },
    async remove() {
      killAll(pidsIn(folder));
      await removeAll([folder], removeFolder);
    },
  };
}
