/**
 * A walk over a tree without following links, in slices, so that a large tree does not hold up everything else that this process does. Folders are
 * opened and what is in them is reached through the descriptor: whoever puts a link in the place of a folder meanwhile changes nothing. Names are
 * bytes: what is no UTF-8 is walked like everything else.
 */
import { type BigIntStats, chmodSync, closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Visited {
  /** Absolute, for people and for comparing. */
  readonly path: string;
  /** False where the path has bytes that are no UTF-8: it then looks like another one, and nothing is there under it. */
  readonly isExact: boolean;
  /** By which it is read and changed, as long as `visit` runs. */
  readonly at: string | Buffer;
  readonly name: string;
  readonly stat: BigIntStats;
  /** Names in it, where it is a folder. */
  readonly names: readonly string[];
  /** By which what is in it is read and changed, where it is a folder. */
  readonly inside: string;
}

/** Entries that are looked at before others get their turn. */
const SLICE = 400;
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Linux's O_PATH, which Node does not name: the folder itself, without a right to read it. */
const ITSELF = 0o10000000 | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Each level holds a descriptor. A path is of at most 4,096 bytes (PATH_MAX): git and editors can do nothing in what lies deeper than that allows. */
const DEPTH_MAX = 2_048;

export interface WalkTerms {
  /** Answers false to leave a folder's content out. */
  readonly visit: (entry: Visited) => boolean;
  /** Whether a folder that its owner may not read is opened up: a run can close its own. */
  readonly opens?: (stat: BigIntStats) => boolean;
}

/**
 * Calls `visit` for `root` and everything below, parents first. What vanishes meanwhile, or cannot be read, is left out.
 * @param root real path of a folder, or `/proc/self/fd/N` @throws when there are no descriptors left to look with
 */
export async function walk(root: string, terms: WalkTerms): Promise<void> {
  // A descriptor is given as a link of /proc, which has to be followed.
  const at = root.startsWith('/proc/') ? `${root}/.` : root;
  await step({ path: root, at, name: '', isExact: true }, { ...terms, seen: 0 });
}

type Place = Pick<Visited, 'path' | 'at' | 'name' | 'isExact'>;

interface Walk extends WalkTerms {
  seen: number;
}

async function step(place: Place, going: Walk, depth = 0): Promise<void> {
  if (depth > DEPTH_MAX) return;
  going.seen += 1;
  if (going.seen % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
  const stat = lstatSync(place.at, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) return void going.visit({ ...place, stat, names: [], inside: '' });
  const fd = openFolder(place.at, stat, going);
  if (fd === undefined) return;
  try {
    const inside = `/proc/self/fd/${fd}`;
    const found = childrenOf(place, inside);
    if (!going.visit({ ...place, stat, names: found.map(({ name }) => name), inside })) return;
    for (const child of found) await step(child, going, depth + 1);
  } catch (thrown) {
    if (!isGone(thrown)) throw thrown;
  } finally {
    closeSync(fd);
  }
}

/** What stands for bytes that are no UTF-8. */
const REPLACED = '\ufffd';

function childrenOf({ path, isExact }: Place, inside: string): Place[] {
  const names = readdirSync(inside);
  if (!names.some((name) => name.includes(REPLACED)))
    return names.map((name) => ({ path: join(path, name), at: `${inside}/${name}`, name, isExact }));
  return readdirSync(inside, 'buffer').map((bytes) => {
    const name = bytes.toString();
    const isText = Buffer.from(name).equals(bytes);
    const at = isText ? `${inside}/${name}` : Buffer.concat([Buffer.from(`${inside}/`), bytes]);
    return { path: join(path, name), at, name, isExact: isExact && isText };
  });
}

function openFolder(at: string | Buffer, stat: BigIntStats, { opens }: WalkTerms): number | undefined {
  try {
    return openSync(at, FOLDER);
  } catch (thrown) {
    if (!isGone(thrown)) throw thrown;
    if (codeOf(thrown) !== 'EACCES' || opens?.(stat) !== true) return undefined;
  }
  try {
    const itself = openSync(at, ITSELF);
    chmodSync(`/proc/self/fd/${itself}`, 0o700);
    closeSync(itself);
    return openSync(at, FOLDER);
  } catch {
    return undefined;
  }
}

const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? '';
const isGone = (thrown: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(codeOf(thrown));
