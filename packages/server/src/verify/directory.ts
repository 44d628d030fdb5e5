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
import { PAYLOAD_NAME } from './payloads.ts';
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

const TOP_FILES = new Set(['checkpoint', 'manifest.json', 'log.vkey', 'since']);

/** Looks at every path once. Full tiles were compared before, so they are what stale partial ones are compared with. */
export async function checkDirectory(check: DirectoryCheck): Promise<DirectoryFacts> {
  const { dir, findings } = check;
  const names = new Set<string>();
  let tiles = 0;
  let bundles = 0;
  let payloads: number | null = null;
  for await (const { path, kind } of walk(dir)) {
    if (path === 'payloads' && kind === 'empty') {
      payloads = 0;
      continue;
    }
    const [, digest] = /^payloads\/(.*)$/.exec(path) ?? [];
    const tile = parseTilePath(path);
    if (kind !== 'file') findings.add(2, kind === 'special' ? 'a link or special file' : 'an empty directory', { path });
    else if (TOP_FILES.has(path)) names.add(path);
    else if (digest !== undefined && PAYLOAD_NAME.test(digest)) {
      payloads = (payloads ?? 0) + 1;
      await check.onPayload(digest);
    } else if (tile === null) findings.add(2, 'a file that does not belong to an export', { path });
    else {
      if (tile.kind === 'tile') tiles++;
      else bundles++;
      await checkTileFile(tile, path, check);
    }
  }
  return { tiles, bundles, payloads, names };
}

async function checkTileFile(tile: TilePath, path: string, { dir, size, from, findings }: DirectoryCheck): Promise<void> {
  const due = tileWidth(tile.level, tile.index, size);
  if (tile.width === due && !isPruned(tile, from)) return;
  if (tile.width > due || due === 0) return findings.add(2, 'a file beyond the checkpoint', { path });
  if (isPruned(tile, from)) return findings.add(2, 'a bundle that should be pruned', { path });
  findings.count(2, 'stale partial files');
  const wholePath = tile.kind === 'tile' ? tilePath({ ...tile, width: due }) : entriesPath(tile.index, due);
  const bytesMax = tile.kind === 'tile' ? TILE_BYTES_MAX : BUNDLE_BYTES_MAX;
  try {
    const stale = await readBounded(join(dir, path), bytesMax);
    const whole = await readBounded(join(dir, wholePath), bytesMax);
    if (stale === null || whole === null) return findings.add(2, 'a partial file that cannot be compared', { path });
    const length = tile.kind === 'tile' ? tile.width * HASH_BYTES : bundleLength(whole, tile.width);
    if (stale.length !== length || !sameBytes(stale, whole.subarray(0, length)))
      findings.add(2, 'a partial file differs from the tree', { path });
  } catch (thrown) {
    findings.add(2, asFault(thrown).publicText, { path });
  }
}

const isPruned = (tile: TilePath, from: number): boolean => tile.kind === 'entries' && tile.index * TILE_WIDTH < from;

/** Bytes of the first `count` entries of a bundle. */
function bundleLength(bundle: Uint8Array, count: number): number {
  let at = 0;
  for (let i = 0; i < count; i++) at += 2 + (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0);
  return at;
}
