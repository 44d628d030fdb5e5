/**
 * What a run left in its workspace that could reach further than the run itself. Nothing of it runs any more, so nothing changes under the sweep.
 */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { SweepFinding } from '../../ports/sandbox.ts';
import { isWithin } from '../../ports/sandbox-profile.ts';
import { plainConfig } from './git-config.ts';
import { GIT_WATCHED, PROTECTED_FOLDERS, WATCHED_FILES, WATCHED_FOLDERS } from './protected.ts';
import { looksLikeRepository, moduleFolders, type Survey } from './survey.ts';
import { type Visited, walk } from './walk.ts';

export interface SweepTerms {
  /** Where our own process finds the workspace. */
  readonly root: string;
  /** Where the workspace is for everybody else: where its links lead is judged by it. */
  readonly workspace: string;
  readonly before: Survey;
  /** Empty folders on which something is mounted in another sandbox. */
  readonly isMountPoint: (path: string) => boolean;
  readonly run: string;
  readonly sinceMs: number;
}

export interface Swept {
  readonly findings: readonly SweepFinding[];
  /** Regular files that were made or written. */
  readonly filesChanged: number;
}

/** More than anybody reads; the rest is done all the same. */
const FINDINGS_MAX = 1_000;
const SET_ID = 0o6000n;
const NAMES = new Set<string>([...PROTECTED_FOLDERS, ...WATCHED_FOLDERS, ...WATCHED_FILES]);

export async function sweep(terms: SweepTerms): Promise<Swept> {
  const findings: SweepFinding[] = [];
  let filesChanged = 0;
  const tell = (finding: SweepFinding): void => void (findings.length < FINDINGS_MAX && findings.push(finding));
  await walk(terms.root, (entry) => {
    const below = entry.path.slice(terms.root.length + 1);
    const { stat } = entry;
    if (stat.isFile() && Number(stat.mtimeMs) >= terms.sinceMs) filesChanged += 1;
    if (stat.isFile()) checkFile(entry, below, terms, tell);
    else if (stat.isSymbolicLink()) checkLink(entry, below, terms, tell);
    else if (!stat.isDirectory()) checkSpecial(entry, below, terms, tell);
    return checkName(entry, below, terms, tell);
  });
  return { findings, filesChanged };
}

type Tell = (finding: SweepFinding) => void;

function checkFile({ at, stat }: Visited, below: string, { sinceMs }: SweepTerms, tell: Tell): void {
  if ((stat.mode & SET_ID) === 0n || Number(stat.ctimeMs) < sinceMs) return;
  const fd = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  fchmodSync(fd, Number(stat.mode & 0o1777n));
  closeSync(fd);
  tell({ kind: 'setuid', path: below, done: 'stripped' });
}

function checkLink({ at, stat }: Visited, below: string, { workspace, sinceMs }: SweepTerms, tell: Tell): void {
  if (Number(stat.ctimeMs) < sinceMs) return;
  const target = readlinkSync(at);
  const end = isAbsolute(target) ? normalize(target) : normalize(join(workspace, dirname(below), target));
  if (!isWithin(end, workspace)) tell({ kind: 'leaving-symlink', path: below, done: 'reported' });
}

function checkSpecial({ at }: Visited, below: string, { before }: SweepTerms, tell: Tell): void {
  if (before.specials.has(below)) return;
  rmSync(at, { force: true });
  tell({ kind: 'special-file', path: below, done: 'removed' });
}

/** Answers whether to go on below. */
function checkName(entry: Visited, below: string, terms: SweepTerms, tell: Tell): boolean {
  const { name, names, at } = entry;
  if (name === '.git' || looksLikeRepository(names)) {
    checkRepository(entry, below, terms, tell);
    return false;
  }
  if (!NAMES.has(name) || terms.isMountPoint(join(terms.workspace, below))) return true;
  if (below !== name) {
    if (Number(entry.stat.mtimeMs) >= terms.sinceMs) tell({ kind: 'configuration', path: below, done: 'reported' });
    return true;
  }
  if (terms.before.watched.has(name) || terms.before.readOnly.includes(join(terms.workspace, name))) return true;
  quarantine(at, terms);
  tell({ kind: 'configuration', path: below, done: 'quarantined' });
  return false;
}

function quarantine(path: string, { run }: SweepTerms): void {
  renameSync(path, `${path}.quarantined-${run}`);
}

function checkRepository({ at: path, stat }: Visited, below: string, terms: SweepTerms, tell: Tell): void {
  if (terms.before.repositories.has(below)) {
    for (const file of watchedGitFiles(path)) remove(file);
    return;
  }
  // The workspace's own repository may be new: what it would run is taken out, the work stays.
  if (below === '.git' && stat.isDirectory()) {
    if (disarm(path)) tell({ kind: 'git-configuration', path: below, done: 'stripped' });
    return;
  }
  // Without a HEAD it is no repository, from wherever somebody looks.
  if (stat.isDirectory() && existsSync(join(path, 'HEAD'))) quarantine(join(path, 'HEAD'), terms);
  if (below !== '') quarantine(path, terms);
  tell({ kind: 'nested-repository', path: below, done: 'quarantined' });

  function remove(file: string): void {
    const inside = below + file.slice(path.length);
    if (terms.before.readOnly.includes(join(terms.workspace, inside))) return;
    rmSync(file, { recursive: true, force: true });
    tell({ kind: 'git-configuration', path: inside, done: 'removed' });
  }
}

const watchedGitFiles = (git: string): string[] =>
  lstatSync(git).isDirectory()
    ? [git, ...moduleFolders(join(git, 'modules'))]
        .flatMap((folder) => GIT_WATCHED.map((name) => join(folder, name)))
        .filter((file) => existsSync(file))
    : [];

/** Hooks and settings that run something go; true when there were any. */
function disarm(git: string): boolean {
  let found = false;
  for (const folder of [git, ...moduleFolders(join(git, 'modules'))]) {
    const hooks = join(folder, 'hooks');
    if (lstatSync(hooks, { throwIfNoEntry: false })?.isDirectory() !== true) rmSync(hooks, { force: true });
    else
      for (const name of readdirSync(hooks).filter((each) => !each.endsWith('.sample'))) {
        rmSync(join(hooks, name), { recursive: true, force: true });
        found = true;
      }
    for (const name of GIT_WATCHED) rmSync(join(folder, name), { recursive: true, force: true });
    found = disarmConfig(join(folder, 'config')) || found;
  }
  return found;
}

function disarmConfig(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const text = stat.isFile() ? readFileSync(path, 'utf8') : '';
  const plain = plainConfig(text);
  if (stat.isFile() && plain === text) return false;
  // Written into the file that is there: in a file system of the run's user, nobody else can make one.
  if (stat.isFile()) overwrite(path, plain);
  else rmSync(path, { recursive: true, force: true });
  return true;
}

function overwrite(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW);
  writeFileSync(fd, text);
  closeSync(fd);
}
