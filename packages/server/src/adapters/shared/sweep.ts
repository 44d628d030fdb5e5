/**
 * What a run left in its workspace that could reach further than the run itself. Nothing of it runs any more, so nothing changes under the sweep.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SweepFinding } from '../../ports/sandbox.ts';
import { plainConfig } from './git/plain-config.ts';
import { gitFolders, worktreeFolders } from './git/repository.ts';
import { GIT_WATCHED, isProtectedName } from './protected.ts';
import { holdsObjects, isInRepository, isSpecial, isThere, leavesTo, looksLikeRepository, type Survey } from './survey.ts';
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
  /** Regular files that were made or written; those of version control do not count. */
  readonly filesChanged: number;
}

/** More than anybody reads; the rest is done all the same. */
const FINDINGS_MAX = 1_000;
const SET_ID = 0o6000n;

export async function sweep(terms: SweepTerms): Promise<Swept> {
  const findings: SweepFinding[] = [];
  let filesChanged = 0;
  const tell = (finding: SweepFinding): void => void (findings.length < FINDINGS_MAX && findings.push(finding));
  putLinksBack(terms, tell);
  await walk(terms.root, {
    visit(entry) {
      const below = entry.path.slice(terms.root.length + 1);
      const { stat } = entry;
      if (stat.isFile() && Number(stat.mtimeMs) >= terms.sinceMs && !isInRepository(below)) filesChanged += 1;
      if (stat.isFile()) checkFile(entry, below, terms, tell);
      else if (stat.isSymbolicLink()) checkLink(entry, below, terms, tell);
      else if (isSpecial(stat)) checkSpecial(entry, below, terms, tell);
      return !holdsObjects(below) && checkName(entry, below, terms, tell);
    },
    opens: (stat) => Number(stat.ctimeMs) >= terms.sinceMs,
  });
  removeMade(terms, tell);
  return { findings, filesChanged };
}

type Tell = (finding: SweepFinding) => void;

/** A protected path that is reached through a link leads where it did. */
function putLinksBack(terms: SweepTerms, tell: Tell): void {
  for (const [below, target] of terms.before.links) {
    if (!isReachedPlainly(below, terms, tell)) continue;
    const at = join(terms.root, below);
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() === true && readlinkSync(at) === target) continue;
    if (stat !== undefined) quarantine(at, terms);
    symlinkSync(target, at);
    tell({ kind: 'configuration', path: below, done: 'quarantined' });
  }
}

/** What the configuration of a repository names, and was not there: git would run it, or read settings in it. */
function removeMade(terms: SweepTerms, tell: Tell): void {
  for (const below of terms.before.unmade) {
    const at = join(terms.root, below);
    if (!isReachedPlainly(below, terms, tell) || !isThere(at)) continue;
    quarantine(at, terms);
    tell({ kind: 'configuration', path: below, done: 'quarantined' });
  }
}

/** Whether the folder that a path is in is there. Where mounts hold its parents it is; else something that leads elsewhere may stand in the place of one. */
function isReachedPlainly(below: string, terms: SweepTerms, tell: Tell): boolean {
  let at = terms.root;
  for (const name of below.split('/').slice(0, -1)) {
    at = join(at, name);
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) continue;
    if (stat?.isSymbolicLink() === true) {
      quarantine(at, terms);
      tell({ kind: 'configuration', path: at.slice(terms.root.length + 1), done: 'quarantined' });
    }
    return false;
  }
  return true;
}

function checkFile({ at, stat }: Visited, below: string, { sinceMs }: SweepTerms, tell: Tell): void {
  if ((stat.mode & SET_ID) === 0n || Number(stat.ctimeMs) < sinceMs) return;
  const fd = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  fchmodSync(fd, Number(stat.mode & 0o1777n));
  closeSync(fd);
  tell({ kind: 'setuid', path: below, done: 'stripped' });
}

