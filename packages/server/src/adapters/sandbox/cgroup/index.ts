/** The driver that this machine allows: second version, first version, or none. */
import { join } from 'node:path';
import { canMake } from './files.ts';
import type { GroupDriver } from './group.ts';
import { type Folder, type Hierarchies, ownHierarchies } from './hierarchies.ts';
import { type LegacyParents, legacyDriver } from './legacy.ts';
import { unifiedDriver, unifiedParent } from './unified.ts';

export type { Group, GroupDriver } from './group.ts';

const NONE: GroupDriver = {
  mode: 'none',
  holds: { memory: false, processes: false, cpu: false },
  detail: 'no control group that this user may make groups in',
  create: () => ({
    attach: () => undefined,
    pids: () => [],
    kill: () => undefined,
    usage: () => ({ memoryKills: 0 }),
    remove: () => Promise.resolve(),
  }),
  sweep: () => Promise.resolve(),
};

/** @param given name of a group below each hierarchy's root that was handed to this user; absent: the group that this process is in */
export function openGroups(given?: string): GroupDriver {
  let found: Hierarchies;
  try {
    found = ownHierarchies();
  } catch {
    return NONE;
  }
  const place = (folder: Folder): Folder =>
    given === undefined ? folder : { mount: folder.mount, own: join(folder.mount, given) };
  const parent = found.unified === undefined ? undefined : unifiedParent(place(found.unified), process.pid);
  if (parent !== undefined && canMake(parent)) return unifiedDriver(parent);
  const usable = (folder: Folder | undefined): string | undefined => {
    const own = folder === undefined ? undefined : place(folder).own;
    return own !== undefined && canMake(own) ? own : undefined;
  };
  const parents: LegacyParents = Object.fromEntries(
    [
      ...['memory', 'pids', 'cpu', 'cpuacct'].map((name) => [name, usable(found.legacy.get(name))] as const),
      ['unified', usable(found.unified)] as const,
    ].filter(([, folder]) => folder !== undefined),
  );
  return Object.keys(parents).length === 0 ? NONE : legacyDriver(parents);
}
