/** Level 4: each node's entries are numbered without gaps and linked by leaf hash. Tree order may differ from the node's own order. */
import type { LedgerEntry } from '@countersign/kernel/ledger';
import type { Findings } from './report.ts';

/** Entries that may wait for an earlier one: several batches of 512 in flight. */
const WAITING_MAX = 8_192;

interface Link {
  readonly index: number;
  readonly prev: string | null;
  readonly leaf: string;
}

interface NodeState {
  next: number;
  /** Leaf hash of the last linked entry; null before the first, and where its entry was pruned. */
  leaf: string | null;
  /** First number seen after pruning; what is below it was cut off. */
  readonly start: number;
  readonly waiting: Map<number, Link>;
}

export class Chains {
  readonly #nodes = new Map<string, NodeState>();
  readonly #findings: Findings;
  /** Whether entries before the first one here were pruned. */
  readonly #pruned: boolean;

  constructor(findings: Findings, pruned: boolean) {
    this.#findings = findings;
    this.#pruned = pruned;
  }

  /** `leaf`: hash of the entry in hex. */
  add({ node, nodeSeq, nodePrev }: LedgerEntry, index: number, leaf: string): void {
    let state = this.#nodes.get(node);
    if (state === undefined) {
      const start = this.#pruned ? nodeSeq : 0;
      state = { next: start, leaf: null, start, waiting: new Map() };
      this.#nodes.set(node, state);
    }
    const link = { index, prev: nodePrev, leaf };
    if (nodeSeq < state.start) return this.#findings.count(4, 'before pruning');
    if (nodeSeq < state.next || state.waiting.has(nodeSeq)) {
      return this.#findings.add(4, `node ${node} has number ${nodeSeq} twice`, { index });
    }
    if (nodeSeq === state.next) this.#link(node, state, link);
    else state.waiting.set(nodeSeq, link);
    if (state.waiting.size > 0) this.#advance(node, state);
    if (state.waiting.size > WAITING_MAX) this.#skipGap(node, state);
  }

  #advance(node: string, state: NodeState): void {
    for (let link = state.waiting.get(state.next); link !== undefined; link = state.waiting.get(state.next)) {
      state.waiting.delete(state.next);
      this.#link(node, state, link);
    }
  }

  #link(node: string, state: NodeState, { index, prev, leaf }: Link): void {
    const cut = state.leaf === null && state.next === state.start && state.start > 0;
    if (!cut && prev !== state.leaf) {
      this.#findings.add(4, `node ${node} is not linked to its entry before number ${state.next}`, { index });
    }
    this.#findings.count(4, 'links');
    state.leaf = leaf;
    state.next++;
  }

  #skipGap(node: string, state: NodeState): void {
    const next = Math.min(...state.waiting.keys());
    this.#findings.add(4, `node ${node} has no entries with the numbers ${state.next} to ${next - 1}`);
    state.next = next;
    state.leaf = state.waiting.get(next)?.prev ?? null;
    this.#advance(node, state);
  }

  /** After the last entry. A node sends its next batch when the one before is committed, so nothing may still be missing under a checkpoint. */
  finish(): void {
    this.#findings.count(4, 'nodes', this.#nodes.size);
    for (const [node, state] of this.#nodes) while (state.waiting.size > 0) this.#skipGap(node, state);
  }
}