function checkLink({ at, isExact }: Visited, below: string, { workspace, before }: SweepTerms, tell: Tell): void {
  const target = readlinkSync(at);
  if (isExact && before.leaving.get(below) === target) return;
  if (leavesTo(target, below, workspace)) tell({ kind: 'leaving-symlink', path: below, done: 'reported' });
}

function checkSpecial({ at, isExact }: Visited, below: string, { before }: SweepTerms, tell: Tell): void {
  if (isExact && before.specials.has(below)) return;
  rmSync(at, { force: true });
  tell({ kind: 'special-file', path: below, done: 'removed' });
}

/** Answers whether to go on below. */
function checkName(entry: Visited, below: string, terms: SweepTerms, tell: Tell): boolean {
  const { name, names, at } = entry;
  if (isInRepository(below)) return true;
  if (name === '.git' || looksLikeRepository(names)) return checkRepository(entry, below, terms, tell);
  if (!isProtectedName(name) || (entry.isExact && terms.isMountPoint(join(terms.workspace, below)))) return true;
  if (below !== name) {
    if (Number(entry.stat.mtimeMs) >= terms.sinceMs) tell({ kind: 'configuration', path: below, done: 'reported' });
    return true;
  }
  const { watched, readOnly, links } = terms.before;
  if (watched.has(name) || links.has(name) || readOnly.includes(join(terms.workspace, name))) return true;
  quarantine(at, terms);
  tell({ kind: 'configuration', path: below, done: 'quarantined' });
  return false;
}

function quarantine(path: string | Buffer, { run }: SweepTerms): void {
  renameSync(path, Buffer.concat([Buffer.from(path), Buffer.from(`.quarantined-${run}`)]));
}

/** Answers whether to go on below: other things than repositories may hide there. */
function checkRepository(entry: Visited, below: string, terms: SweepTerms, tell: Tell): boolean {
  const { at, inside, stat, isExact, name } = entry;
  const isFolder = stat.isDirectory();
  if (isExact && terms.before.repositories.has(below)) {
    if (isFolder) checkKnown(entry, below, terms, tell);
    return name === '.git';
  }
  // The workspace's own repository may be new: what it would run is taken out, the work stays.
  if (below === '.git' && isFolder) {
    if (disarm(inside)) tell({ kind: 'git-configuration', path: below, done: 'stripped' });
    return true;
  }
  // Without a HEAD it is no repository, from wherever somebody looks.
  if (isFolder && isThere(join(inside, 'HEAD'))) quarantine(join(inside, 'HEAD'), terms);
  if (below !== '') quarantine(at, terms);
  tell({ kind: 'nested-repository', path: below, done: 'quarantined' });
  return false;
}

function checkKnown({ inside }: Visited, below: string, terms: SweepTerms, tell: Tell): void {
  for (const folder of gitFolders(inside))
    for (const name of GIT_WATCHED) {
      const file = join(folder, name);
      const path = below + file.slice(inside.length);
      if (!isThere(file) || terms.before.readOnly.includes(join(terms.workspace, path))) continue;
      rmSync(file, { recursive: true, force: true });
      tell({ kind: 'git-configuration', path, done: 'removed' });
    }
  for (const folder of [inside, ...worktreeFolders(inside)]) {
    const rebase = join(folder, 'rebase-merge');
    if (!runsSomething(join(rebase, 'git-rebase-todo'), terms)) continue;
    quarantine(rebase, terms);
    tell({ kind: 'git-configuration', path: below + rebase.slice(inside.length), done: 'quarantined' });
  }
}

/** True for a list of what is still to be done that was written in the run and has commands in it: `git rebase --continue` would run them. */
function runsSomething(todo: string, { sinceMs }: SweepTerms): boolean {
  const stat = lstatSync(todo, { throwIfNoEntry: false });
  if (stat === undefined || Number(stat.ctimeMs) < sinceMs) return false;
  return !stat.isFile() || /^[ \t]*(?:x|exec)[ \t]/m.test(readFileSync(todo, 'latin1'));
}

/** Hooks and settings that run something go; true when there were any. */
function disarm(git: string): boolean {
  let found = false;
  for (const folder of gitFolders(git)) {
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
