/** What a runner sends back, into the workspace: files, folders and links within it, and nothing of what is protected there. */
import { chmod, copyFile, lstat, mkdir, open, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import type { SandboxSpec, SweepFinding } from '../../ports/sandbox.ts';
import { GIT_READ_ONLY, GIT_WATCHED, PROTECTED_FOLDERS, WATCHED_FILES, WATCHED_FOLDERS } from '../shared/protected.ts';
import { type Survey, survey } from '../shared/survey.ts';
import { sweep } from '../shared/sweep.ts';
import { isWritableIn } from '../shared/writable.ts';

export interface Applied {
  readonly filesChanged: number;
  readonly sweep: readonly SweepFinding[];
}

/** Set-id bits and the sticky bit stay behind. */
const MODE = 0o777;

/**
 * @param from a fresh folder of ours, with what came
 * @throws Fault sandbox.failed for something that no workspace holds, sandbox.unenforceable as `survey` does
 */
export async function applyResult(from: string, spec: SandboxSpec): Promise<Applied> {
  const { path, protect } = spec.workspace;
  // What is taken becomes a file of its own.
  const before = await survey(path, { protect, holdsLinked: false });
  const sinceMs = Date.now();
  const applying = new Applying(from, spec, before);
  await applying.folder('');
  // What came is looked at like what a run here leaves.
  const terms = { root: path, workspace: path, before, run: spec.identity.run, sinceMs };
  const { findings } = await sweep({ ...terms, isMountPoint: () => false });
  const { filesChanged, sweep: found } = applying.applied;
  return { filesChanged, sweep: [...found, ...findings] };
}

class Applying {
  readonly #from: string;
  readonly #to: string;
  readonly #kept: ReadonlySet<string>;
  readonly #before: Survey;
  /** Relative; absent: everything. */
  readonly #writable: readonly string[] | undefined;
  readonly #sweep: SweepFinding[] = [];
  #changed = 0;

  constructor(from: string, { workspace }: SandboxSpec, before: Survey) {
    const below = (paths: readonly string[]): string[] => paths.map((path) => path.slice(workspace.path.length + 1));
    this.#from = from;
    this.#before = before;
    this.#to = workspace.path;
    this.#writable =
      workspace.writable === undefined ? undefined : [...workspace.writable.map((name) => name.replace(/\/$/, '')), '.git'];
    this.#kept = new Set([
      ...[...PROTECTED_FOLDERS, ...WATCHED_FOLDERS, ...WATCHED_FILES, ...workspace.protect, ...workspace.hidden],
      ...[...GIT_READ_ONLY, ...GIT_WATCHED].map((name) => `.git/${name}`),
      ...[...below(before.readOnly), ...below(before.absent), ...before.unmade, ...before.links.keys()],
    ]);
  }

  get applied(): Applied {
    return { filesChanged: this.#changed, sweep: this.#sweep };
  }

  /** INVARIANT: `below` is a real folder on both sides; links are never followed. */
  async folder(below: string): Promise<void> {
    const [came, had] = await Promise.all([readdir(join(this.#from, below)), readdir(join(this.#to, below))]);
    const names = new Set([...came, ...had]);
    for (const name of [...names].sort()) {
      const path = posix.join(below, name);
      if (this.#kept.has(path)) await this.#refuse(path, came.includes(name));
      else if (!isWritableIn(this.#writable, path)) await this.#enter(path, came.includes(name));
      else if (came.includes(name)) await this.#take(path);
      else await this.#remove(path);
    }
  }

  /** What may not be written is passed through on the way to what may; the runner held it, so a change in it is one of the runner's own. */
  async #enter(path: string, came: boolean): Promise<void> {
    if (!came || this.#writable?.some((one) => one.startsWith(`${path}/`)) !== true) return;
    const [from, to] = await Promise.all([lstat(join(this.#from, path)), lstat(join(this.#to, path)).catch(() => undefined)]);
    if (!from.isDirectory() || to?.isDirectory() === false) return;
    if (to === undefined) await mkdir(join(this.#to, path));
    await this.folder(path);
  }

  /** What is protected stays as it is; whoever tried to bring something else in its place is told of. */
  async #refuse(path: string, came: boolean): Promise<void> {
    if (!came || path.startsWith('.git/')) return;
    const [source, target] = [join(this.#from, path), join(this.#to, path)];
    const [theirs, ours] = await Promise.all([lstat(source), lstat(target).catch(() => undefined)]);
    if (theirs.isDirectory() && ours?.isDirectory() === true) return;
    if (theirs.isFile() && ours?.isFile() === true && (await same(source, target))) return;
    this.#sweep.push({ kind: 'configuration', path, done: 'reported' });
  }

  async #take(path: string): Promise<void> {
    const source = join(this.#from, path);
    const seen = await lstat(source);
    if (seen.isDirectory()) {
      if (posix.basename(path) === '.git' && path !== '.git' && !this.#before.repositories.has(path)) {
        this.#sweep.push({ kind: 'nested-repository', path, done: 'removed' });
        return this.#remove(path);
      }
      await this.#makeFolder(path);
      return this.folder(path);
    }
    if (seen.isSymbolicLink()) return this.#link(path, await readlink(source));
    if (!seen.isFile()) {
      this.#sweep.push({ kind: 'special-file', path, done: 'removed' });
      return;
    }
    await this.#file(path, seen.mode);
  }

  async #makeFolder(path: string): Promise<void> {
    const target = join(this.#to, path);
    const there = await lstat(target).catch(() => undefined);
    if (there?.isDirectory() === true) return;
    if (there !== undefined) await rm(target, { force: true });
    await mkdir(target);
  }

  async #link(path: string, leads: string): Promise<void> {
    const end = posix.normalize(posix.join(dirname(path), leads));
    if (posix.isAbsolute(leads) || end === '..' || end.startsWith('../')) {
      this.#sweep.push({ kind: 'leaving-symlink', path, done: 'removed' });
      return this.#remove(path);
    }
    const target = join(this.#to, path);
    if ((await readlink(target).catch(() => undefined)) === leads) return;
    await rm(target, { recursive: true, force: true });
    await symlink(leads, target);
    this.#changed += 1;
  }

  async #file(path: string, mode: number): Promise<void> {
    const [source, target] = [join(this.#from, path), join(this.#to, path)];
    const there = await lstat(target).catch(() => undefined);
    if (there !== undefined && !there.isFile()) await rm(target, { recursive: true, force: true });
    if ((mode & ~MODE & 0o7000) !== 0) this.#sweep.push({ kind: 'setuid', path, done: 'stripped' });
    if (there?.isFile() === true && (await same(source, target))) return;
    // A new file in its place: whoever holds the old one open, or a hard link of it, keeps the old one.
    await rm(target, { force: true });
    await copyFile(source, target);
    await chmod(target, mode & MODE);
    this.#changed += 1;
  }

  async #remove(path: string): Promise<void> {
    const target = join(this.#to, path);
    const there = await lstat(target).catch(() => undefined);
    if (there === undefined) return;
    if (there.isDirectory() && [...this.#kept].some((kept) => kept.startsWith(`${path}/`))) return;
    await rm(target, { recursive: true, force: true });
    this.#changed += 1;
  }
}

async function same(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([open(a), open(b)]);
  try {
    const [one, other] = await Promise.all([left.stat(), right.stat()]);
    if (one.size !== other.size || (one.mode & MODE) !== (other.mode & MODE)) return false;
    const [x, y] = [Buffer.alloc(64 * 1024), Buffer.alloc(64 * 1024)];
    for (let at = 0; at < one.size; ) {
      const [m, n] = await Promise.all([left.read(x, 0, x.length, at), right.read(y, 0, y.length, at)]);
      if (m.bytesRead !== n.bytesRead || m.bytesRead === 0 || !x.subarray(0, m.bytesRead).equals(y.subarray(0, n.bytesRead)))
        return false;
      at += m.bytesRead;
    }
    return true;
  } catch (cause) {
    throw new Fault('sandbox.failed', 'A file of the workspace could not be compared.', { cause });
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}
