/** Entries sealed into the chain of their node, and packed for the one statement that stores them. */
import { hash } from 'node:crypto';
import { type EntryDraft, entryText } from '@countersign/kernel/ledger';
import { KEY_BYTES, writeKey } from './keys.ts';

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

const LEAF_BYTES = 32;
/** Bytes per entry in `fixed`. */
export const FIXED_BYTES = LEAF_BYTES + 2 * KEY_BYTES;
/** First guess; real entries have some 900 bytes. */
const ENTRY_BYTES_GUESS = 1_200;

/** One buffer for all bodies of a batch. A body is hashed where it lies, with the leaf's zero byte before it for the moment. */
class Bodies {
  #bytes: Buffer;
  #at = 0;

  constructor(count: number) {
    this.#bytes = Buffer.allocUnsafe(count * ENTRY_BYTES_GUESS + 1);
  }

  /** @returns leaf hash of the body, H(0x00 || body), in hex */
  add(text: string): string {
    const from = this.#at;
    this.#reserve(text.length + 1);
    const kept = this.#bytes[from] ?? 0;
    this.#bytes[from] = 0;
    this.#bytes.write(text, from + 1, 'latin1');
    const leaf = hash('sha256', this.#bytes.subarray(from, from + 1 + text.length), 'hex');
    // The next body begins where this one ends, so its zero byte takes the place of this one's last byte until it is put back.
    this.#bytes[from] = kept;
    this.#at = from + text.length;
    return leaf;
  }

  /** Without the byte before the first body. */
  joined(): Buffer {
    return this.#bytes.subarray(1, this.#at + 1);
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at + 1);
    this.#bytes = larger;
  }
}

/**
 * Seals in order after `before`; the bytes are those of the kernel's `sealEntry`.
 * @throws Fault ledger.format or json.not-canonical for a draft that is no entry
 */
export function sealBatch(node: string, before: Link, drafts: readonly EntryDraft[]): Batch {
  const fixed = Buffer.alloc(drafts.length * FIXED_BYTES);
  const bodies = new Bodies(drafts.length);
  let lengths = '';
  let at = 0;
  let { next, leaf } = before;
  for (const draft of drafts) {
    const text = entryText(draft, { node, nodeSeq: next, nodePrev: leaf });
    leaf = bodies.add(text);
    fixed.write(leaf, at, 'hex');
    writeKey(draft.id, fixed, at + LEAF_BYTES);
    if (draft.type === 'decision') writeKey(draft.decision.id, fixed, at + LEAF_BYTES + KEY_BYTES);
    lengths += lengths === '' ? `${text.length}` : `,${text.length}`;
    at += FIXED_BYTES;
    next += 1;
  }
  return { before, after: { next, leaf }, count: drafts.length, lengths: `{${lengths}}`, bodies: bodies.joined(), fixed };
}
