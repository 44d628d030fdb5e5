/** The Merkle tree of RFC 6962 over SHA-256. Numbers go up to 2^53 - 1, so halving is division: bit operators have 32 bits. */
import { checkTreeNumber, HASH_BYTES, proofFault, type Sha256 } from './hash.ts';

/** Hash of a leaf: H(0x00 || body). */
export function leafHash(body: Uint8Array, sha256: Sha256): Uint8Array {
  const input = new Uint8Array(body.length + 1);
  input.set(body, 1);
  return sha256(input);
}

/** Of every inner node in turn: a hash function keeps no reference to its input. */
const NODE_INPUT = new Uint8Array(2 * HASH_BYTES + 1);
NODE_INPUT[0] = 1;

/** Hash of an inner node: H(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) throw proofFault('A hash is not 32 bytes long');
  NODE_INPUT.set(left, 1);
  NODE_INPUT.set(right, 1 + HASH_BYTES);
  return sha256(NODE_INPUT);
}

/** Root of the empty tree: H(""). */
export const emptyRoot = (sha256: Sha256): Uint8Array => sha256(new Uint8Array(0));

/** Largest power of two below `size`, for sizes above 1: where RFC 6962 splits a tree. */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * The right edge of a growing tree: the roots of its perfect subtrees, largest first. All that is needed to append and to know the
 * root; at most 53 hashes.
 */
export class RightEdge {
  readonly #sha256: Sha256;
  readonly #hashes: Uint8Array[];
  #size: number;

  /** INVARIANT: one hash per one-bit of `size`, in the order of the bits from high to low. */
  constructor(sha256: Sha256, size = 0, hashes: readonly Uint8Array[] = []) {
    checkTreeNumber(size, 'size');
    if (hashes.length !== oneBits(size) || hashes.some((hash) => hash.length !== HASH_BYTES)) {
      throw proofFault('The right edge does not fit the tree size');
    }
    this.#sha256 = sha256;
    this.#size = size;
    this.#hashes = [...hashes];
  }

  get size(): number {
    return this.#size;
  }

  /** A copy: later appends don't change it. */
  get hashes(): readonly Uint8Array[] {
    return [...this.#hashes];
  }

  append(leaf: Uint8Array): void {
    if (leaf.length !== HASH_BYTES) throw proofFault('A leaf hash is not 32 bytes long');
    checkTreeNumber(this.#size + 1, 'size');
    let hash = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = this.#hashes.pop();
      if (left === undefined) throw proofFault('The right edge does not fit the tree size');
      hash = nodeHash(left, hash, this.#sha256);
    }
    this.#hashes.push(hash);
    this.#size++;
  }

  root(): Uint8Array {
    return foldRight(this.#hashes, this.#sha256);
  }
}

/** Root over perfect subtrees that follow each other, largest first; no subtree gives the empty tree's root. */
export function foldRight(hashes: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  let root = hashes.at(-1);
  if (root === undefined) return emptyRoot(sha256);
  for (let i = hashes.length - 2; i >= 0; i--) root = nodeHash(hashes[i] ?? new Uint8Array(0), root, sha256);
  return root;
}

function oneBits(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** Root of a whole list of leaf hashes. */
export function rootOf(leaves: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  const edge = new RightEdge(sha256);
  for (const leaf of leaves) edge.append(leaf);
  return edge.root();
}
