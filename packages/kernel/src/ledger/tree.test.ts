import { describe, expect, test } from 'vitest';
import {
  consistencyPlan,
  hexEncode,
  inclusionPlan,
  leafHash,
  nodeHash,
  proofFrom,
  RightEdge,
  rootOf,
  TileEdge,
  tilePath,
  tilesOfPlan,
  utf8Encode,
  verifyConsistency,
  verifyInclusion,
} from './index.ts';
import { sha256 } from './testing/naive.ts';
import { bodies, equal, isVerified, naive, rememberedSource, SIZE } from './testing/trees.ts';

test(`roots of all sizes 0..${SIZE} are those of RFC 6962, by right edge and by tiles, also when resumed`, () => {
  const edge = new RightEdge(sha256);
  let tileEdge = new TileEdge(sha256);
  for (let size = 0; size <= SIZE; size++) {
    const expected = hexEncode(naive.root(0, size));
    expect(hexEncode(edge.root())).toBe(expected);
    expect(hexEncode(tileEdge.root())).toBe(expected);
    expect(hexEncode(new RightEdge(sha256, size, edge.hashes).root())).toBe(expected);
    tileEdge = new TileEdge(sha256, size, tileEdge.partials());
    const leaf = naive.leaves[size];
    if (leaf === undefined) continue;
    expect(hexEncode(leafHash(bodies[size] ?? new Uint8Array(0), sha256))).toBe(hexEncode(leaf));
    edge.append(leaf);
    tileEdge.append(leaf);
  }
  expect(hexEncode(rootOf(naive.leaves, sha256))).toBe(hexEncode(naive.root(0, SIZE)));
});

test(`inclusion proofs of all pairs up to ${SIZE} are those of RFC 6962, and verify from tiles alone`, () => {
  const other: string[] = [];
  for (let size = 1; size <= SIZE; size++) {
    const source = rememberedSource(size);
    const root = naive.root(0, size);
    for (let index = 0; index < size; index++) {
      const proof = proofFrom(inclusionPlan(index, size), source, sha256);
      if (!equal(proof, naive.path(index, 0, size))) other.push(`${index} in ${size}`);
      if (isVerified(index, size)) verifyInclusion({ index, size, leaf: naive.leaves[index] ?? root, proof, root }, sha256);
    }
  }
  expect(other).toEqual([]);
});

test('a plan names each tile it reads once, with the width of the size', () => {
  expect(tilesOfPlan(inclusionPlan(5, 520), 520).map(tilePath).sort()).toEqual([
    'tile/0/000',
    'tile/0/002.p/8',
    'tile/1/000.p/2',
  ]);
});

describe('proofs about trees that nobody could build', () => {
  const sizes = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, 2 ** 52 + 12345, 2 ** 53 - 1];
  /** All leaves alike, so a perfect subtree's hash depends on its height only; one leaf may differ. */
  const plain = [sha256(utf8Encode('leaf'))];
  for (let level = 1; level <= 53; level++) {
    const below = plain[level - 1] ?? new Uint8Array(0);
    plain.push(nodeHash(below, below, sha256));
  }
  const ofLevel = ({ level }: { level: number }): Uint8Array => plain[level] ?? new Uint8Array(0);
  const rootOfSize = (size: number): Uint8Array => {
    const hashes: Uint8Array[] = [];
    for (let level = 53, rest = size; level >= 0; level--) {
      if (rest < 2 ** level) continue;
      rest -= 2 ** level;
      hashes.push(ofLevel({ level }));
    }
    return new RightEdge(sha256, size, hashes).root();
  };

  test.each(sizes)('inclusion at both ends and in the middle of %d', (size) => {
    for (const index of [0, 1, Math.floor(size / 2), 2 ** 31 - 1, size - 2, size - 1].filter((i) => i < size)) {
      const claim = {
        index,
        size,
        leaf: ofLevel({ level: 0 }),
        proof: proofFrom(inclusionPlan(index, size), ofLevel, sha256),
        root: rootOfSize(size),
      };
      verifyInclusion(claim, sha256);
      expect(() => verifyInclusion({ ...claim, leaf: ofLevel({ level: 1 }) }, sha256)).toThrow('another root');
      expect(() => verifyInclusion({ ...claim, proof: claim.proof.slice(1) }, sha256)).toThrow();
      expect(() => verifyInclusion({ ...claim, proof: [...claim.proof, ofLevel({ level: 0 })] }, sha256)).toThrow('too long');
    }
  });

  test.each(sizes)('consistency of older sizes with %d', (size2) => {
    for (const size1 of [1, 2, 3, 2 ** 20, 2 ** 31 - 1, 2 ** 31, size2 - 1].filter((size) => size < size2)) {
      const proof = proofFrom(consistencyPlan(size1, size2), ofLevel, sha256);
      const claim = { size1, root1: rootOfSize(size1), size2, root2: rootOfSize(size2), proof };
      verifyConsistency(claim, sha256);
      expect(() => verifyConsistency({ ...claim, root1: ofLevel({ level: 9 }) }, sha256)).toThrow();
      expect(() => verifyConsistency({ ...claim, root2: ofLevel({ level: 9 }) }, sha256)).toThrow('newer root');
    }
  });

  test('a tree beyond 2^53 - 1 is refused', () => {
    expect(() => inclusionPlan(0, 2 ** 53)).toThrow('2^53 - 1');
    const ones = Array.from({ length: 53 }, () => ofLevel({ level: 0 }));
    expect(() => new RightEdge(sha256, 2 ** 53 - 1, ones).append(ofLevel({ level: 0 }))).toThrow('2^53 - 1');
  });
});
