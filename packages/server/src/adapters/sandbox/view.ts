/** What a sandbox sees of the host: checked paths, symbolic links resolved, in the order in which they are mounted. */
import { accessSync, constants, lstatSync, realpathSync, statSync } from 'node:fs';
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
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/boot',
  '/tmp',
  '/var/tmp',
  '/home/agent',
] as const;
/** Those of them that are the run's own: something may be mounted below. */
const OWN: ReadonlySet<string> = new Set(['/tmp', '/var/tmp', '/home/agent']);

const refuse = (line: string, why: string): never => {
  throw new Fault('sandbox.unenforceable', `\`${line}\` cannot be enforced: ${why}.`, { details: { line } });
};

/** @throws Fault sandbox.unenforceable for what is not there, leads out of `roots`, or would lie over the sandbox's own folders */
export function viewOf(spec: SandboxSpec): View {
  const roots = spec.roots.map(realOrSame);
  const { path, mode } = spec.workspace;
  const workspace = mountOf({ path, at: path, mode }, roots, 'workspace');
  if (!workspace.isFolder) refuse('workspace', `\`${path}\` is not a folder`);
  const mounts = spec.mounts.map((mount, index) => mountOf({ at: mount.path, ...mount }, roots, `mounts[${index}]`));
  mounts.forEach((mount, index) => checkPlace(`mounts[${index}]`, { mount, others: [workspace, ...mounts], workspace }));
  return { workspace, mounts };
}

interface Placing {
  readonly mount: ViewMount;
  readonly others: readonly ViewMount[];
  readonly workspace: ViewMount;
}

/** What lies in another one needs a place there; a second way to write to the workspace would lead around what protects it. */
function checkPlace(line: string, { mount, others, workspace }: Placing): void {
  if (mount.at === workspace.at) refuse(line, `\`${mount.at}\` is the place of the workspace`);
  if (mount.write && (isWithin(mount.from, workspace.from) || isWithin(workspace.from, mount.from)))
    refuse(
      line,
      `\`${mount.from}\` may be written, and the workspace is in it, or it in the workspace: that would lead around what protects the workspace`,
    );
  const around = innermost(mount, others);
  if (around !== undefined && !isPlaceIn(around, mount))
    refuse(line, `\`${mount.at}\` lies in \`${around.at}\`, and is not there as a ${mount.isFolder ? 'folder' : 'file'}`);
  if (isWithin(workspace.at, mount.at) && !isPlaceIn(mount, workspace))
    refuse(line, `the workspace \`${workspace.at}\` would lie in it, and is not there as a folder`);
}

/** Of those in which it lies, the one that is seen there. */
const innermost = ({ at }: ViewMount, others: readonly ViewMount[]): ViewMount | undefined =>
  others.filter((other) => other.at !== at && isWithin(at, other.at)).sort((a, b) => b.at.length - a.at.length)[0];

function isPlaceIn(around: ViewMount, { at, isFolder }: ViewMount): boolean {
  const place = around.from + at.slice(around.at.length);
  const found = lstatSync(place, { throwIfNoEntry: false });
  return found !== undefined && realOrSame(place) === place && (isFolder ? found.isDirectory() : found.isFile());
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

/** Programs may be added below /opt, caches below the home and /tmp, settings of clients in their own folders; nothing else below what describes the machine. */
const isAllowedBelow = (at: string, mode: 'read' | 'write', taken: string): boolean =>
  (OWN.has(taken) && at !== taken) || (mode === 'read' && CLIENT_FOLDERS.some((folder) => folder === at));

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

/** Why nothing can be written there, whoever the run's user is; undefined when it can. */
export function whyNotWritable(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (thrown) {
    const isFrozen = (thrown as NodeJS.ErrnoException).code === 'EROFS';
    return isFrozen
      ? `\`${path}\` lies on a file system that is read-only`
      : `\`${path}\` cannot be written by the user of this server`;
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
