import { expect, test } from 'vitest';
import { consistencyPlan, proofFrom, verifyConsistency } from './index.ts';
import { sha256 } from './testing/naive.ts';
import { equal, isVerified, naive, rememberedSource, SIZE } from './testing/trees.ts';

test(`consistency proofs of all pairs up to ${SIZE} are those of RFC 6962, and verify from tiles alone`, () => {
  const other: string[] = [];
  for (let size2 = 1; size2 <= SIZE; size2++) {
    const source = rememberedSource(size2);
    const root2 = naive.root(0, size2);
    for (let size1 = 1; size1 <= size2; size1++) {
      const proof = proofFrom(consistencyPlan(size1, size2), source, sha256);
      if (!equal(proof, naive.proof(size1, size2))) other.push(`${size1} to ${size2}`);
      if (isVerified(size1, size2)) verifyConsistency({ size1, root1: naive.root(0, size1), size2, root2, proof }, sha256);
    }
  }
  expect(other).toEqual([]);
});
