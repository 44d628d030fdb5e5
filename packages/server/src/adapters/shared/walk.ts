/**
 * A walk over a tree without following links, in slices, so that a large tree does not hold up everything else that this process does. Folders are
 * opened and what is in them is reached through the descriptor: whoever puts a link in the place of a folder meanwhile changes nothing.
 */
import { type BigIntStats, closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Visited {
  /** Absolute, for people and for comparing. */
  readonly path: string;
  /** By which it is read and changed, as long as `visit` runs. */
  readonly at: string;
  readonly name: string;
  readonly stat: BigIntStats;
  /** Names in it, where it is a folder. */
  readonly names: readonly string[];
}

/** Entries that are looked at before others get their turn. */
const SLICE = 400;
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

type Visit = (entry: Visited) => boolean;

/**
 * Calls `visit` for `root` and everything below, parents first. It answers false to leave a folder's content out. What vanishes meanwhile, or
 * cannot be read, is left out.
 * @param root real path of a folder, or `/proc/self/fd/N`
 */
export async function walk(root: string, visit: Visit): Promise<void> {
  const count = { seen: 0 };
  // A descriptor is given as a link of /proc, which has to be followed.
  const at = root.startsWith('/proc/') ? `${root}/.` : root;
  await step({ path: root, at, name: '' }, visit, count);
}

type Place = Pick<Visited, 'path' | 'at' | 'name'>;

async function step(place: Place, visit: Visit, count: { seen: number }): Promise<void> {
  count.seen += 1;
  if (count.seen % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
  const stat = lstatSync(place.at, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) return void visit({ ...place, stat, names: [] });
  const fd = open(place.at);
  if (fd === undefined) return;
  try {
    const at = `/proc/self/fd/${fd}`;
    const names = readdirSync(at);
    if (!visit({ ...place, stat, names })) return;
    for (const name of names) {
      const child = { path: join(place.path, name), at: `${at}/${name}`, name };
      await step(child, visit, count);
    }
  } catch (thrown) {
    if (!isGone(thrown)) throw thrown;
  } finally {
    closeSync(fd);
  }
}

function open(at: string): number | undefined {
  try {
    return openSync(at, FOLDER);
  } catch {
    return undefined;
  }
}

const isGone = (thrown: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EACCES'].includes((thrown as NodeJS.ErrnoException).code ?? '');
