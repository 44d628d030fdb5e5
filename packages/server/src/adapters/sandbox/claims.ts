/**
 * Who holds a folder: the user that runs work as in it, and the mount points that were made there. A claim is on disk, so that what a crash leaves
 * is given back at the next start; runs in one folder share it, so that nothing is taken away under another one.
 */
import { lchownSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '@countersign/kernel/json';
import { isWithin } from '../../ports/sandbox-profile.ts';
import type { Survey } from '../shared/survey.ts';
import { walk } from '../shared/walk.ts';

/** Users of runs: a range that neither distributions, containers nor systemd give to anybody. */
export const RUN_IDS = { first: 1_880_000_000, count: 1_048_576 } as const;
export const isRunId = (uid: number): boolean => uid >= RUN_IDS.first && uid < RUN_IDS.first + RUN_IDS.count;

/** What the first of several runs in one folder found there. */
export interface Before {
  readonly survey: Survey;
  readonly sinceMs: number;
}

interface Claim extends Before {
  readonly file: string;
  /** The run's user, where files were given to it. */
  readonly uid: number | undefined;
  readonly mountPoints: Set<string>;
  holders: number;
  /** Settles when the run's user has the files. */
  given: Promise<void>;
}

export interface ClaimTerms {
  readonly folder: string;
  /** Absent: files stay with whom they are. */
  readonly uid: number | undefined;
  readonly mountPoints: readonly string[];
  readonly survey: Survey;
}

export class Claims {
  readonly #own: string;
  readonly #held = new Map<string, Claim>();
  #made = 0;

  /** @param own folder of this process */
  constructor(own: string) {
    this.#own = own;
  }

  /** User that files of a folder, of what is in it or of what is around it were given to by a run that still lasts: all of that is one user's. */
  uidOf(folder: string): number | undefined {
    const overlaps = (other: string): boolean => isWithin(folder, other) || isWithin(other, folder);
    return [...this.#held].find(([other, { uid }]) => uid !== undefined && overlaps(other))?.[1].uid;
  }

  /** Folders in one that was claimed which a run has that still lasts. */
  #heldIn(folder: string): string[] {
    return [...this.#held.keys()].filter((other) => other !== folder && isWithin(other, folder));
  }

  #isHeldAround(folder: string): boolean {
    return [...this.#held].some(([other, { uid }]) => other !== folder && uid !== undefined && isWithin(folder, other));
  }

  /** True for an empty folder that only is there because something is mounted on it elsewhere. */
  isMountPoint(path: string): boolean {
    return [...this.#held.values()].some(({ mountPoints }) => mountPoints.has(path));
  }

  async take({ folder, uid, mountPoints, survey }: ClaimTerms): Promise<void> {
    const held = this.#held.get(folder);
    if (held !== undefined) {
      held.holders += 1;
      for (const path of mountPoints) held.mountPoints.add(path);
      this.#write(folder, held);
      return held.given;
    }
    this.#made += 1;
    const file = join(this.#own, `claim-${this.#made}.json`);
    const claim: Claim = {
      file,
      uid,
      mountPoints: new Set(mountPoints),
      holders: 1,
      given: Promise.resolve(),
      survey,
      sinceMs: Date.now(),
    };
    this.#held.set(folder, claim);
    this.#write(folder, claim);
    if (uid !== undefined) claim.given = give(folder, { from: 0, to: uid, but: [] });
    return claim.given;
  }

  #write(folder: string, { file, uid, mountPoints }: Claim): void {
    writeFileSync(file, JSON.stringify({ folder, uid: uid ?? null, mountPoints: [...mountPoints] }), { mode: 0o600 });
  }

  /** The last one who lets go gives back, and then looks at what is left. */
  async release<T>(folder: string, after: (before: Before) => Promise<T>): Promise<T | undefined> {
    const claim = this.#held.get(folder);
    if (claim === undefined) return undefined;
    claim.holders -= 1;
    if (claim.holders > 0) return undefined;
    await claim.given.catch(() => undefined);
    this.#held.delete(folder);
    // Within another claim, the last one who lets go of that gives back.
    const uid = this.#isHeldAround(folder) ? undefined : claim.uid;
    await giveBack({ folder, uid, mountPoints: claim.mountPoints, but: this.#heldIn(folder) });
    const result = await after(claim);
    rmSync(claim.file, { force: true });
    return result;
  }
}

interface Giving {
  readonly folder: string;
  readonly uid: number | undefined;
  readonly mountPoints: Iterable<string>;
  /** Folders in it that stay with whom they are. */
  readonly but: readonly string[];
}

async function giveBack({ folder, uid, mountPoints, but }: Giving): Promise<void> {
  // What is not empty is somebody's; the sweep has looked at it.
  for (const path of [...mountPoints].sort().reverse()) {
    try {
      rmdirSync(path);
    } catch {
      // Not there, or not empty.
    }
  }
  if (uid !== undefined && isRunId(uid)) await give(folder, { from: uid, to: 0, but });
}

/**
 * Gives files from one user to another, links themselves and not what they lead to. A file that has further names stays: those may be anywhere.
 * INVARIANT: folders of other users are not entered, since they could put a link in the place of a folder between two steps.
 */
async function give(folder: string, { from, to, but }: { from: number; to: number; but: readonly string[] }): Promise<void> {
  const [fromId, single] = [BigInt(from), 1n];
  await walk(folder, {
    visit({ path, at, stat }) {
      if (but.includes(path)) return false;
      if (stat.uid !== fromId) return stat.isDirectory() && stat.uid === BigInt(to);
      if (!stat.isDirectory() && stat.nlink > single) return false;
      lchownSync(at, to, stat.gid === fromId ? to : Number(stat.gid));
      return true;
    },
  });
}

/** Gives back what processes that are gone had claimed. @param own their folder */
export async function releaseAbandoned(own: string): Promise<void> {
  for (const name of readdirSync(own).filter((each) => /^claim-\d+\.json$/.test(each))) {
    const file = join(own, name);
    // The folder is ours alone, but a crash may have cut the file short.
    const claim = readClaim(file);
    if (claim !== undefined && lstatSync(claim.folder, { throwIfNoEntry: false })?.isDirectory() === true)
      await giveBack({ ...claim, but: [] });
    rmSync(file, { force: true });
  }
}

function readClaim(file: string): { folder: string; uid: number | undefined; mountPoints: string[] } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isRecord(value)) return undefined;
    const { folder, uid, mountPoints } = value;
    if (typeof folder !== 'string' || !Array.isArray(mountPoints)) return undefined;
    return {
      folder,
      uid: typeof uid === 'number' ? uid : undefined,
      mountPoints: (mountPoints as unknown[]).filter((each): each is string => typeof each === 'string'),
    };
  } catch {
    return undefined;
  }
}
