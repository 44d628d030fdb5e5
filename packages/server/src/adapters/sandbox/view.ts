/** What a sandbox sees of the host: checked paths, symbolic links resolved, in the order in which they are mounted. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import type { SandboxSpec } from '../../ports/sandbox.ts';
import { isPlainPath, isWithin } from '../../ports/sandbox-profile.ts';
import { CLIENT_FOLDERS } from './skeleton.ts';

export interface ViewMount {
  /** Real path on the host. */
  readonly from: string;
  /** Inside. */
  readonly at: string;
  readonly write: boolean;
  readonly isFolder: boolean;
}

export interface View {
  /** Real path; inside it has the path that the spec names. */
  readonly workspace: ViewMount;
  readonly mounts: readonly ViewMount[];
}

/** Places inside that are ours, and what holds them. */
const TAKEN = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/etc',
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/boot',
  '/home/agent',
] as const;

const refuse = (line: string, why: string): never => {
  throw new Fault('sandbox.unenforceable', `\`${line}\` cannot be enforced: ${why}.`, { details: { line } });
};

/** @throws Fault sandbox.unenforceable for what is not there, leads out of `roots`, or would lie over the sandbox's own folders */
export function viewOf(spec: SandboxSpec): View {
  const roots = spec.roots.map(realOrSame);
  const { path, mode } = spec.workspace;
  const workspace = mountOf({ path, at: path, mode }, roots, 'workspace');
  if (!workspace.isFolder) refuse('workspace', `\`${path}\` is not a folder`);
  return {
    workspace,
    mounts: spec.mounts.map((mount, index) => mountOf({ at: mount.path, ...mount }, roots, `mounts[${index}]`)),
  };
}

const realOrSame = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

function mountOf(
  { path, at, mode }: { readonly path: string; readonly at: string; readonly mode: 'read' | 'write' },
  roots: readonly string[],
  line: string,
): ViewMount {
  if (!isPlainPath(path) || !isPlainPath(at)) refuse(line, `\`${path}\` is not an absolute path in its plain form`);
  const from = realOrSame(path);
  const found = statSync(from, { throwIfNoEntry: false });
  if (found === undefined) return refuse(line, `\`${path}\` is not there`);
  if (!found.isDirectory() && !found.isFile()) refuse(line, `\`${path}\` is neither a folder nor a file`);
  if (!roots.some((root) => isWithin(from, root))) refuse(line, `\`${path}\` leads out of what may be seen here`);
  const over = TAKEN.find((taken) => isWithin(taken, at) || (isWithin(at, taken) && !isAllowedBelow(at, mode, taken)));
  if (over !== undefined) refuse(line, `\`${at}\` would lie over \`${over}\` of the sandbox`);
  return { from, at, write: mode === 'write', isFolder: found.isDirectory() };
}

/** Programs may be added below /opt, caches below the home, settings of clients in their own folders; nothing else below what describes the machine. */
const isAllowedBelow = (at: string, mode: 'read' | 'write', taken: string): boolean =>
  (taken === '/home/agent' && at !== taken) || (mode === 'read' && CLIENT_FOLDERS.some((folder) => folder === at));

/**
 * The deepest existing path of `relativePath` below the workspace with links resolved; undefined when it is not there or leads out.
 * What is hidden or protected under one name must not be reachable under another.
 */
export function insideOf(workspace: string, relativePath: string): string | undefined {
  try {
    const real = realpathSync(join(workspace, relativePath));
    return isWithin(real, workspace) && real !== workspace ? real : undefined;
  } catch {
    return undefined;
  }
}

/** True when a user may read it, as its owner or as anybody. */
export function isReadable(path: string, uid: number): boolean {
  const found = lstatSync(path);
  const { mode, uid: owner } = found;
  const wanted = found.isDirectory() ? 0o5 : 0o4;
  return (mode & wanted) === wanted || (owner === uid && ((mode >> 6) & wanted) === wanted);
}

/** True when a user who owns nothing on the way can get to a path. */
export function isReachable(path: string, uid: number): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    const { mode, uid: owner } = lstatSync(at);
    if ((mode & 0o001) === 0 && !(owner === uid && (mode & 0o100) !== 0)) return false;
    if (at === dirname(at)) return true;
  }
}
