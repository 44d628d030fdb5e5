/**
 * What all commands of one sandbox stand on: a user and a mount namespace with private file systems of a limited size. The first command is
 * started from the shell that made it, later ones enter it.
 */
import { closeSync, openSync } from 'node:fs';
import { Fault } from '@countersign/kernel/fault';
import { AHEAD_MS } from './pool.ts';
import { type MountTable, mountTable } from './mount-table.ts';
import { FIRST_NAMESPACE, Holder, orExit, SAY_READY } from './holder.ts';
import type { Places } from './places.ts';
import { LOOP, word } from './shell-text.ts';
import type { SlotNamespaces } from './slot/slots.ts';

export interface GroundTerms {
  readonly places: Places;
  /** The run's user, where we are root; absent: our own. */
  readonly uid?: number;
  readonly tmpBytes: number;
  readonly network?: SlotNamespaces;
  /** Paths that the run's user could not reach: mounted below `stage` by root before it becomes that user. */
  readonly staged: readonly { readonly from: string; readonly isFolder: boolean }[];
}

/** Files in the private file systems: an inode costs memory of the kernel, which no limit of bytes covers. */
const INODES_MAX = 131_072;

export const stagePath = (places: Places, index: number, isFolder: boolean): string =>
  `${places.stage}/${isFolder ? 'd' : 'f'}${index}`;

const OWN_NAMESPACES = ['unshare', '--user', '--map-root-user', '--mount'] as const;
const pipesFolder = ({ scratch }: Places): string => `${scratch}/pipes`;
const byDescriptor = (fd: number): string => `/proc/self/fd/${fd}`;

function scratchLines({ places, tmpBytes }: GroundTerms): string[] {
  const { scratch } = places;
  return [
    `mount -t tmpfs -o ${word(`size=${tmpBytes},nr_inodes=${INODES_MAX},mode=0755`)} countersign ${word(scratch)}`,
    `mkdir -m 0700 ${word(`${scratch}/tmp`)} ${word(`${scratch}/shm`)} ${word(`${scratch}/home`)} ${word(`${scratch}/pipes`)}`,
  ];
}

/** Enters the network namespace of a slot; as root it becomes the run's user on the way, unless something has to be mounted first. */
function networkPrefix(network: SlotNamespaces | undefined, uid: number | undefined, from: number): string[] {
  if (network === undefined) return [];
  if (network.user !== undefined)
    return ['nsenter', `--user=${byDescriptor(from)}`, `--net=${byDescriptor(from + 1)}`, '--preserve-credentials', '--'];
  return ['nsenter', `--net=${byDescriptor(from)}`, ...(uid === undefined ? [] : [`--setgid=${uid}`, `--setuid=${uid}`]), '--'];
}

const descriptorsOf = (network: SlotNamespaces | undefined): number[] =>
  network === undefined ? [] : [...(network.user === undefined ? [] : [network.user]), network.net];

export class Ground {
  readonly uid: number | undefined;
  readonly tmpBytes: number;
  /** Of the moment before it was started. */
  readonly mounts: MountTable = mountTable();
  readonly #network: SlotNamespaces | undefined;
  readonly #pipes: string;
  #first: Holder | undefined;
  #next: Holder | undefined;
  #later: NodeJS.Timeout | undefined;
  #user: number | undefined;
  #mount: number | undefined;

  constructor(terms: GroundTerms) {
    this.uid = terms.uid;
    this.tmpBytes = terms.tmpBytes;
    this.#network = terms.network;
    this.#pipes = pipesFolder(terms.places);
    this.#first = terms.staged.length === 0 ? plainHolder(terms) : stagedHolder(terms);
  }

  /** Opens the namespaces, so that they last for as long as this does. @throws Fault sandbox.failed */
  async ready(): Promise<void> {
    const first = this.#first;
    if (first === undefined) return;
    await first.ready();
    this.#user ??= openSync(`/proc/${first.pid}/ns/user`, 'r');
    this.#mount ??= openSync(`/proc/${first.pid}/ns/mnt`, 'r');
  }

