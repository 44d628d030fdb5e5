/** Which subtrees a proof needs (RFC 6962, sections 2.1.1 and 2.1.2), and the proof from any source of subtree hashes. */
import { checkTreeNumber, proofFault, type Sha256 } from './hash.ts';
import { foldRight, splitPoint } from './tree.ts';

/** A perfect subtree: 2^level leaves, the first of them at index * 2^level. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** Hash of a perfect subtree; must fault where it doesn't have it. */
export type NodeSource = (node: TreeNode) => Uint8Array;

/** One proof element: the perfect subtrees, largest first, whose fold is the hash. */
export type ProofElement = readonly TreeNode[];

/** INVARIANT: `start` is where RFC 6962 lets a subtree of this size begin, so every piece is aligned. */
function perfectNodes(start: number, end: number): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = start; at < end; ) {
    let level = 0;
    let width = 1;
    while (width * 2 <= end - at) {
      width *= 2;
      level++;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** Elements of the inclusion proof, the leaf's sibling first. */
export function inclusionPlan(index: number, size: number): readonly ProofElement[] {
  checkTreeNumber(size, 'size');
  checkTreeNumber(index, 'index');
  if (index >= size) throw proofFault('The index is not below the tree size');
  const elements: ProofElement[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      elements.push(perfectNodes(middle, end));
      end = middle;
    } else {
      elements.push(perfectNodes(start, middle));
      start = middle;
    }
  }
  return elements.reverse();
}

/** Elements of the consistency proof between two sizes; nothing can be proven about an empty tree. */
export function consistencyPlan(size1: number, size2: number): readonly ProofElement[] {
  checkTreeNumber(size1, 'size1');
  checkTreeNumber(size2, 'size2');
  if (size1 === 0) throw proofFault('Nothing is proven about an empty tree');
  if (size1 > size2) throw proofFault('The older tree is larger than the newer one');
  const elements: ProofElement[] = [];
  let start = 0;
  let end = size2;
  while (size1 !== end) {
    const middle = start + splitPoint(end - start);
    if (size1 <= middle) {
      elements.push(perfectNodes(middle, end));
      end = middle;
    } else {
      elements.push(perfectNodes(start, middle));
      start = middle;
    }
  }
  // The verifier knows the older root; it needs this subtree only where that root isn't it.
  if (start !== 0) elements.push(perfectNodes(start, end));
  return elements.reverse();
}

/** The proof's hashes, read from subtree hashes such as those of `tileSource`. */
export function proofFrom(plan: readonly ProofElement[], source: NodeSource, sha256: Sha256): Uint8Array[] {
  return plan.map((nodes) => foldRight(nodes.map(source), sha256));
}
