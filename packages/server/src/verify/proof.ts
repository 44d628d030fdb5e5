/** Offline verification of one entry with its proof file: is it in the log that the checkpoint speaks of? */
import { asFault } from '@countersign/kernel/fault';
import { isRecord } from '@countersign/kernel/json';
import {
  base64Decode,
  formatVkey,
  leafHash,
  openCheckpoint,
  parseEntry,
  parseProofFile,
  utf8Decode,
  utf8Encode,
  verifyInclusion,
} from '@countersign/kernel/ledger';
import type { ProofReport, TrustBasis } from './report.ts';
import { sha256 } from './sha256.ts';
import { type TrustSource, trustOf } from './trust-source.ts';

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

const DOCUMENT_MEMBERS = 'body,proof,seq,verifierKey';
const NO_DOCUMENT: ProofReport = {
  ok: false,
  text: 'This is neither a proof file nor what `countersign ledger prove --json` prints',
};

/**
 * `document`: what `ledger prove --json` prints, with proof, body, index and key. What it says beside the proof is held against it: whoever
 * reads the document believes all of it. Faults as `verifyProofFile`.
 */
export function verifyProofDocument(document: Uint8Array, source: TrustSource): ProofReport {
  const trusted = trustOf(source).policy.logs.map(({ key }) => formatVkey(key));
  let parsed: unknown;
  try {
    parsed = JSON.parse(utf8Decode(document));
  } catch {
    return NO_DOCUMENT;
  }
  if (!isRecord(parsed) || Object.keys(parsed).sort().join(',') !== DOCUMENT_MEMBERS) return NO_DOCUMENT;
  const { proof, body, seq, verifierKey } = parsed;
  if (typeof proof !== 'string' || typeof body !== 'string') return NO_DOCUMENT;
  if (!trusted.some((key) => key === verifierKey))
    return { ok: false, text: 'The document names another verifier key than the one that is trusted' };
  try {
    const report = verifyProofFile(utf8Encode(proof), base64Decode(body), source);
    return report.ok && report.index !== seq ? { ok: false, text: 'The document names another index than its proof' } : report;
  } catch (thrown) {
    return { ok: false, text: asFault(thrown).publicText };
  }
}
