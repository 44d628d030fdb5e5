/** What is in a workspace before a run: what has to be read-only, what has to be out of sight, and what was there when it began. */
import { accessSync, constants, lstatSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import { isWithin } from '../../ports/sandbox-profile.ts';
import type { NamedKind } from './git/named.ts';
import { gitFolders, namedByRepository, worktreeFolders } from './git/repository.ts';
import { LinkedFiles } from './linked-files.ts';
import { followed } from './links.ts';
import { GIT_MARKS, GIT_READ_ONLY, GIT_WATCHED, PROTECTED_FOLDERS, WATCHED_FILES, WATCHED_FOLDERS } from './protected.ts';
import { type Visited, walk } from './walk.ts';

export interface Survey {
  /** Absolute, and there: bound on themselves, so that they cannot be renamed. */
  readonly pinned: readonly string[];
  /** Absolute, and there: read-only. */
  readonly readOnly: readonly string[];
  /** Absolute, and not there: nothing can be made in their place. */
  readonly absent: readonly string[];
  /** Absolute; sockets and pipes of the host: a read-only mount does not stop anybody from talking to who is at the other end. */
  readonly sockets: readonly string[];
  /** Git directories, relative to the workspace; `''` is the workspace itself. */
  readonly repositories: ReadonlySet<string>;
  /** Sockets, pipes and devices, relative. */
  readonly specials: ReadonlySet<string>;
  /** Names at the top that are watched and were there. */
  readonly watched: ReadonlySet<string>;
  /** Links on the way to what is protected, relative, and where each leads: no mount can hold them. */
  readonly links: ReadonlyMap<string, string>;
  /** Links that led out of the workspace, likewise. */
  readonly leaving: ReadonlyMap<string, string>;
  /** Relative, and not there: what git would run, or read as settings, if something were. */
  readonly unmade: ReadonlySet<string>;
}

/** What `survey` collects; the kinds of `Survey`, still open. */
interface Found {
  readonly workspace: string;
  readonly pinned: Set<string>;
  readonly readOnly: Set<string>;
  readonly absent: Set<string>;
  readonly sockets: string[];
  readonly repositories: Set<string>;
  readonly specials: Set<string>;
  readonly links: Map<string, string>;
  readonly leaving: Map<string, string>;
  readonly unmade: Set<string>;
  readonly linked: LinkedFiles;
}

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
/** Whether something is there, a link that leads nowhere included. */
export const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** True for a folder that git takes for a repository though it is not named `.git`. */
export const looksLikeRepository = (names: readonly string[]): boolean => GIT_MARKS.every((mark) => names.includes(mark));

/** Objects are many, and hold nothing that runs. */
export const holdsObjects = (below: string): boolean => /(?:^|\/)\.git\/(?:.*\/)?(?:objects|lfs)$/.test(below);

/** Behind it somebody else may be. */
const isDoor = (stat: Visited['stat']): boolean => stat.isSocket() || stat.isFIFO();

const SPECIAL = ['isSocket', 'isFIFO', 'isBlockDevice', 'isCharacterDevice'] as const;
export const isSpecial = (stat: Visited['stat']): boolean => SPECIAL.some((is) => stat[is]());

/** Where a link of a workspace leads, when that is out of it. */
export function leavesTo(target: string, below: string, workspace: string): boolean {
  const end = isAbsolute(target) ? normalize(target) : normalize(join(workspace, dirname(below), target));
  return !isWithin(end, workspace);
}

export interface SurveyTerms {
  /** Relative paths of the profile. */
  readonly protect: readonly string[];
  /** Whether files with further names outside of the workspace have to stay as they are. */
  readonly holdsLinked: boolean;
}

/**
 * @param workspace real path
 * @throws Fault sandbox.unenforceable for what would have to be protected under a name that no mount can have, or for too many files with further names
 */
export async function survey(workspace: string, { protect, holdsLinked }: SurveyTerms): Promise<Survey> {
  const found: Found = {
    workspace,
    pinned: new Set(),
    readOnly: new Set(),
    absent: new Set(),
    sockets: [],
    repositories: new Set(),
    specials: new Set(),
    links: new Map(),
    leaving: new Map(),
    unmade: new Set(),
    linked: new LinkedFiles(),
  };
  await walk(workspace, { visit: (entry) => look(entry, found) });
  for (const name of PROTECTED_FOLDERS) guard(join(workspace, name), found, 'block');
  const watched = [...WATCHED_FOLDERS, ...WATCHED_FILES].filter((name) => isThere(join(workspace, name)));
  for (const name of watched) guard(join(workspace, name), found, 'block');
  for (const path of protect) guard(join(workspace, path), found, 'block');
  for (const path of [...found.readOnly, ...found.absent]) pinParents(path, found);
  if (holdsLinked) for (const entry of found.linked.outside()) found.readOnly.add(mountable(entry));
  for (const below of [...found.unmade, ...found.links.keys()]) pinParents(join(workspace, below), found);
  return {
    pinned: [...found.pinned].sort(),
    readOnly: [...found.readOnly].sort(),
    absent: [...found.absent].filter((path) => isWritable(dirname(path))).sort(),
    sockets: found.sockets,
    repositories: found.repositories,
    specials: found.specials,
    watched: new Set(watched),
    links: found.links,
    leaving: found.leaving,
    unmade: found.unmade,
  };
}

function look(entry: Visited, found: Found): boolean {
  const { path, name, stat, names } = entry;
  const below = path.slice(found.workspace.length + 1);
  if (stat.isFile()) found.linked.note(entry);
  else if (!stat.isDirectory()) lookAtSpecial(entry, below, found);
  if (holdsObjects(below)) return false;
  // Below a repository's own folder there is no further one but what that one tells of.
  if (isInRepository(below) || (name !== '.git' && !looksLikeRepository(names))) return true;
  found.repositories.add(below);
  protectRepository(mountable(entry), stat, found);
  return name === '.git';
}

function lookAtSpecial(entry: Visited, below: string, found: Found): void {
  const { at, stat, isExact } = entry;
  if (isDoor(stat)) found.sockets.push(mountable(entry));
  if (isSpecial(stat)) found.specials.add(mountable(entry).slice(found.workspace.length + 1));
  if (!stat.isSymbolicLink()) return;
  const target = readlinkSync(at);
  if (isExact && leavesTo(target, below, found.workspace)) found.leaving.set(below, target);
}

/** True for what lies below a `.git`. */
export const isInRepository = (below: string): boolean => /(?:^|\/)\.git\//.test(below);

function mountable({ path, isExact }: Visited): string {
  if (isExact) return path;
  throw new Fault(
    'sandbox.unenforceable',
    `\`workspace\` cannot be enforced: \`${path}\` would have to be kept as it is, and its name is no UTF-8, so that nothing can be mounted there. Rename it.`,
    { details: { line: 'workspace' } },
  );
}

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** What is done for a path where nothing is. */
type IfMissing = 'block' | 'remove' | 'ignore';

const IF_MISSING: Readonly<Record<NamedKind, IfMissing>> = {
  program: 'block',
  folder: 'block',
  script: 'remove',
  include: 'remove',
  argument: 'remove',
  word: 'ignore',
};

/** Makes what a path leads to read-only, and remembers the links that lead there: under whatever name it is found, it is the same afterwards. */
function guard(path: string, found: Found, ifMissing: IfMissing, isFile = false): void {
  const { workspace, readOnly } = found;
  const { path: end = workspace, links } = followed(path);
  const isMissing = !isThere(end);
  if (isMissing ? ifMissing === 'ignore' : isFile && isFolder(end)) return;
  remember(links, found);
  if (!end.startsWith(`${workspace}/`)) return;
  if (!isMissing) readOnly.add(end);
  else if (ifMissing === 'remove' && isFolder(dirname(end))) found.unmade.add(end.slice(workspace.length + 1));
  else block(end, found);
}

function remember(links: ReadonlyMap<string, string>, { workspace, links: kept }: Found): void {
  for (const [link, target] of links) if (link.startsWith(`${workspace}/`)) kept.set(link.slice(workspace.length + 1), target);
}

/** The first missing folder on the way is what may not be made. */
function block(path: string, { workspace, absent }: Found): void {
  let missing = path;
  for (let at = dirname(path); at.length > workspace.length && !isThere(at); at = dirname(at)) missing = at;
  if (isFolder(dirname(missing))) absent.add(missing);
}

function protectRepository(git: string, stat: Visited['stat'], found: Found): void {
  const below = (folders: readonly string[], names: readonly string[]): string[] =>
    folders.flatMap((folder) => names.map((name) => join(folder, name)));
  if (stat.isDirectory()) {
    const folders = gitFolders(git);
    for (const folder of folders) if (folder !== found.workspace) found.pinned.add(folder);
    for (const path of below(folders, GIT_READ_ONLY)) guard(path, found, 'block');
    const watched = [...below(folders, GIT_WATCHED), ...below(worktreeFolders(git), ['gitdir', ...GIT_WATCHED])];
    for (const path of watched) guard(path, found, 'ignore');
  } else if (stat.isSymbolicLink()) remember(followed(git).links, found);
  else guard(git, found, 'block');
  for (const { path, kind } of namedByRepository(git))
    guard(path, found, IF_MISSING[kind], kind === 'argument' || kind === 'word');
}

/** A mount protects a path under its own name only: what is above it must not be renamed either. */
function pinParents(path: string, { workspace, pinned }: Found): void {
  for (let at = dirname(path); at.length > workspace.length && isFolder(at); at = dirname(at)) pinned.add(at);
}

/** Sockets and pipes below a folder that is mounted besides the workspace. @throws Fault sandbox.unenforceable as `survey` does */
export async function socketsBelow(folder: string): Promise<string[]> {
  const sockets: string[] = [];
  await walk(folder, {
    visit(entry) {
      if (isDoor(entry.stat)) sockets.push(mountable(entry));
      return true;
    },
  });
  return sockets;
}
