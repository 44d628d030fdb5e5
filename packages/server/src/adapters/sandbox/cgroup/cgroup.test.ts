import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hierarchiesOf } from './hierarchies.ts';
import { legacyDriver } from './legacy.ts';
import { unifiedDriver, unifiedParent } from './unified.ts';

const LIMITS = { memoryBytes: 64 * 1_048_576, processes: 30, cpuPercent: 150 };

describe('where the groups of this process are', () => {
  test('both versions beside each other, and mounts that show a part of the tree', () => {
    const cgroup = '5:pids:/\n4:memory:/a/b\n2:cpu,cpuacct:/c\n0::/u\n';
    const mountinfo = [
      '30 29 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      '31 29 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
      '32 29 0:28 /c /sys/fs/cgroup/cpu rw shared:1 - cgroup cgroup rw,cpu,cpuacct',
      '33 29 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
      'nonsense',
    ].join('\n');
    const { unified, legacy } = hierarchiesOf(cgroup, mountinfo);
    expect(unified?.own).toBe('/sys/fs/cgroup/unified/u');
    expect(Object.fromEntries([...legacy].map(([name, { own }]) => [name, own]))).toEqual({
      pids: '/sys/fs/cgroup/pids',
      memory: '/sys/fs/cgroup/memory/a/b',
      cpu: '/sys/fs/cgroup/cpu',
      cpuacct: '/sys/fs/cgroup/cpu',
    });
  });
});

/** Folders with the files that the kernel would show: what is written can be read back, nothing more. */
describe('what is written', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'countersign-groups-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const make = (folder: string, files: Readonly<Record<string, string>>): string => {
    mkdirSync(join(root, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, folder, name), text);
    return join(root, folder);
  };
  const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

  test('the second version', () => {
    const parent = make('p', {
      'cgroup.controllers': 'cpu memory pids\n',
      'cgroup.subtree_control': 'cpu memory pids\n',
      'cgroup.procs': '',
    });
    make('p/countersign-x', {
      'memory.max': '',
      'memory.swap.max': '',
      'pids.max': '',
      'cpu.max': '',
      'cgroup.procs': '',
      'memory.peak': '4096\n',
      'memory.events': 'low 0\noom_kill 2\n',
      'cpu.stat': 'usage_usec 5000\n',
    });
    const driver = unifiedDriver(parent);
    expect(driver.holds).toEqual({ memory: true, processes: true, cpu: true });
    const group = driver.create('x', LIMITS);
    group.attach(1234);
    expect(
      ['memory.max', 'memory.swap.max', 'pids.max', 'cpu.max', 'cgroup.procs'].map((file) => read('p/countersign-x', file)),
    ).toEqual(['67108864', '0', '30', '150000 100000', '1234']);
    expect(group.usage()).toEqual({ peakMemoryBytes: 4096, cpuMs: 5, memoryKills: 2 });
  });

  test('a parent whose controllers cannot be handed down is none', () => {
    const own = make('p/own', { 'cgroup.controllers': 'cpu pids\n', 'cgroup.subtree_control': '', 'cgroup.procs': '1\n2\n' });
    make('p', { 'cgroup.controllers': 'cpu pids\n', 'cgroup.subtree_control': '' });
    expect(unifiedParent({ mount: root, own }, 1)).toBeUndefined();
  });

  test('the first version', () => {
    for (const name of ['memory', 'pids', 'cpu', 'cpuacct'])
      make(`${name}/countersign-x`, {
        'cgroup.procs': '',
        'memory.limit_in_bytes': '',
        'memory.memsw.limit_in_bytes': '',
        'pids.max': '',
        'cpu.cfs_period_us': '',
        'cpu.cfs_quota_us': '',
        'memory.max_usage_in_bytes': '8192',
        'cpuacct.usage': '7000000',
        'memory.oom_control': 'oom_kill 1\n',
      });
    const driver = legacyDriver({
      memory: join(root, 'memory'),
      pids: join(root, 'pids'),
      cpu: join(root, 'cpu'),
      cpuacct: join(root, 'cpuacct'),
    });
    const group = driver.create('x', LIMITS);
    group.attach(99);
    expect([
      read('memory/countersign-x/memory.limit_in_bytes'),
      read('memory/countersign-x/memory.memsw.limit_in_bytes'),
      read('pids/countersign-x/pids.max'),
      read('cpu/countersign-x/cpu.cfs_quota_us'),
      read('pids/countersign-x/cgroup.procs'),
    ]).toEqual(['67108864', '67108864', '30', '150000', '99']);
    expect(group.usage()).toEqual({ peakMemoryBytes: 8192, cpuMs: 7, memoryKills: 1 });
  });

  test('no limit is written for 0', () => {
    make('p', { 'cgroup.subtree_control': 'memory pids\n' });
    make('p/countersign-x', { 'memory.max': 'max', 'pids.max': 'max' });
    unifiedDriver(join(root, 'p')).create('x', { memoryBytes: 0, processes: 0, cpuPercent: 0 });
    expect([read('p/countersign-x/memory.max'), read('p/countersign-x/pids.max')]).toEqual(['max', 'max']);
  });
});
