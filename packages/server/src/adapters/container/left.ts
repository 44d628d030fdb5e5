/**
 * What a run left in its workspace that could reach further than the run itself. What was there before is known by name, so that only what is new is
 * touched. Nothing runs any more when this looks.
 */
import { chmod, lstat, readdir, readlink, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path/posix';
import type { SandboxReceipt, SweepFinding } from '../../ports/sandbox.ts';
import { isWithin } from '../../ports/sandbox-profile.ts';
import { GIT_WATCHED, PROTECTED_FOLDERS, WATCHED_FILES, WATCHED_FOLDERS } from '../shared/protected.ts';

export type Left = Pick<SandboxReceipt, 'sweep' | 'filesChanged'>;

const NAMES = new Set<string>([...PROTECTED_FOLDERS, ...WATCHED_FOLDERS, ...WATCHED_FILES]);
/** More than anybody reads; the rest is done all the same. */
const FINDINGS_MAX = 1_000;
const SET_ID = 0o6000;

/** Paths that a look after the run does not touch: what was there before it. @returns the look */
export async function watchWorkspace(workspace: string, run: string): Promise<() => Promise<Left>> {
  const before = new Set<string>();
  const sinceMs = Date.now();
  await walk(workspace, async ({ path, name, special }) => {
    if (special || name === '.git' || NAMES.has(name) || isGitWatched(workspace, path)) before.add(path);
  });
  return () => new Sweep(workspace, run, { before, sinceMs }).run();
}

const isGitWatched = (workspace: string, path: string): boolean =>
  GIT_WATCHED.some((name) => path === join(workspace, '.git', name));

interface Seen {
  readonly path: string;
  readonly name: string;
  readonly special: boolean;
}

/** Folders after what is in them is not needed: a folder that is moved away was looked at before. */
async function walk(folder: string, look: (seen: Seen) => Promise<void>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(path, look);
    await look({ path, name: entry.name, special: !entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink() });
  }
}

class Sweep {
  readonly #workspace: string;
  readonly #run: string;
  readonly #known: { readonly before: ReadonlySet<string>; readonly sinceMs: number };
  readonly #findings: SweepFinding[] = [];
  #changed = 0;

  constructor(workspace: string, run: string, known: { readonly before: ReadonlySet<string>; readonly sinceMs: number }) {
    this.#workspace = workspace;
    this.#run = run;
    this.#known = known;
  }

  async run(): Promise<Left> {
    await walk(this.#workspace, (seen) => this.#look(seen));
    return { sweep: this.#findings, filesChanged: this.#changed };
  }

  #tell(kind: string, path: string, done: SweepFinding['done']): void {
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push({ kind, path: path.slice(this.#workspace.length + 1), done });
  }

  async #look({ path, name, special }: Seen): Promise<void> {
    const { before, sinceMs } = this.#known;
    if (before.has(path)) return;
    if (special || isGitWatched(this.#workspace, path)) {
      await rm(path, { recursive: true, force: true });
      return this.#tell(special ? 'special-file' : 'git-configuration', path, 'removed');
    }
    const seen = await lstat(path);
    if (seen.isFile() && seen.mtimeMs >= sinceMs) this.#changed += 1;
    if (seen.isFile() && (seen.mode & SET_ID) !== 0) {
      await chmod(path, seen.mode & 0o1777);
      this.#tell('setuid', path, 'stripped');
    }
    if (seen.isSymbolicLink() && seen.ctimeMs >= sinceMs && (await this.#leaves(path)))
      this.#tell('leaving-symlink', path, 'reported');
    if (name === '.git') return this.#quarantine('nested-repository', path);
    if (NAMES.has(name) && dirname(path) === this.#workspace) return this.#quarantine('configuration', path);
  }

  async #leaves(path: string): Promise<boolean> {
    const target = await readlink(path);
    return !isWithin(isAbsolute(target) ? normalize(target) : join(dirname(path), target), this.#workspace);
  }

  async #quarantine(kind: string, path: string): Promise<void> {
    await rename(path, `${path}.quarantined-${this.#run}`);
    this.#tell(kind, path, 'quarantined');
  }
}
