/** Where the control groups of this process are: one folder for each hierarchy that is mounted. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Hierarchies {
  /** Folder of our own group in the unified hierarchy. */
  readonly unified?: Folder;
  /** By controller: `memory`, `pids`, `cpu`, `cpuacct`. */
  readonly legacy: ReadonlyMap<string, Folder>;
}

export interface Folder {
  readonly mount: string;
  /** Our own group's. */
  readonly own: string;
}

interface Mount {
  readonly root: string;
  readonly at: string;
  readonly kind: string;
  readonly options: readonly string[];
}

/** proc(5): fields, a dash, then type, source and options of the file system. */
function mountsOf(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ');
    if (after === undefined) return [];
    const [, , , root = '/', at = '/'] = before.split(' ');
    const [kind = '', , options = ''] = after.split(' ');
    return kind === 'cgroup' || kind === 'cgroup2' ? [{ root, at, kind, options: options.split(',') }] : [];
  });
}

function folderOf({ root, at }: Mount, path: string): Folder {
  const below = relative(root, path);
  // A group above what is mounted cannot be reached by a path.
  return { mount: at, own: below.startsWith('..') ? at : join(at, below) };
}

/** @param cgroup text of /proc/self/cgroup; @param mountinfo text of /proc/self/mountinfo */
export function hierarchiesOf(cgroup: string, mountinfo: string): Hierarchies {
  const mounts = mountsOf(mountinfo);
  const legacy = new Map<string, Folder>();
  let unified: Folder | undefined;
  for (const line of cgroup.split('\n')) {
    const [, , controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (controllers === '') {
      const mount = mounts.find(({ kind }) => kind === 'cgroup2');
      if (mount !== undefined) unified = folderOf(mount, path);
      continue;
    }
    for (const controller of controllers.split(',')) {
      const mount = mounts.find(({ kind, options }) => kind === 'cgroup' && options.includes(controller));
      if (mount !== undefined) legacy.set(controller, folderOf(mount, path));
    }
  }
  return { ...(unified === undefined ? {} : { unified }), legacy };
}

export const ownHierarchies = (): Hierarchies =>
  hierarchiesOf(readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'));
