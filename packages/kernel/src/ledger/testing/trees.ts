/** Trees of up to 520 leaves, naive and as tiles, for tests over all pairs. */
import { type NodeSource, type TileCoordinates, TileEdge, tilePath, tileSource, utf8Encode } from '../index.ts';
import { NaiveTree, sha256 } from './naive.ts';

export const SIZE = 520;
export const bodies = Array.from({ length: SIZE }, (_, i) => utf8Encode(`entry ${i}`));
export const naive = new NaiveTree(bodies);

/** Every tile of every size, as a store would hold them. */
function tilesOfAllSizes(): Map<string, Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  const edge = new TileEdge(sha256);
  for (const leaf of naive.leaves) {
    for (const tile of [...edge.append(leaf), ...edge.partials()]) tiles.set(tilePath(tile), tile.bytes);
  }
  return tiles;
}

const tiles = tilesOfAllSizes();
const readTile = (tile: TileCoordinates): Uint8Array => {
  const bytes = tiles.get(tilePath(tile));
  if (bytes === undefined) throw new Error(`no tile ${tilePath(tile)}`);
  return bytes;
};

/** Perfect subtrees are the same in every size: each is read from tiles once, at the size where it is first asked for. */
const subtrees = new Map<string, Uint8Array>();
export function rememberedSource(size: number): NodeSource {
  const source = tileSource(readTile, size, sha256);
  return (node) => {
    const key = `${node.level}/${node.index}`;
    const hash = subtrees.get(key) ?? source(node);
    subtrees.set(key, hash);
    return hash;
  };
}

export function equal(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, i) => Buffer.compare(hash, b[i] ?? new Uint8Array(0)) === 0);
}

/** The proofs of all pairs are compared with the naive ones; every seventh of the larger is also verified, with LEDGER_PAIRS=all every one. */
export const isVerified = (a: number, b: number): boolean =>
  process.env['LEDGER_PAIRS'] === 'all' || b <= 130 || (a + b) % 7 === 0;
