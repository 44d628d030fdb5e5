/** Coordinates, paths and contents of tiles and entry bundles (C2SP tlog-tiles). */
import { checkTreeNumber, formatFault, HASH_BYTES, proofFault, type Sha256 } from './hash.ts';
import type { NodeSource, ProofElement } from './proof-plan.ts';
import { nodeHash } from './tree.ts';

/** Hashes of a full tile, entries of a full bundle. */
export const TILE_WIDTH = 256;
/** An entry's length has 16 bits in a bundle. */
export const BUNDLE_ENTRY_BYTES_MAX = 65_535;

/** A tile of hashes; `width` 256 is a full one. Entry bundles have the coordinates of level 0. */
export interface TileCoordinates {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

export interface TilePath extends TileCoordinates {
  readonly kind: 'tile' | 'entries';
}

/** 1234067 -> `x001/x234/067`, with `.p/<width>` for a partial one. */
function indexPath(index: number, width: number): string {
  let path = String(index % 1_000).padStart(3, '0');
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000)) {
    path = `x${String(rest % 1_000).padStart(3, '0')}/${path}`;
  }
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

export const tilePath = ({ level, index, width }: TileCoordinates): string => `tile/${level}/${indexPath(index, width)}`;
export const entriesPath = (index: number, width: number): string => `tile/entries/${indexPath(index, width)}`;

const PATH = /^tile\/(entries|0|[1-5]?[0-9]|6[0-3])\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Coordinates of a path as `tilePath` or `entriesPath` writes it, or null: other spellings of the same tile don't exist. */
export function parseTilePath(path: string): TilePath | null {
  const [, place, groups, partial] = PATH.exec(path) ?? [];
  if (place === undefined || groups === undefined) return null;
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const kind = place === 'entries' ? 'entries' : 'tile';
  const level = kind === 'entries' ? 0 : Number(place);
  if (!Number.isSafeInteger(index) || (partial !== undefined && width >= TILE_WIDTH)) return null;
  const spelled = kind === 'entries' ? entriesPath(index, width) : tilePath({ level, index, width });
  return spelled === path ? { kind, level, index, width } : null;
}

/** Hashes at a tile level in a tree of `size` leaves: floor(size / 256^level). */
export function hashesAtLevel(level: number, size: number): number {
  let hashes = size;
  for (let l = 0; l < level && hashes > 0; l++) hashes = Math.floor(hashes / TILE_WIDTH);
  return hashes;
}

/** Width of a tile in a tree of `size` leaves: 256, the partial width, or 0 where there is no such tile. */
export function tileWidth(level: number, index: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAtLevel(level, size) - index * TILE_WIDTH));
}

/** The partial tiles of a tree of `size`, lowest level first; a level whose width is 0 has none. */
export function partialTiles(size: number): TileCoordinates[] {
  checkTreeNumber(size, 'size');
  const tiles: TileCoordinates[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    if (hashes % TILE_WIDTH > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width: hashes % TILE_WIDTH });
  }
  return tiles;
}

/** Entry bodies with a big-endian 16-bit length before each. */
export function encodeBundle(bodies: readonly Uint8Array[]): Uint8Array {
  if (bodies.length === 0 || bodies.length > TILE_WIDTH) throw formatFault('A bundle holds 1 to 256 entries');
  let length = 0;
  for (const body of bodies) {
    if (body.length > BUNDLE_ENTRY_BYTES_MAX) throw formatFault(`An entry is longer than ${BUNDLE_ENTRY_BYTES_MAX} bytes`);
    length += 2 + body.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const body of bodies) {
    bytes[at] = body.length >> 8;
    bytes[at + 1] = body.length & 0xff;
    bytes.set(body, at + 2);
    at += 2 + body.length;
  }
  return bytes;
}

/** Bodies of a bundle that must hold exactly `count` entries and nothing else; they share the memory of `bytes`. */
export function decodeBundle(bytes: Uint8Array, count: number): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const high = bytes[at];
    const low = bytes[at + 1];
    if (high === undefined || low === undefined) throw formatFault('A bundle ends within a length');
    const end = at + 2 + high * 256 + low;
    if (end > bytes.length) throw formatFault('A bundle ends within an entry');
    if (bodies.length === count) throw formatFault(`A bundle holds more than ${count} entries`);
    bodies.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (bodies.length !== count) throw formatFault(`A bundle holds ${bodies.length} entries where ${count} are due`);
  return bodies;
}

/** Content of a tile; may be longer than asked for: a full tile stands in for a partial one and is cut. */
export type TileReader = (tile: TileCoordinates) => Uint8Array;

/** The tiles of a tree of `size` that a proof reads, each once: fetch them, then build the proof from `tileSource`. */
export function tilesOfPlan(plan: readonly ProofElement[], size: number): TileCoordinates[] {
  const tiles = new Map<string, TileCoordinates>();
  for (const node of plan.flat()) {
    const { level, index } = placeOf(node.level, node.index);
    const tile = { level, index, width: tileWidth(level, index, size) };
    tiles.set(tilePath(tile), tile);
  }
  return [...tiles.values()];
}

function placeOf(treeLevel: number, treeIndex: number): { level: number; index: number; first: number; hashes: number } {
  const hashes = 2 ** (treeLevel % 8);
  const first = treeIndex * hashes;
  return { level: Math.floor(treeLevel / 8), index: Math.floor(first / TILE_WIDTH), first: first % TILE_WIDTH, hashes };
}

/** Subtree hashes out of tiles of a tree of `size`. The width comes from the size, never from the tile's own length. */
export function tileSource(readTile: TileReader, size: number, sha256: Sha256): NodeSource {
  return ({ level: treeLevel, index: treeIndex }) => {
    const { level, index, first, hashes } = placeOf(treeLevel, treeIndex);
    const width = tileWidth(level, index, size);
    const bytes = readTile({ level, index, width });
    if (first + hashes > width || bytes.length < width * HASH_BYTES || bytes.length % HASH_BYTES !== 0) {
      throw proofFault(`The tile ${tilePath({ level, index, width })} is too short`);
    }
    return perfectRoot(bytes.subarray(first * HASH_BYTES, (first + hashes) * HASH_BYTES), sha256);
  };
}

/** Root over a power of two of hashes that lie behind each other. */
export function perfectRoot(hashes: Uint8Array, sha256: Sha256): Uint8Array {
  let level = hashes;
  while (level.length > HASH_BYTES) {
    const above = new Uint8Array(level.length / 2);
    for (let at = 0; at < above.length; at += HASH_BYTES) {
      const left = level.subarray(at * 2, at * 2 + HASH_BYTES);
      above.set(nodeHash(left, level.subarray(at * 2 + HASH_BYTES, at * 2 + 2 * HASH_BYTES), sha256), at);
    }
    level = above;
  }
  return level.slice();
}
