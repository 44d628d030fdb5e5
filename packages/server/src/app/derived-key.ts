/** Keys that all nodes of an installation have without another file: derived from the signing key, one for each use. */
import { createHash } from 'node:crypto';
import type { Signer } from '../ports/signer.ts';

/**
 * 32 bytes. The label keeps this signature apart from every other use of the key; Ed25519 signs the same bytes the same way
 * (RFC 8032, 5.1.6). INVARIANT: a label never changes: what was sealed, or fingerprinted, with its key would be lost.
 */
export const derivedKey = (
  signer: Signer,
  label:
    | 'countersign approval page v1'
    | 'countersign scanner v1'
    | 'countersign tool state v1'
    | 'countersign egress ca v1'
    | 'countersign devices v1',
): Uint8Array =>
  createHash('sha256')
    .update(signer.sign(Buffer.from(label)))
    .digest();
