/** Levels 2 to 4 in one pass over the bundles: hash every body, rebuild every tile, compare it byte by byte, read every entry. */
import { join } from 'node:path';
import { asFault } from '@countersign/kernel/fault';
import {
  decodeBundle,
  entriesPath,
  HASH_BYTES,
  type LedgerEntry,
  parseEntry,
  sameBytes,
  TILE_WIDTH,
  type Tile,
  TileEdge,
  tilePath,
  tileWidth,
} from '@countersign/kernel/ledger';
import { BUNDLE_BYTES_MAX, TILE_BYTES_MAX } from './directory.ts';
import { readBounded } from './files.ts';
import type { Findings } from './report.ts';
import { sha256, sha256Hex } from './sha256.ts';

/** Of so many tiles without content the rest is not looked for: a signed size can be any number. */
const LOST_MAX = 100;

export interface RebuildTask {
  readonly dir: string;
  readonly size: number;
  /** Index of the first entry that has a body; a multiple of 256. */
  readonly from: number;
  /** Sizes at which the root is wanted besides: those of older checkpoints. */
  readonly sizesBefore: ReadonlySet<number>;
  readonly findings: Findings;
  /** `leaf`: hash of the entry in hex. */
  readonly onEntry: (entry: LedgerEntry, index: number, leaf: string) => void;
  /** After each bundle. */
  readonly onPause: () => Promise<void>;
}

export interface RebuiltTree {
  readonly root: Uint8Array;
  /** By size, as far as the tree reaches. */
  readonly rootsBefore: ReadonlyMap<number, Uint8Array>;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const decode = (bytes: Uint8Array): string => decoder.decode(bytes);

export async function rebuild(task: RebuildTask): Promise<RebuiltTree> {
  const { size, sizesBefore, findings } = task;
  const edge = new TileEdge(sha256);
  const rootsBefore = new Map<number, Uint8Array>(sizesBefore.has(0) ? [[0, edge.root()]] : []);
  let ahead = bundleAt(task, 0);
  let lost = 0;
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = tileWidth(0, index, size);
    const bundle = await ahead;
    // The next one is read while this one is looked at.
    ahead = bundleAt(task, index + 1);
    const leaves = await leavesOf(task, { index, width, bundle });
    if (leaves === null && ++lost === LOST_MAX) {
      findings.add(2, 'so much is missing that the rest was not looked at', { index: index * TILE_WIDTH });
      break;
    }
    for (const leaf of leaves ?? noLeaves(width)) {
      for (const tile of edge.append(leaf)) await compareTile(tile, task);
      if (sizesBefore.has(edge.size)) rootsBefore.set(edge.size, edge.root());
    }
    await task.onPause();
  }
  for (const tile of edge.partials()) await compareTile(tile, task);
  findings.count(2, 'leaves', edge.size);
  return { root: edge.root(), rootsBefore };
}

async function read(path: string, bytesMax: number, { dir, findings }: RebuildTask): Promise<Uint8Array | null> {
  try {
    const bytes = await readBounded(join(dir, path), bytesMax);
    if (bytes === null) findings.add(2, 'the file is missing', { path });
    return bytes;
  } catch (thrown) {
    findings.add(2, asFault(thrown).publicText, { path });
    return null;
  }
}

interface Bundle {
  readonly index: number;
  readonly width: number;
  /** Null: it could not be read, which is a finding; undefined: there is none, or none to be looked at. */
  readonly bundle: Uint8Array | null | undefined;
}

/** Never rejects. */
async function bundleAt(task: RebuildTask, index: number): Promise<Uint8Array | null | undefined> {
  const first = index * TILE_WIDTH;
  if (first < task.from || first >= task.size) return undefined;
  return read(entriesPath(index, tileWidth(0, index, task.size)), BUNDLE_BYTES_MAX, task);
}

/** So that the rest can still be checked. */
const noLeaves = (width: number): readonly Uint8Array[] => Array.from({ length: width }, () => new Uint8Array(HASH_BYTES));

/** Leaf hashes from the bodies; where these are pruned or broken, from the tile; null where that is none either. */
async function leavesOf(task: RebuildTask, { index, width, bundle }: Bundle): Promise<readonly Uint8Array[] | null> {
  if (bundle === undefined) task.findings.count(2, 'leaves without body', width);
  try {
    if (bundle instanceof Uint8Array) return readEntries(bundle, index * TILE_WIDTH, decodeBundle(bundle, width), task);
  } catch (thrown) {
    task.findings.add(2, asFault(thrown).publicText, { path: entriesPath(index, width) });
  }
  const tile = await read(tilePath({ level: 0, index, width }), TILE_BYTES_MAX, task);
  if (tile?.length !== width * HASH_BYTES) return null;
  return Array.from({ length: width }, (_, i) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** The bodies of a bundle that starts at entry `first`. @returns their leaf hashes */
function readEntries(bundle: Uint8Array, first: number, bodies: readonly Uint8Array[], task: RebuildTask): Uint8Array[] {
  const leaves = Buffer.allocUnsafe(bodies.length * HASH_BYTES);
  return bodies.map((body, i) => {
    // A leaf is hashed with a zero byte before it. Here the low byte of its length stands there, which has been read by now.
    const before = body.byteOffset - bundle.byteOffset - 1;
    bundle[before] = 0;
    const leaf = sha256Hex(bundle.subarray(before, before + 1 + body.length));
    leaves.write(leaf, i * HASH_BYTES, 'hex');
    readEntry(body, first + i, leaf, task);
    return leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
  });
}

function readEntry(body: Uint8Array, index: number, leaf: string, { findings, onEntry }: RebuildTask): void {
  try {
    const entry = parseEntry(body, decode);
    findings.count(3, 'entries');
    onEntry(entry, index, leaf);
  } catch (thrown) {
    findings.add(3, asFault(thrown).publicText, { index });
  }
}

async function compareTile(tile: Tile, task: RebuildTask): Promise<void> {
  const path = tilePath(tile);
  const stored = await read(path, TILE_BYTES_MAX, task);
  if (stored === null) return;
  if (sameBytes(stored, tile.bytes)) task.findings.count(2, 'tiles');
  else task.findings.add(2, 'the tile differs from the tree that the entries make', { path });
}
