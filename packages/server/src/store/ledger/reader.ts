import {
  formatProofFile,
  inclusionPlan,
  leafHash,
  proofFrom,
  tilesOfPlan,
  utf8Decode,
  verifyInclusion,
} from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';
import type { LedgerReader, LogKey } from '../../ports/ledger.ts';
import type { Store } from '../postgres/store.ts';
import { checkpointCovering } from './covering.ts';
import { readEntries } from './edge.ts';
import { findEntry } from './find.ts';
import { sizeOf } from './head.ts';
import { sha256 } from './sha256.ts';
import { newestCheckpoint, sourceOf } from './tiles.ts';

const notCovered = (): Fault =>
  new Fault('ledger.not-found', 'No signed checkpoint covers that entry. New entries are covered within about a second.');

/** `org` is the organisation whose verifier key `verifierKey()` gives. */
export function openReader(store: Store, key: LogKey, org: string): LedgerReader {
  return {
    size: (of) => sizeOf(store, of),
    async read(of, from, limit) {
      const rows = await readEntries(store, of, from, limit);
      return rows.map(({ seq, body }) => ({ seq, body }));
    },
    find: (of, id) => findEntry(store, of, id),
    checkpoint: async (of) => (await newestCheckpoint(store, of))?.note,
    prove: (of, seq) => prove(store, of, seq),
    verifierKey: () => key.vkey(org),
  };
}

/** @throws Fault ledger.not-found */
async function prove(store: Store, org: string, seq: number): Promise<string> {
  if (!Number.isSafeInteger(seq) || seq < 0) throw notCovered();
  if (seq >= (await sizeOf(store, org))) throw notCovered();
  const checkpoint = await checkpointCovering(store, org, seq + 1);
  if (checkpoint === undefined || seq >= checkpoint.size) throw notCovered();
  const { size, root, note } = checkpoint;
  const plan = inclusionPlan(seq, size);
  const proof = proofFrom(plan, await sourceOf(store, org, tilesOfPlan(plan, size), size), sha256);
  const [row] = await readEntries(store, org, seq, 1);
  if (row === undefined) throw notCovered();
  // A proof that doesn't hold is never handed out: it would accuse the log of what a disk did.
  verifyInclusion({ index: seq, size, leaf: leafHash(row.body, sha256), proof, root }, sha256);
  return utf8Decode(formatProofFile({ index: seq, proof, checkpoint: Buffer.from(note), extra: null }));
}
