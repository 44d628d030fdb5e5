/** A spec as arguments of `podman run` or `docker run`. */
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxSpec } from '../../ports/sandbox.ts';
import type { Survey } from '../shared/survey.ts';
import { isWritableIn, narrowedTo, writablePaths } from '../shared/writable.ts';
import type { ContainerSettings } from './settings.ts';

export const LABEL = 'dev.countersign.node';
const HOME = '/home/agent';
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Rootless: the caller's own ids, kept inside. */
  readonly keepsId: boolean;
}

export interface ContainerTerms {
  readonly identity: Identity;
  readonly survey: Survey;
}

/**
 * The container's first process reads a pipe of ours and does nothing else: when we are gone the pipe is, it ends, and everything in the
 * container with it.
 */
export function runArguments(
  settings: ContainerSettings,
  spec: SandboxSpec,
  { identity: own, survey }: ContainerTerms,
): string[] {
  const { uid, gid, keepsId } = own;
  const { limits, identity } = spec;
  const size = limits.tmpBytes === 0 ? '' : `,size=${limits.tmpBytes}`;
  return [
    ...['run', '--rm', '--interactive', '--name', containerName(identity.run), '--label', `${LABEL}=${settings.node}`],
    ...(settings.runtime === undefined || isPodman(settings.program) ? [] : ['--runtime', settings.runtime]),
    ...['--pull', 'never', '--network', 'none', '--ipc', 'private', '--hostname', 'sandbox'],
    ...[
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      '--read-only',
      ...(isPodman(settings.program) ? ['--read-only-tmpfs=false'] : []),
    ],
    ...['--user', `${uid}:${gid}`, ...(keepsId ? ['--userns', 'keep-id'] : [])],
    ...[
      '--tmpfs',
      tmpfs('/tmp', `${size},mode=1777`, settings, { uid, gid, keepsId }),
      '--tmpfs',
      tmpfs(HOME, `${size},mode=0700`, settings, { uid, gid, keepsId }),
    ],
    ...(limits.tmpBytes === 0 ? [] : ['--shm-size', String(limits.tmpBytes)]),
    ...limitArguments(spec),
    ...mountsOf(spec, survey).flatMap(({ from, at, readOnly }) => ['--mount', mount(from, at, readOnly)]),
    ...hiddenOf(spec).flatMap((path) => ['--mount', `type=tmpfs,destination=${path},tmpfs-size=4096,tmpfs-mode=0555`]),
    ...['--workdir', spec.workspace.path, '--env', `PATH=${PATH}`, '--env', `HOME=${HOME}`, '--entrypoint', 'cat'],
    settings.image,
  ];
}

/** Given to the program before its subcommand. Podman takes the runtime there, docker as an option of `run`. */
export const globalArguments = ({ program, runtime, options = [] }: ContainerSettings): readonly string[] => [
  ...(runtime !== undefined && isPodman(program) ? ['--runtime', runtime] : []),
  ...options,
];

export const isPodman = (program: string): boolean => /(?:^|\/)podman[^/]*$/.test(program);

export const containerName = (run: string): string => `countersign-${run.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`;

/** The user's own: what the image has in its place would otherwise say whose it is. Podman copies what lies there, unless told not to. */
const tmpfs = (at: string, options: string, { program }: ContainerSettings, { uid, gid }: Identity): string =>
  `${at}:rw,nosuid,nodev${options}${isPodman(program) ? ',notmpcopyup,U' : `,uid=${uid},gid=${gid}`}`;

function limitArguments({ limits }: SandboxSpec): string[] {
  const { memoryBytes, processes, cpuPercent, fileBytes, openFiles } = limits;
  return [
    ...(memoryBytes === 0 ? [] : ['--memory', String(memoryBytes), '--memory-swap', String(memoryBytes)]),
    // The first process is ours.
    ...(processes === 0 ? [] : ['--pids-limit', String(processes + 1), '--ulimit', `nproc=${processes + 1}:${processes + 1}`]),
    ...(cpuPercent === 0 ? [] : ['--cpus', (cpuPercent / 100).toFixed(2)]),
    ...(fileBytes === 0 ? [] : ['--ulimit', `fsize=${fileBytes}:${fileBytes}`]),
    ...(openFiles === 0 ? [] : ['--ulimit', `nofile=${openFiles}:${openFiles}`]),
    ...['--ulimit', 'core=0:0'],
  ];
}

interface BindMount {
  readonly from: string;
  readonly at: string;
  readonly readOnly: boolean;
}

const mount = (from: string, at: string, readOnly: boolean): string =>
  `type=bind,source=${from},destination=${at}${readOnly ? ',readonly' : ''}`;

/** The workspace, what of it is read-only, and further mounts; what holds others comes before them. */
function mountsOf({ workspace, mounts }: SandboxSpec, { pinned, readOnly }: Survey): readonly BindMount[] {
  const { path, mode } = workspace;
  const names = narrowedTo(workspace);
  const writable = names === undefined ? undefined : writablePaths(path, names);
  const own = (at: string, isReadOnly: boolean): BindMount => ({ from: at, at, readOnly: isReadOnly });
  const inParts = [
    ...(writable ?? []).map((at) => own(at, false)),
    // A bind protects a path under its own name only: what is above it is pinned.
    ...pinned.filter((at) => isWritableIn(writable, at)).map((at) => own(at, false)),
    ...readOnly.map((at) => own(at, true)),
  ].sort((a, b) => a.at.split('/').length - b.at.split('/').length);
  const parts = [own(path, mode === 'read' || writable !== undefined), ...(mode === 'read' ? [] : inParts)];
  return [
    // One mount a place, or the program refuses them all: the stricter word comes later, and counts.
    ...new Map(parts.map((one) => [one.at, one])).values(),
    ...mounts.map((one) => ({ from: one.path, at: one.at ?? one.path, readOnly: one.mode === 'read' })),
  ];
}

/** A link is not followed: what it leads to is hidden where it lies, or not at all. */
const isPlain = (path: string): boolean => existsSync(path) && !lstatSync(path).isSymbolicLink();

const hiddenOf = ({ workspace }: SandboxSpec): readonly string[] =>
  workspace.hidden.map((name) => join(workspace.path, name)).filter((path) => isPlain(path) && lstatSync(path).isDirectory());

/** Files that are seen as empty, and sockets of the host: a device that holds nothing lies in their place. */
export const hiddenFiles = ({ workspace }: SandboxSpec, { sockets }: Survey): readonly string[] => [
  ...workspace.hidden.map((name) => join(workspace.path, name)).filter((path) => isPlain(path) && !lstatSync(path).isDirectory()),
  ...sockets,
];
