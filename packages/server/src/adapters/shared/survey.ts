/** What is in a workspace before a run: what has to be read-only, what has to be out of sight, and what was there when it began. */
import { accessSync, constants, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  filesNamedIn,
  GIT_MARKS,
  GIT_READ_ONLY,
  GIT_WATCHED,
  PROTECTED_FOLDERS,
  WATCHED_FILES,
  WATCHED_FOLDERS,
} from './protected.ts';
import { walk } from './walk.ts';

export interface Survey {
  /** Absolute, and there: bound on themselves, so that they cannot be renamed. */
  readonly pinned: readonly string[];
  /** Absolute, and there: read-only. */
  readonly readOnly: readonly string[];
  /** Absolute, and not there: nothing can be made in their place. */
  readonly absent: readonly string[];
  /** Absolute; sockets of the host: a read-only mount does not stop anybody from connecting. */
  readonly sockets: readonly string[];
  /** Git directories, relative to the workspace; `''` is the workspace itself. */
  readonly repositories: ReadonlySet<string>;
  /** Sockets, pipes and devices, relative. */
  readonly specials: ReadonlySet<string>;
  /** Names at the top that are watched and were there. */
  readonly watched: ReadonlySet<string>;
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
}

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

const foldersIn = (path: string): string[] => {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
};

/** Git directories of submodules, however deep; each is a folder with a HEAD. */
export const moduleFolders = (modules: string): string[] =>
  foldersIn(modules).flatMap((folder) =>
    existsSync(join(folder, 'HEAD')) ? [folder, ...moduleFolders(join(folder, 'modules'))] : moduleFolders(folder),
  );

/** True for a folder that git takes for a repository though it is not named `.git`. */
export const looksLikeRepository = (names: readonly string[]): boolean => GIT_MARKS.every((mark) => names.includes(mark));

/** @param workspace real path; @param protect relative paths of the profile */
export async function survey(workspace: string, protect: readonly string[]): Promise<Survey> {
  const found: Found = {
    workspace,
    pinned: new Set(),
    readOnly: new Set(),
    absent: new Set(),
    sockets: [],
    repositories: new Set(),
    specials: new Set(),
  };
  await walk(workspace, ({ path, name, stat, names }) => {
    const below = path.slice(workspace.length + 1);
    if (stat.isSocket()) found.sockets.push(path);
    if (stat.isSocket() || stat.isFIFO() || stat.isBlockDevice() || stat.isCharacterDevice()) found.specials.add(below);
    if (name !== '.git' && !looksLikeRepository(names)) return true;
    found.repositories.add(below);
    if (stat.isDirectory()) protectRepository(path, found);
    else found.readOnly.add(path);
    // Objects are many, and hold nothing that runs.
    return false;
  });
  for (const name of PROTECTED_FOLDERS) protectPath(join(workspace, name), found);
  const watched = [...WATCHED_FOLDERS, ...WATCHED_FILES].filter((name) => isThere(join(workspace, name)));
  for (const name of watched) found.readOnly.add(join(workspace, name));
  for (const path of protect) protectPath(join(workspace, path), found);
  for (const path of [...found.readOnly, ...found.absent]) pinParents(path, found);
  return {
    pinned: [...found.pinned].sort(),
    // A link would be followed by the mount, to wherever the run may have put its end.
    readOnly: [...found.readOnly].filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === false).sort(),
    absent: [...found.absent].filter((path) => isWritable(dirname(path))).sort(),
    sockets: found.sockets,
    repositories: found.repositories,
    specials: found.specials,
    watched: new Set(watched),
  };
}

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where nothing is, the first missing folder on the way is what may not be made. */
function protectPath(path: string, { workspace, readOnly, absent }: Found): void {
  if (isThere(path)) {
    readOnly.add(path);
    return;
  }
  let missing = path;
  for (let at = dirname(path); at.length > workspace.length && !isThere(at); at = dirname(at)) missing = at;
  if (isFolder(dirname(missing))) absent.add(missing);
}

function protectRepository(git: string, found: Found): void {
  const { workspace, pinned, readOnly, absent } = found;
  const below = (folders: readonly string[], names: readonly string[]): string[] =>
    folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const folders = [git, ...moduleFolders(join(git, 'modules'))];
  for (const folder of folders) if (folder !== workspace) pinned.add(folder);
  for (const path of below(folders, GIT_READ_ONLY)) (isThere(path) ? readOnly : absent).add(path);
  const watched = [
    ...below(folders, GIT_WATCHED),
    ...below(foldersIn(join(git, 'worktrees')), ['gitdir', ...GIT_WATCHED]),
    ...namedFiles(join(git, 'config'), dirname(git)).filter((path) => path.startsWith(`${workspace}/`)),
  ];
  for (const path of watched.filter(isThere)) readOnly.add(path);
}

function namedFiles(config: string, tree: string): string[] {
  try {
    return filesNamedIn(readFileSync(config, 'utf8')).map((path) => join(tree, path));
  } catch {
    return [];
  }
}

/** A mount protects a path under its own name only: what is above it must not be renamed either. */
function pinParents(path: string, { workspace, pinned }: Found): void {
  for (let at = dirname(path); at.length > workspace.length && isFolder(at); at = dirname(at)) pinned.add(at);
}

/** Sockets below a folder that is mounted besides the workspace. */
export async function socketsBelow(folder: string): Promise<string[]> {
  const sockets: string[] = [];
  await walk(folder, ({ path, stat }) => {
    if (stat.isSocket()) sockets.push(path);
    return true;
  });
  return sockets;
}
