/** Entries sealed into the chain of their node, and packed for the one statement that stores them. */
import { type EntryDraft, hexEncode, sealEntry } from '@countersign/kernel/ledger';
import { KEY_BYTES, keyOf } from './keys.ts';
import { sha256 } from './sha256.ts';

/** Where a node's chain stands: the sequence of its next entry, and the leaf hash of its last one. */
export interface Link {
  readonly next: number;
  /** Hex; null before the first entry. */
  readonly leaf: string | null;
}

export const CHAIN_START: Link = { next: 0, leaf: null };

export interface Batch {
  readonly before: Link;
  readonly after: Link;
  readonly count: number;
  /** Array literal of the bodies' lengths. */
  readonly lengths: string;
  readonly bodies: Buffer;
  /** Per entry: leaf hash, key of its id, key of its decision or zeroes. */
  readonly fixed: Buffer;
}

/** Bytes per entry in `fixed`. */
export const FIXED_BYTES = 32 + 2 * KEY_BYTES;

/** Seals in order after `before`. @throws Fault ledger.format or json.not-canonical for a draft that is no entry */
export function sealBatch(node: string, before: Link, drafts: readonly EntryDraft[]): Batch {
  const fixed = Buffer.alloc(drafts.length * FIXED_BYTES);
  const bodies: Uint8Array[] = [];
  let lengths = '';
  let at = 0;
  let { next, leaf } = before;
  for (const draft of drafts) {
    const sealed = sealEntry(draft, { node, nodeSeq: next, nodePrev: leaf }, sha256);
    fixed.set(sealed.leaf, at);
    fixed.set(keyOf(draft.id), at + 32);
    if (draft.type === 'decision') fixed.set(keyOf(draft.decision.id), at + 32 + KEY_BYTES);
    at += FIXED_BYTES;
    bodies.push(sealed.bytes);
    lengths += `${lengths === '' ? '' : ','}${sealed.bytes.length}`;
    leaf = hexEncode(sealed.leaf);
    next += 1;
  }
  return { before, after: { next, leaf }, count: drafts.length, lengths: `{${lengths}}`, bodies: Buffer.concat(bodies), fixed };
}
