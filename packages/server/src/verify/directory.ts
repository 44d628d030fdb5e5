/** Level 2, second half: the export holds the files that its checkpoint demands and nothing else, and stale partial files agree too. */
import { asFault } from '@countersign/kernel/fault';
import {
  entriesPath,
  HASH_BYTES,
  parseTilePath,
  sameBytes,
  TILE_WIDTH,
  type TilePath,
  tilePath,
  tileWidth,
} from '@countersign/kernel/ledger';
import { join } from 'node:path';
import { readBounded, walk } from './files.ts';
import type { Findings } from './report.ts';

export const TILE_BYTES_MAX = TILE_WIDTH * HASH_BYTES;
/** 256 entries of 65,535 bytes with their lengths. */
export const BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + 65_535);

export interface DirectoryFacts {
  readonly tiles: number;
  readonly bundles: number;
  /** null where there is no payload directory. */
  readonly payloads: number | null;
  readonly names: ReadonlySet<string>;
}

export interface DirectoryCheck {
  readonly dir: string;
  readonly size: number;
  /** Index of the first entry that has a body. */
  readonly from: number;
  readonly findings: Findings;
  readonly onPayload: (digest: string) => Promise<void>;
}

const NO_FILE = {
  special: 'a link or special file',
  empty: 'an empty directory',
  closed: 'a directory that cannot be read',
} as const;

const TOP_FILES = new Set(['checkpoint', 'manifest.json', 'log.vkey', 'since']);

/** Looks at every path once. Full tiles were compared before, so they are what stale partial ones are compared with. */
export async function checkDirectory(check: DirectoryCheck): Promise<DirectoryFacts> {
  const names = new Set<string>();
  const counts = { tile: 0, entries: 0, payload: 0 };
  let hasPayloads = false;
  for await (const { path, kind } of walk(check.dir)) {
    if (path === 'payloads' && kind === 'empty') {
      hasPayloads = true;
    } else if (kind !== 'file') {
      check.findings.add(2, NO_FILE[kind], { path });
    } else if (TOP_FILES.has(path)) {
      names.add(path);
    } else {
      const found = await checkFile(path, check);
      if (found !== null) counts[found]++;
    }
  }
  return {
    tiles: counts.tile,
    bundles: counts.entries,
    payloads: hasPayloads || counts.payload > 0 ? counts.payload : null,
    names,
  };
}

async function checkFile(path: string, check: DirectoryCheck): Promise<'tile' | 'entries' | 'payload' | null> {
  const [, digest] = /^payloads\/([0-9a-f]{64})$/.exec(path) ?? [];
  if (digest !== undefined) {
    await check.onPayload(digest);
    return 'payload';
  }
  const tile = parseTilePath(path);
  if (tile === null) check.findings.add(2, 'a file that does not belong to an export', { path });
  else await checkTileFile(tile, path, check);
  return tile?.kind ?? null;
}

async function checkTileFile(tile: TilePath, path: string, check: DirectoryCheck): Promise<void> {
  const { size, from, findings } = check;
  const due = tileWidth(tile.level, tile.index, size);
  if (tile.width > due) return findings.add(2, 'a file beyond the checkpoint', { path });
  if (isPruned(tile, from)) return findings.add(2, 'a bundle that should be pruned', { path });
  if (tile.width === due) return;
  findings.count(2, 'stale partial files');
  const text = await compareStale(tile, path, check).catch((thrown: unknown) => asFault(thrown).publicText);
  if (text !== null) findings.add(2, text, { path });
}

/** What is wrong with a partial file beside a wider one of the same tile; null for nothing. */
async function compareStale(tile: TilePath, path: string, { dir, size }: DirectoryCheck): Promise<string | null> {
  const whole = { ...tile, width: tileWidth(tile.level, tile.index, size) };
  const [wholePath, bytesMax] =
    tile.kind === 'tile' ? [tilePath(whole), TILE_BYTES_MAX] : [entriesPath(whole.index, whole.width), BUNDLE_BYTES_MAX];
  const stale = await readBounded(join(dir, path), bytesMax);
  const present = await readBounded(join(dir, wholePath), bytesMax);
  if (stale === null || present === null) return 'a partial file that cannot be compared';
  const length = tile.kind === 'tile' ? tile.width * HASH_BYTES : bundleLength(present, tile.width);
  return sameBytes(stale, present.subarray(0, length)) && stale.length === length ? null : 'a partial file differs from the tree';
}

/** Index of the first entry whose bundle is there; `size` where there is none. Read from the names: a size that is a lie costs no time. */
export async function firstBody(dir: string, size: number): Promise<number> {
  let first = size;
  for await (const { path } of walk(dir, 'tile/entries')) {
    const tile = parseTilePath(path);
    if (tile !== null) first = Math.min(first, tile.index * TILE_WIDTH);
  }
  return first;
}

const isPruned = (tile: TilePath, from: number): boolean => tile.kind === 'entries' && tile.index * TILE_WIDTH < from;

/** Bytes of the first `count` entries of a bundle. */
function bundleLength(bundle: Uint8Array, count: number): number {
  let at = 0;
  for (let i = 0; i < count; i++) at += 2 + (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0);
  return at;
}
