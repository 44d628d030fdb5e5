/**
 * Verification of inclusion and consistency proofs: RFC 9162, sections 2.1.3.2 and 2.1.4.2, tightened. Every violation is a
 * `ledger.proof` fault, never a false that a caller could overlook. A proof of inclusion says that an entry is in *a* tree; only a
 * witnessed or kept checkpoint makes it *the* tree.
 */
import { checkTreeNumber, HASH_BYTES, proofFault, type Sha256, sameBytes } from './hash.ts';
import { nodeHash } from './tree.ts';

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  /** The leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface ConsistencyClaim {
  readonly size1: number;
  readonly root1: Uint8Array;
  readonly size2: number;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

const half = (value: number): number => Math.floor(value / 2);

function checkHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw proofFault('A hash is not 32 bytes long');
}

/** A place on the way to the root: position of a subtree on its level, and that of the level's last one. */
interface Place {
  readonly position: number;
  readonly last: number;
}

const up = ({ position, last }: Place): Place => ({ position: half(position), last: half(last) });
/** Whether the proof's next hash stands to the left. */
const joinsLeft = ({ position, last }: Place): boolean => position % 2 === 1 || position === last;

/** The place after a hash was joined; a right edge without sibling climbs until it has one. */
function afterJoin(place: Place): Place {
  let next = place;
  if (joinsLeft(place)) while (next.position % 2 === 0 && next.position !== 0) next = up(next);
  return up(next);
}

/** Returns only if the leaf is at `index` in the tree of `size` leaves with `root`. */
export function verifyInclusion(claim: InclusionClaim, sha256: Sha256): void {
  const { index, size, leaf, proof, root } = claim;
  checkTreeNumber(size, 'size');
  checkTreeNumber(index, 'index');
  checkHashes([leaf, root, ...proof]);
  if (index >= size) throw proofFault('The index is not below the tree size');
  let place: Place = { position: index, last: size - 1 };
  let hash = leaf;
  for (const element of proof) {
    if (place.last === 0) throw proofFault('The inclusion proof is too long');
    hash = joinsLeft(place) ? nodeHash(element, hash, sha256) : nodeHash(hash, element, sha256);
    place = afterJoin(place);
  }
  if (place.last !== 0) throw proofFault('The inclusion proof is too short');
  if (!sameBytes(hash, root)) throw proofFault('The inclusion proof leads to another root');
}

/** Returns only if the tree of `size1` is a prefix of the tree of `size2`. Size 0 is an error: the caller decides that case before. */
export function verifyConsistency(claim: ConsistencyClaim, sha256: Sha256): void {
  const { size1, root1, size2, root2, proof } = claim;
  checkTreeNumber(size1, 'size1');
  checkTreeNumber(size2, 'size2');
  checkHashes([root1, root2, ...proof]);
  if (size1 === 0) throw proofFault('Nothing is proven about an empty tree');
  if (size1 > size2) throw proofFault('The older tree is larger than the newer one');
  if (size1 === size2) {
    if (proof.length > 0) throw proofFault('Trees of the same size need no proof');
    if (!sameBytes(root1, root2)) throw proofFault('Two trees of the same size have different roots');
    return;
  }
  climbBoth(claim, sha256);
}

function climbBoth({ size1, root1, size2, root2, proof }: ConsistencyClaim, sha256: Sha256): void {
  let place: Place = { position: size1 - 1, last: size2 - 1 };
  while (place.position % 2 === 1) place = up(place);
  // An older tree that is one perfect subtree is its own first element.
  const [first, ...rest] = place.position === 0 ? [root1, ...proof] : proof;
  if (first === undefined || proof.length === 0) throw proofFault('The consistency proof is empty');
  let older = first;
  let newer = first;
  for (const element of rest) {
    if (place.last === 0) throw proofFault('The consistency proof is too long');
    const left = joinsLeft(place);
    if (left) older = nodeHash(element, older, sha256);
    newer = left ? nodeHash(element, newer, sha256) : nodeHash(newer, element, sha256);
    place = afterJoin(place);
  }
  if (place.last !== 0) throw proofFault('The consistency proof is too short');
  if (!sameBytes(older, root1)) throw proofFault('The consistency proof leads to another older root');
  if (!sameBytes(newer, root2)) throw proofFault('The consistency proof leads to another newer root');
}
