/** The arguments of bwrap. The root is an allow-list: an empty file system, then what is needed, and nothing is masked that could be left out. */
import { lstatSync, readlinkSync } from 'node:fs';
import type { SandboxCommand, SandboxSpec } from '../../ports/sandbox.ts';
import { OWN_DOORS_NAME } from '../../ports/own-doors.ts';
import { AUTHORITY_VARIABLES } from '../../ports/sandbox-profile.ts';
import type { Places } from './places.ts';
import { INSIDE_BUNDLE, type InsideAuthority } from './skeleton.ts';
import type { Survey } from '../shared/survey.ts';
import type { View, ViewMount } from './view.ts';

/** The user inside; on the host it is the run's. */
const INSIDE_ID = '1000';
export const INSIDE_HOME = '/home/agent';
export const INSIDE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const PROXY = 'http://127.0.0.1:3128';
/** Our own doors are captured at their address: a client that hands its connections to a proxy of its own could not chain that one to ours. */
const LOOPBACK = `localhost,127.0.0.1,::1,${OWN_DOORS_NAME}`;

const NAMESPACES = [
  ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--hostname', 'sandbox'],
  ...['--cap-drop', 'ALL', '--uid', INSIDE_ID, '--gid', INSIDE_ID, '--new-session', '--die-with-parent'],
] as const;

const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'] as const;

/** Links into /usr where the system has them, folders where it does not. */
const systemFolders = (): string[] =>
  SYSTEM_FOLDERS.flatMap((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
  });

let systemMade: readonly string[] | undefined;
const system = (): readonly string[] => (systemMade ??= ['--ro-bind', '/usr', '/usr', ...systemFolders()]);

export interface ArgumentTerms {
  readonly spec: SandboxSpec;
  readonly places: Places;
  readonly view: View;
  readonly survey: Survey;
  /** Absolute real paths that are hidden. */
  readonly hidden: readonly { readonly path: string; readonly isFolder: boolean }[];
  /** Absolute: what alone of the workspace is writable; absent: all of it. */
  readonly writable: readonly string[] | undefined;
  readonly etc: string;
  readonly authority: InsideAuthority | undefined;
  /** Where the run's user finds a path of the host. */
  readonly source: (path: string) => string;
}

/** Everything but the command: the same for all commands of a sandbox. */
export function sandboxArguments(terms: ArgumentTerms): string[] {
  const { spec, places, etc } = terms;
  const { scratch } = places;
  return [
    ...NAMESPACES,
    ...(spec.network === 'none' ? ['--unshare-net'] : []),
    ...system(),
    ...['--ro-bind', etc, '/etc', '--proc', '/proc'],
    // A proc with something mounted over it cannot be mounted again, which a sandbox within has to do; its user is nobody on the host anyway.
    ...(spec.nested ? [] : ['--ro-bind', '/proc/sys', '/proc/sys']),
    ...['--dev', '/dev', '--dir', '/run', '--dir', '/var'],
    // A mount below it makes it a folder.
    ...(mountsBelow(terms.view, '/var/tmp') ? [] : ['--symlink', '/tmp', '/var/tmp']),
    ...['--bind', `${scratch}/tmp`, '/tmp', '--bind', `${scratch}/shm`, '/dev/shm', '--bind', `${scratch}/home`, INSIDE_HOME],
    ...mounts(terms),
    ...(spec.workspace.mode === 'write' ? protection(terms) : []),
    ...outOfSight(terms),
    // What holds the mount points has no limit of its own size.
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    ...['--clearenv', ...environment(terms)],
  ];
}

const mountsBelow = ({ workspace, mounts: others }: View, folder: string): boolean =>
  [workspace, ...others].some(({ at }) => at === folder || at.startsWith(`${folder}/`));

const depth = (path: string): number => path.split('/').length;

function mounts({ view, source, writable }: ArgumentTerms): string[] {
  const workspace = writable === undefined ? view.workspace : { ...view.workspace, write: false };
  return [workspace, ...view.mounts]
    .sort((a, b) => depth(a.at) - depth(b.at))
    .flatMap(({ from, at, write }) => [write ? '--bind' : '--ro-bind', source(from), at]);
}

/** Path inside of something in the workspace. */
const insidePath = ({ from, at }: ViewMount, path: string): string => at + path.slice(from.length);

function protection({ view, survey, source, writable }: ArgumentTerms): string[] {
  const at = (path: string): string => insidePath(view.workspace, path);
  // Parents first: a mount on a folder hides those that were made below it before.
  const bound = [
    ...(writable ?? []).map((path) => [path, '--bind'] as const),
    ...survey.pinned.map((path) => [path, '--bind'] as const),
    ...survey.readOnly.map((path) => [path, '--ro-bind'] as const),
  ].sort(([a], [b]) => depth(a) - depth(b));
  return [
    ...bound.flatMap(([path, how]) => [how, source(path), at(path)]),
    ...survey.absent.flatMap((path) => ['--size', '4096', '--perms', '0555', '--tmpfs', at(path), '--remount-ro', at(path)]),
  ];
}

function outOfSight({ view, survey, hidden, places }: ArgumentTerms): string[] {
  const all = [view.workspace, ...view.mounts];
  const at = (path: string): string[] =>
    all.filter(({ from }) => path === from || path.startsWith(`${from}/`)).map((mount) => insidePath(mount, path));
  return [
    ...hidden.flatMap(({ path, isFolder }) =>
      at(path).flatMap((place) => ['--ro-bind', isFolder ? places.emptyFolder : places.emptyFile, place]),
    ),
    ...survey.sockets.flatMap((path) => at(path).flatMap((place) => ['--ro-bind', places.emptyFile, place])),
  ];
}

/** Programs that a repository names are not run: the rules for commands allow reading with git because of it. */
const GIT_SETTINGS = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.editor', 'true'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['log.showSignature', 'false'],
] as const;

const gitVariables = (): Record<string, string> => ({
  GIT_CONFIG_COUNT: String(GIT_SETTINGS.length),
  ...Object.fromEntries(
    GIT_SETTINGS.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
});

/** Built from nothing; what the profile names comes last and wins, but for the ways to the network. */
function environment({ spec, authority }: ArgumentTerms): string[] {
  const base: Record<string, string> = {
    PATH: INSIDE_PATH,
    HOME: INSIDE_HOME,
    USER: 'agent',
    LOGNAME: 'agent',
    SHELL: '/bin/sh',
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
    TERM: 'dumb',
  };
  return variables({ ...base, ...gitVariables(), ...spec.environment, ...networkVariables(spec, authority) });
}

function networkVariables(spec: SandboxSpec, authority: InsideAuthority | undefined): Record<string, string> {
  if (spec.network === 'none') return {};
  const proxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map((name) => [name, PROXY]);
  const around = ['NO_PROXY', 'no_proxy'].map((name) => [name, LOOPBACK]);
  const trusted = authority === undefined ? [] : AUTHORITY_VARIABLES.map((name) => [name, INSIDE_BUNDLE]);
  return { ...Object.fromEntries([...proxied, ...around, ...trusted]), NODE_USE_ENV_PROXY: '1' };
}

const variables = (map: Readonly<Record<string, string>>): string[] =>
  Object.entries(map).flatMap(([name, value]) => ['--setenv', name, value]);

/** What one command adds. */
export const commandArguments = (command: SandboxCommand, view: View): string[] => [
  ...variables(command.environment ?? {}),
  ...['--chdir', command.cwd ?? view.workspace.at],
];
