/** A growing tree as tiles: at most 255 hashes a level are held, full tiles leave as they fill. Same leaves give the same tiles. */
import { checkTreeNumber, concatBytes, HASH_BYTES, proofFault, type Sha256 } from './hash.ts';
import { partialTiles, perfectRoot, TILE_WIDTH, type TileCoordinates } from './tile.ts';
import { foldRight } from './tree.ts';

export interface Tile extends TileCoordinates {
  readonly bytes: Uint8Array;
}

export class TileEdge {
  readonly #sha256: Sha256;
  /** Per level the hashes of the unfinished tile. */
  readonly #levels: Uint8Array[] = [];
  #size: number;

  /** Continues a tree: `partials` are the partial tiles of exactly `size`, in any order. Faults where they don't fit. */
  constructor(sha256: Sha256, size = 0, partials: readonly Tile[] = []) {
    const due = partialTiles(size);
    if (due.length !== partials.length) throw proofFault('The partial tiles do not fit the tree size');
    for (const { level, index, width } of due) {
      const tile = partials.find((each) => each.level === level && each.index === index && each.width === width);
      if (tile?.bytes.length !== width * HASH_BYTES) throw proofFault('The partial tiles do not fit the tree size');
      this.#level(level).set(tile.bytes);
    }
    this.#sha256 = sha256;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf hash; returns the tiles that it filled, lowest level first. */
  append(leaf: Uint8Array): Tile[] {
    if (leaf.length !== HASH_BYTES) throw proofFault('A leaf hash is not 32 bytes long');
    checkTreeNumber(this.#size + 1, 'size');
    const filled: Tile[] = [];
    let hash = leaf;
    let position = this.#size;
    for (let level = 0; ; level++) {
      const bytes = this.#level(level);
      const slot = position % TILE_WIDTH;
      bytes.set(hash, slot * HASH_BYTES);
      if (slot < TILE_WIDTH - 1) break;
      position = Math.floor(position / TILE_WIDTH);
      filled.push({ level, index: position, width: TILE_WIDTH, bytes: bytes.slice() });
      hash = perfectRoot(bytes, this.#sha256);
    }
    this.#size++;
    return filled;
  }

  /** The partial tiles of the present size: with these, a later process continues. */
  partials(): Tile[] {
    return partialTiles(this.#size).map((tile) => ({
      ...tile,
      bytes: this.#level(tile.level).slice(0, tile.width * HASH_BYTES),
    }));
  }

  root(): Uint8Array {
    const subtrees: Uint8Array[] = [];
    for (const { bytes } of this.partials().reverse()) {
      for (let at = 0; at < bytes.length; ) {
        let length = HASH_BYTES;
        while (length * 2 <= bytes.length - at) length *= 2;
        subtrees.push(perfectRoot(bytes.subarray(at, at + length), this.#sha256));
        at += length;
      }
    }
    return foldRight(subtrees, this.#sha256);
  }

  #level(level: number): Uint8Array {
    while (this.#levels.length <= level) this.#levels.push(new Uint8Array(TILE_WIDTH * HASH_BYTES));
    return this.#levels[level] ?? concatBytes([]);
  }
}