  get usable(): boolean {
    return this.#first?.alive === true;
  }

  /** Path by which our own process sees what is mounted in it; only before the first command. */
  seen(path: string): string {
    if (this.#first === undefined)
      throw new Fault('sandbox.failed', 'The sandbox was already used.', { internal: 'seen() after take()' });
    return `/proc/${this.#first.pid}/root${path}`;
  }

  /** Before the first command. @throws Fault sandbox.failed */
  async prepare(steps: readonly string[]): Promise<void> {
    if (steps.length > 0) await this.#first?.step(steps);
  }

  /** The shell for one command. @throws Fault sandbox.failed */
  async take(): Promise<Holder> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const [user, mount] = [this.#user, this.#mount];
    if (user === undefined || mount === undefined) throw new Fault('sandbox.failed', 'The sandbox is closed.');
    // Who asks twice asks again: from the second command on, the next one waits.
    const holder = this.#next?.alive === true ? this.#next : this.#enter(user, mount);
    this.#next = undefined;
    this.#later ??= setTimeout(() => this.#prepareNext(), AHEAD_MS).unref();
    holder.busy();
    await holder.ready();
    return holder;
  }

  #prepareNext(): void {
    this.#later = undefined;
    if (this.#user === undefined || this.#mount === undefined || this.#next?.alive === true) return;
    this.#next = this.#enter(this.#user, this.#mount);
    this.#next.idle();
  }

  #enter(user: number, mount: number): Holder {
    const [at, network] = [FIRST_NAMESPACE, this.#network];
    const prefix = [
      ...networkPrefix(network, this.uid, at + 2),
      ...['nsenter', `--user=${byDescriptor(at)}`, `--mount=${byDescriptor(at + 1)}`, '--preserve-credentials', '--'],
    ];
    // Where a slot is entered as root, the run's user is taken on there.
    const asRun = this.uid === undefined || network !== undefined ? {} : { uid: this.uid };
    return new Holder({
      prefix,
      namespaces: [user, mount, ...descriptorsOf(network)],
      pipes: this.#pipes,
      prepare: [],
      ...asRun,
    });
  }

  /** While it waits in a pool it does not keep this process from ending. */
  idle(): void {
    this.#first?.idle();
  }

  busy(): void {
    this.#first?.busy();
  }

  close(): void {
    clearTimeout(this.#later);
    for (const holder of [this.#first, this.#next]) holder?.kill();
    this.#first = undefined;
    this.#next = undefined;
    for (const fd of [this.#user, this.#mount]) if (fd !== undefined) closeSync(fd);
    this.#user = undefined;
    this.#mount = undefined;
  }
}

function plainHolder(terms: GroundTerms): Holder {
  const { uid, network, places } = terms;
  const prefix = [...networkPrefix(network, uid, FIRST_NAMESPACE), ...OWN_NAMESPACES];
  const asRun = uid === undefined || network !== undefined ? {} : { uid };
  return new Holder({
    prefix,
    namespaces: descriptorsOf(network),
    pipes: pipesFolder(places),
    prepare: scratchLines(terms),
    ...asRun,
  });
}

/** Root mounts what the run's user cannot get to, in a mount namespace of its own, and becomes that user then. */
function stagedHolder(terms: GroundTerms): Holder {
  const { places, uid, network, staged } = terms;
  const mounts = staged.map(
    ({ from, isFolder }, index) => `mount --rbind ${word(from)} ${word(stagePath(places, index, isFolder))}`,
  );
  const change = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const become = ['exec', ...change, ...OWN_NAMESPACES, '/bin/sh', '-c', word(LOOP)].join(' ');
  const holder = new Holder({
    prefix: [...networkPrefix(network, undefined, FIRST_NAMESPACE), 'unshare', '--mount'],
    namespaces: descriptorsOf(network),
    pipes: pipesFolder(places),
    prepare: [...mounts, become],
  });
  holder.line(orExit([...scratchLines(terms), ...holder.pipeSteps, SAY_READY]));
  return holder;
}
