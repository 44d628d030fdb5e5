/**
 * A workspace of a limited size: a copy in a file system of its own, within the sandbox's mount namespace, that goes back when the run has ended.
 * It counts as memory. No polling: a limit that is looked at now and then is none.
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { Fault } from '@countersign/kernel/fault';
import type { SandboxLimits } from '../../ports/sandbox.ts';
import { coverInherited } from './descriptors.ts';
import { word } from './shell-text.ts';
import { walk } from '../shared/walk.ts';

/** Where a line asks for bytes only, this many files are enough for any repository, and few enough for the kernel. */
const FILES_MAX = 1_000_000;

export const hasQuota = ({ workspaceBytes, workspaceFiles }: SandboxLimits): boolean => workspaceBytes > 0 || workspaceFiles > 0;

export const quotaSteps = (place: string, { workspaceBytes, workspaceFiles }: SandboxLimits): string[] => [
  `mount -t tmpfs -o ${word(`size=${workspaceBytes},nr_inodes=${workspaceFiles || FILES_MAX},mode=0755`)} countersign ${word(place)}`,
];

export interface QuotaCopy {
  /** Of the copy: reachable after the last process has ended, too. */
  readonly path: string;
  /** When the run could begin to change it. */
  readonly sinceMs: number;
  /** Writes back what differs; what was added to the workspace meanwhile stays. */
  restore(): void;
  close(): void;
}

export interface CopyTerms {
  /** The run's user, where that is not our own. */
  readonly uid: number | undefined;
  readonly limits: SandboxLimits;
}

/**
 * @param copy path by which our own process sees the new file system
 * @throws Fault sandbox.unenforceable when the workspace does not fit
 */
export async function copyIn(workspace: string, copy: string, { uid, limits }: CopyTerms): Promise<QuotaCopy> {
  const fd = openSync(copy, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const path = `/proc/self/fd/${fd}`;
    const known = new Set<string>();
    // Sockets and pipes are not copied, and so they are not missed afterwards.
    await walk(workspace, {
      visit({ path: each, stat, isExact }) {
        if (isExact && (stat.isFile() || stat.isDirectory() || stat.isSymbolicLink()))
          known.add(each.slice(workspace.length + 1));
        return true;
      },
    });
    await transfer(workspace, fd, { uid, limits });
    return { path, sinceMs: Date.now(), restore: () => restoreTo(workspace, path, known), close: () => closeSync(fd) };
  } catch (thrown) {
    closeSync(fd);
    throw thrown;
  }
}

/** Read by us, who may read all of it, and written by the run's user, whose it is from then on. */
async function transfer(workspace: string, fd: number, { uid, limits }: CopyTerms): Promise<void> {
  const from: StdioOptions = ['ignore', 'pipe', 'pipe', ...coverInherited(3)];
  const reader: ChildProcess = spawn('tar', ['-C', workspace, '--format=posix', '-cf', '-', '.'], {
    stdio: from,
    env: ENVIRONMENT,
  });
  const writer: ChildProcess = spawn('tar', ['-C', '/proc/self/fd/3', '-xpf', '-'], {
    stdio: ['pipe', 'ignore', 'pipe', fd, ...coverInherited(4)],
    env: ENVIRONMENT,
    cwd: '/',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const { stdin } = writer;
  stdin?.on('error', () => undefined);
  if (stdin !== null) reader.stdout?.pipe(stdin);
  const line = limits.workspaceBytes > 0 ? 'limits.workspace' : 'limits.workspaceFiles';
  await Promise.all([succeeded(reader, line), succeeded(writer, line)]);
}

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

function succeeded(child: ChildProcess, line: string): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (said.length < 2_000) said += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      const text = `\`${line}\` cannot be enforced: the workspace as it is does not fit into its quota, or cannot be copied.`;
      reject(new Fault('sandbox.unenforceable', text, { internal: `tar ${why}: ${said.trim()}`, details: { line } }));
    };
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => (code === 0 ? resolve() : fail(`ended with ${code}`)));
  });
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Both sides are walked through descriptors: a link that somebody puts in the place of a folder is not followed. */
function restoreTo(workspace: string, copy: string, known: ReadonlySet<string>): void {
  const to = openSync(workspace, FOLDER);
  const from = openSync(copy, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const owner = lstatSync(`/proc/self/fd/${to}/.`);
    restoreFolder({ from, to, below: '', known, owner });
  } finally {
    closeSync(to);
    closeSync(from);
  }
}

