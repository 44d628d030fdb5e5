/** Control groups of the first version: one hierarchy for each controller. A unified hierarchy beside them still kills. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { has, killAll, ourGroups, pidsIn, put, removeFolder, takeField, takeNumber, tryPut } from './files.ts';
import { type Group, type GroupDriver, type GroupLimits, PREFIX, removeAll } from './group.ts';

/** Folders in which groups are made, by controller. */
export interface LegacyParents {
  readonly memory?: string;
  readonly pids?: string;
  readonly cpu?: string;
  readonly cpuacct?: string;
  readonly unified?: string;
}

const PERIOD_US = 100_000;

export function legacyDriver(parents: LegacyParents): GroupDriver {
  const { memory, pids, cpu, unified } = parents;
  const all = [...new Set(Object.values(parents).filter((parent): parent is string => parent !== undefined))];
  return {
    mode: 'v1',
    holds: { memory: memory !== undefined, processes: pids !== undefined, cpu: cpu !== undefined },
    detail: `control groups, version 1: ${Object.keys(parents).sort().join(', ')}`,
    create(name, limits) {
      const folders = all.map((parent) => join(parent, PREFIX + name));
      for (const folder of folders) mkdirSync(folder, { recursive: true });
      const at = (parent: string | undefined): string | undefined =>
        parent === undefined ? undefined : join(parent, PREFIX + name);
      setLimits({ memory: at(memory), pids: at(pids), cpu: at(cpu) }, limits);
      return group(folders, { memory: at(memory), cpuacct: at(parents.cpuacct), unified: at(unified) });
    },
    async sweep(isGone) {
      const names = new Set(all.flatMap(ourGroups).filter(isGone));
      const folders = all.flatMap((parent) => [...names].map((name) => join(parent, PREFIX + name)));
      for (const folder of folders) killAll(pidsIn(folder));
      await removeAll(folders, removeFolder);
    },
  };
}

interface LimitFolders {
  readonly memory: string | undefined;
  readonly pids: string | undefined;
  readonly cpu: string | undefined;
}

function setLimits({ memory, pids, cpu }: LimitFolders, limits: GroupLimits): void {
  if (memory !== undefined && limits.memoryBytes > 0) {
    put(memory, 'memory.limit_in_bytes', limits.memoryBytes);
    // With swap accounting the sum is limited; without it, at least nothing of the group is swapped out willingly.
    if (!has(memory, 'memory.memsw.limit_in_bytes') || !tryPut(memory, 'memory.memsw.limit_in_bytes', limits.memoryBytes))
      tryPut(memory, 'memory.swappiness', 0);
  }
  if (pids !== undefined && limits.processes > 0) put(pids, 'pids.max', limits.processes);
  if (cpu !== undefined && limits.cpuPercent > 0) {
    put(cpu, 'cpu.cfs_period_us', PERIOD_US);
    put(cpu, 'cpu.cfs_quota_us', Math.round((limits.cpuPercent * PERIOD_US) / 100));
  }
}

interface UsageFolders {
  readonly memory: string | undefined;
  readonly cpuacct: string | undefined;
  readonly unified: string | undefined;
}

function group(folders: readonly string[], { memory, cpuacct, unified }: UsageFolders): Group {
  const members = (): number[] => [...new Set(folders.flatMap(pidsIn))];
  return {
    attach(pid) {
      for (const folder of folders) put(folder, 'cgroup.procs', pid);
    },
    pids: members,
    kill() {
      if (unified !== undefined && tryPut(unified, 'cgroup.kill', 1)) return;
      killAll(members());
    },
    usage() {
      const peakMemoryBytes = memory === undefined ? undefined : takeNumber(memory, 'memory.max_usage_in_bytes');
      const cpuNs = cpuacct === undefined ? undefined : takeNumber(cpuacct, 'cpuacct.usage');
      return {
        ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
        ...(cpuNs === undefined ? {} : { cpuMs: Math.round(cpuNs / 1e6) }),
        memoryKills: (memory === undefined ? undefined : takeField(memory, 'memory.oom_control', 'oom_kill')) ?? 0,
      };
    },
    async remove() {
      killAll(members());
      await removeAll(folders, removeFolder);
    },
  };
}
