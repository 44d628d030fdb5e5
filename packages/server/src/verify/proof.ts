/** Offline verification of one entry with its proof file: is it in the log that the checkpoint speaks of? */
import { asFault } from '@countersign/kernel/fault';
import {
  type LedgerEntry,
  leafHash,
  openCheckpoint,
  parseEntry,
  parseProofFile,
  verifyInclusion,
} from '@countersign/kernel/ledger';
import type { TrustBasis } from './report.ts';
import { sha256 } from './sha256.ts';
import { type TrustSource, trustOf } from './trust-source.ts';

/** An entry is in *the* log only as far as the checkpoint is witnessed; `basis` says which it was. */
export type ProofReport =
  | {
      readonly ok: true;
      readonly origin: string;
      readonly index: number;
      readonly size: number;
      readonly entry: LedgerEntry;
      readonly basis: readonly TrustBasis[];
    }
  | { readonly ok: false; readonly text: string };

/** `proofFile`: bytes of a `.tlog-proof`; `body`: the entry's exact bytes. Faults only for a key or policy that can't be used. */
export function verifyProofFile(proofFile: Uint8Array, body: Uint8Array, source: TrustSource): ProofReport {
  const trust = trustOf(source);
  try {
    const { index, proof, checkpoint } = parseProofFile(proofFile);
    const { origin, size, root } = openCheckpoint(checkpoint, trust);
    const entry = parseEntry(body);
    verifyInclusion({ index, size, leaf: leafHash(body, sha256), proof, root }, sha256);
    const basis: TrustBasis[] = trust.policy.quorum.kind === 'none' ? ['log-key'] : ['log-key', 'witnesses'];
    return { ok: true, origin, index, size, entry, basis };
  } catch (thrown) {
    return { ok: false, text: asFault(thrown).publicText };
  }
}
