import { describe, expect, test } from 'vitest';
import {
  type ConsistencyClaim,
  type InclusionClaim,
  RightEdge,
  tileSource,
  TileEdge,
  verifyConsistency,
  verifyInclusion,
} from './index.ts';
import { NaiveTree, sha256 } from './testing/naive.ts';

const tree = new NaiveTree(Array.from({ length: 8 }, (_, i) => Uint8Array.of(i)));
const short = new Uint8Array(31);
const none = new Uint8Array(0);
const other = sha256(Uint8Array.of(99));
const leaf = (index: number): Uint8Array => tree.leaves[index] ?? none;
const proofFault = expect.objectContaining({ name: 'Fault', code: 'ledger.proof' });

const included: InclusionClaim = { index: 2, size: 7, leaf: leaf(2), proof: tree.path(2, 0, 7), root: tree.root(0, 7) };
const consistent: ConsistencyClaim = {
  size1: 3,
  root1: tree.root(0, 3),
  size2: 7,
  root2: tree.root(0, 7),
  proof: tree.proof(3, 7),
};

describe('an inclusion proof', () => {
  test('holds as it is, and in a tree of one leaf without any hash', () => {
    verifyInclusion(included, sha256);
    verifyInclusion({ index: 0, size: 1, leaf: leaf(0), proof: [], root: leaf(0) }, sha256);
  });

  const wrong: readonly (readonly [string, InclusionClaim])[] = [
    ['a short leaf', { ...included, leaf: short }],
    ['a short root', { ...included, root: short }],
    ['a short element', { ...included, proof: [short, ...included.proof.slice(1)] }],
    ['leaf and root both empty and equal', { index: 0, size: 1, leaf: none, proof: [], root: none }],
    ['an empty tree', { ...included, index: 0, size: 0 }],
    ['index at the size', { ...included, index: 7 }],
    ['a negative index', { ...included, index: -1 }],
    ['a fractional index', { ...included, index: 0.5 }],
    ['a size beyond the numbers', { ...included, size: 2 ** 53 }],
    ['a hash too few at the end', { ...included, proof: included.proof.slice(0, -1) }],
    ['a hash too few at the start', { ...included, proof: included.proof.slice(1) }],
    ['a hash too many at the end', { ...included, proof: [...included.proof, other] }],
    ['a hash too many at the start', { ...included, proof: [other, ...included.proof] }],
    ['no hash where some are due', { ...included, proof: [] }],
    ['a hash in a tree of one', { index: 0, size: 1, leaf: leaf(0), proof: [other], root: leaf(0) }],
    ['another leaf', { ...included, leaf: leaf(3) }],
    ['another root', { ...included, root: tree.root(0, 6) }],
    ['another index', { ...included, index: 3 }],
    ['another size', { ...included, size: 9 }],
    ['swapped hashes', { ...included, proof: [...included.proof].reverse() }],
  ];
  test.each(wrong)('is refused with %s', (_, claim) => {
    expect(() => verifyInclusion(claim, sha256)).toThrow(proofFault);
  });
});

describe('a consistency proof', () => {
  test('holds as it is, and for a tree with itself without any hash', () => {
    verifyConsistency(consistent, sha256);
    verifyConsistency({ size1: 7, root1: tree.root(0, 7), size2: 7, root2: tree.root(0, 7), proof: [] }, sha256);
    verifyConsistency({ size1: 4, root1: tree.root(0, 4), size2: 7, root2: tree.root(0, 7), proof: tree.proof(4, 7) }, sha256);
  });

  const empty = tree.root(0, 0);
  const wrong: readonly (readonly [string, ConsistencyClaim])[] = [
    ['an empty older tree', { ...consistent, size1: 0, root1: empty, proof: [] }],
    ['an empty older tree and proof hashes', { ...consistent, size1: 0, root1: empty }],
    ['two empty trees', { size1: 0, root1: empty, size2: 0, root2: empty, proof: [] }],
    ['an older tree that is larger', { ...consistent, size1: 8, root1: tree.root(0, 8) }],
    ['equal sizes and a hash', { size1: 7, root1: tree.root(0, 7), size2: 7, root2: tree.root(0, 7), proof: [other] }],
    ['equal sizes and other roots', { size1: 7, root1: other, size2: 7, root2: tree.root(0, 7), proof: [] }],
    ['equal sizes and empty roots', { size1: 7, root1: none, size2: 7, root2: none, proof: [] }],
    ['an empty proof', { ...consistent, proof: [] }],
    [
      'an empty proof where the older tree is perfect',
      { size1: 4, root1: tree.root(0, 4), size2: 7, root2: tree.root(0, 4), proof: [] },
    ],
    ['a short root', { ...consistent, root1: short }],
    ['a short element', { ...consistent, proof: [short, ...consistent.proof.slice(1)] }],
    ['a hash too few', { ...consistent, proof: consistent.proof.slice(0, -1) }],
    ['a hash too many at the end', { ...consistent, proof: [...consistent.proof, other] }],
    ['a hash too many at the start', { ...consistent, proof: [other, ...consistent.proof] }],
    ['another older root', { ...consistent, root1: other }],
    ['another newer root', { ...consistent, root2: other }],
    ['another older size', { ...consistent, size1: 2 }],
    ['another newer size', { ...consistent, size2: 9 }],
  ];
  test.each(wrong)('is refused with %s', (_, claim) => {
    expect(() => verifyConsistency(claim, sha256)).toThrow(proofFault);
  });
});

describe('state that comes from outside', () => {
  test('a right edge that does not fit its size is refused', () => {
    expect(() => new RightEdge(sha256, 3, [leaf(0)])).toThrow(proofFault);
    expect(() => new RightEdge(sha256, 1, [short])).toThrow(proofFault);
    expect(() => new RightEdge(sha256).append(short)).toThrow(proofFault);
  });

  test('partial tiles that do not fit the size are refused', () => {
    const edge = new TileEdge(sha256);
    for (const each of tree.leaves) edge.append(each);
    const [tile] = edge.partials();
    if (tile === undefined) throw new Error('a tree of eight has a partial tile');
    expect(() => new TileEdge(sha256, 8, [])).toThrow(proofFault);
    expect(() => new TileEdge(sha256, 9, [tile])).toThrow(proofFault);
    expect(() => new TileEdge(sha256, 8, [{ ...tile, bytes: tile.bytes.slice(1) }])).toThrow(proofFault);
  });

  test('a longer tile stands in for a partial one, a shorter one is refused', () => {
    const bytes = Buffer.concat([...tree.leaves]);
    expect(tileSource(() => bytes, 3, sha256)({ level: 1, index: 0 })).toEqual(new Uint8Array(tree.root(0, 2)));
    expect(() => tileSource(() => bytes, 3, sha256)({ level: 2, index: 0 })).toThrow(proofFault);
    expect(() => tileSource(() => bytes.subarray(0, 64), 3, sha256)({ level: 0, index: 0 })).toThrow(proofFault);
    expect(() => tileSource(() => bytes.subarray(1), 3, sha256)({ level: 0, index: 0 })).toThrow(proofFault);
  });
});