interface Restoring {
  readonly from: number;
  readonly to: number;
  readonly below: string;
  readonly known: ReadonlySet<string>;
  /** Of the workspace: everything in it is its owner's. */
  readonly owner: Stats;
}

function restoreFolder(step: Restoring): void {
  const names = readdirSync(`/proc/self/fd/${step.from}`, 'buffer');
  const inCopy = new Set(names.map((name) => name.toString('latin1')));
  for (const name of readdirSync(`/proc/self/fd/${step.to}`, 'buffer'))
    if (!inCopy.has(name.toString('latin1')) && step.known.has(step.below + name.toString()))
      rmSync(below(step.to, name), { recursive: true, force: true });
  for (const name of names) restoreEntry(name, step);
}

/** Names are bytes: what is no UTF-8 goes back too. */
const below = (fd: number, name: Buffer): Buffer => Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), name]);

function restoreEntry(name: Buffer, step: Restoring): void {
  const [from, to] = [below(step.from, name), below(step.to, name)];
  const stat = lstatSync(from);
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (stat.isDirectory()) restoreBelow(name, step, stat, there);
  else if (stat.isSymbolicLink()) {
    const target = readlinkSync(from);
    if (there?.isSymbolicLink() === true && readlinkSync(to) === target) return;
    rmSync(to, { recursive: true, force: true });
    symlinkSync(target, to);
    own(to, step.owner);
  } else if (stat.isFile()) restoreFile(from, to, stat, { there, owner: step.owner });
}

function restoreBelow(name: Buffer, step: Restoring, stat: Stats, there: Stats | undefined): void {
  const to = below(step.to, name);
  if (there !== undefined && !there.isDirectory()) rmSync(to, { recursive: true, force: true });
  if (there?.isDirectory() !== true) mkdirSync(to, { mode: 0o700 });
  const [fromFd, toFd] = [openSync(below(step.from, name), FOLDER), openSync(to, FOLDER)];
  try {
    if (there?.isDirectory() !== true) fchownSync(toFd, step.owner.uid, step.owner.gid);
    restoreFolder({ ...step, from: fromFd, to: toFd, below: `${step.below}${name.toString()}/` });
    fchmodSync(toFd, stat.mode & 0o1777);
  } finally {
    closeSync(fromFd);
    closeSync(toFd);
  }
}

function restoreFile(from: Buffer, to: Buffer, stat: Stats, { there, owner }: { there: Stats | undefined; owner: Stats }): void {
  const same = there?.isFile() === true && there.size === stat.size && there.mtimeMs === stat.mtimeMs && there.mode === stat.mode;
  if (same) return;
  if (there?.isDirectory() === true) rmSync(to, { recursive: true, force: true });
  const fresh = Buffer.concat([to, Buffer.from('.countersign-new')]);
  rmSync(fresh, { recursive: true, force: true });
  copyFileSync(from, fresh, constants.COPYFILE_EXCL);
  const fd = openSync(fresh, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const kept = there?.isFile() === true ? there : owner;
    fchownSync(fd, kept.uid, kept.gid);
    fchmodSync(fd, stat.mode & 0o1777);
    futimesSync(fd, stat.atimeMs / 1_000, stat.mtimeMs / 1_000);
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, to);
}

function own(path: Buffer, { uid, gid }: Stats): void {
  if (process.getuid?.() === 0) lchownSync(path, uid, gid);
}
