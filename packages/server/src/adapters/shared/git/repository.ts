/** A repository in a work tree: its folders, and what its configuration names. */
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { followed } from '../links.ts';
import { type GitPlace, type NamedPath, pathsNamedIn } from './named.ts';
import { gitSettings } from './settings.ts';

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
const moduleFolders = (modules: string): string[] =>
  foldersIn(modules).flatMap((folder) =>
    existsSync(join(folder, 'HEAD')) ? [folder, ...moduleFolders(join(folder, 'modules'))] : moduleFolders(folder),
  );

/** The folder of a repository and those of its submodules. */
export const gitFolders = (git: string): string[] => [git, ...moduleFolders(join(git, 'modules'))];

/** What a repository keeps for each further work tree. */
export const worktreeFolders = (git: string): string[] => foldersIn(join(git, 'worktrees'));

/** Configurations are small; of more than that only the beginning is looked at. */
const READ_MAX = 1_048_576;

/** Text of a regular file, whoever put it there; undefined for everything else. */
function textOf(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return undefined;
    const bytes = Buffer.alloc(Math.min(stat.size, READ_MAX));
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Where git looks besides, as whoever runs this program (git-config(1), FILES). */
const sharedConfigurations = (): string[] => [
  '/etc/gitconfig',
  join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'git/config'),
  join(homedir(), '.gitconfig'),
  ...['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM'].flatMap((name) => process.env[name] ?? []),
];

/** @param at a `.git`, folder or file, or a folder that is a repository under another name */
export function namedByRepository(at: string): NamedPath[] {
  return placesOf(at).flatMap((place) => namedIn(place));
}

function placesOf(at: string): GitPlace[] {
  if (lstatSync(at).isDirectory()) return gitFolders(at).map(placeOf);
  const { path } = followed(at);
  return path === undefined || path === at ? placeElsewhere(at) : [{ git: path, tree: dirname(at) }];
}

function placeOf(git: string): GitPlace {
  const named = gitSettings(textOf(join(git, 'config')) ?? '').findLast(
    ({ section, key }) => section === 'core' && key === 'worktree',
  );
  const tree = basename(git) === '.git' ? dirname(git) : git;
  return { git, tree: named === undefined ? tree : resolve(git, named.value) };
}

/** A file says where the repository is (gitrepository-layout(5)). */
function placeElsewhere(file: string): GitPlace[] {
  const [, folder] = /^gitdir: (.+?)\s*$/.exec(textOf(file) ?? '') ?? [];
  return folder === undefined ? [] : [{ git: resolve(dirname(file), folder), tree: dirname(file) }];
}

function configurationsOf({ git }: GitPlace): string[] {
  const common = textOf(join(git, 'commondir'))?.trim();
  const folders = common === undefined ? [git] : [git, resolve(git, common)];
  const worktrees = worktreeFolders(git).map((folder) => join(folder, 'config.worktree'));
  return [...folders.flatMap((folder) => [join(folder, 'config'), join(folder, 'config.worktree')]), ...worktrees];
}

/** git itself gives up at includes ten deep. */
const FILES_MAX = 200;

/** What all configurations of a place name, and the configurations that those include, and so on. */
function namedIn(place: GitPlace): NamedPath[] {
  const found: NamedPath[] = [];
  const files = new Set([...configurationsOf(place), ...sharedConfigurations()]);
  // What is added while the set is gone through is gone through too.
  for (const file of files) {
    if (files.size > FILES_MAX) break;
    const named = pathsNamedIn(textOf(file) ?? '', dirname(file), place);
    for (const { path, kind } of named) if (kind === 'include') files.add(path);
    found.push(...named);
  }
  return found;
}
