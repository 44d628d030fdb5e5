/**
 * Where the backend keeps its files: `<base>/<pid>-<start>-<count>/`. Outside of data directories, since a run has a user of its own that must get there.
 * Nothing in it is secret.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';

export interface Places {
  readonly base: string;
  /** Of this process. */
  readonly own: string;
  /** Where each sandbox mounts its private file systems, in mount namespaces of their own: on the host they stay empty. */
  readonly scratch: string;
  readonly quota: string;
  /** Mount points for what the user of a run could not reach by its path. */
  readonly stage: string;
  /** An empty file and an empty directory, for what is hidden. */
  readonly emptyFile: string;
  readonly emptyFolder: string;
}

/** Mount points in `stage`: one for a workspace, one for each mount of a profile, two for each client. */
export const STAGE_SLOTS = 37;

/** Where the backends of a user keep what sandboxes are made from; it need not be there. */
export const sandboxBase = (uid = process.getuid?.() ?? 0): string => {
  if (uid === 0) return '/run/countersign';
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return runtime === undefined || !runtime.startsWith('/')
    ? `/tmp/countersign-sandbox-${uid}`
    : join(runtime, 'countersign-sandbox');
};

/** In clock ticks since boot; with the pid it names one process for as long as the machine is up. Undefined: there is none. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program may hold anything; the fields are counted from its end.
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended and whose parent has not looked yet owns nothing any more.
    return state === 'Z' || state === 'X' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

let made = 0;

const ownName = (): string => `${process.pid}-${startOf(process.pid) ?? '0'}-${(made += 1)}`;

/** @throws Fault sandbox.failed when the folder belongs to somebody else */
function makeBase(base: string, uid: number): void {
  mkdirSync(base, { recursive: true, mode: 0o711 });
  const found = lstatSync(base);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0)
    throw new Fault('sandbox.failed', 'The folder for sandboxes belongs to somebody else, or others may write to it.', {
      internal: base,
    });
  chmodSync(base, 0o711);
}

export function makePlaces(uid: number): Places {
  const base = sandboxBase(uid);
  makeBase(base, uid);
  const own = join(base, ownName());
  const below = (name: string): string => join(own, name);
  const places: Places = {
    base,
    own,
    scratch: below('scratch'),
    quota: below('quota'),
    stage: below('stage'),
    emptyFile: below('empty'),
    emptyFolder: below('nothing'),
  };
  for (const folder of [own, places.scratch, places.quota, places.stage, places.emptyFolder]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, folder === places.emptyFolder ? 0o555 : 0o711);
  }
  writeFileSync(places.emptyFile, '', { mode: 0o444 });
  for (let at = 0; at < STAGE_SLOTS; at += 1) {
    mkdirSync(join(places.stage, `d${at}`), { recursive: true });
    writeFileSync(join(places.stage, `f${at}`), '');
  }
  return places;
}

/** Folders of processes that are gone. */
export const abandoned = (base: string): string[] =>
  readdirSync(base)
    .filter((name) => {
      const [, pid, start] = /^(\d+)-(\d+)-\d+$/.exec(name) ?? [];
      return pid !== undefined && startOf(Number(pid)) !== start;
    })
    .map((name) => join(base, name));
