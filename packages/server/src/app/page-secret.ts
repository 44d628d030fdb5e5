/** The secret that signs the approval page's sessions: derived from the signing key, so that all nodes of an installation have the same one. */
import { createHash } from 'node:crypto';
import type { Signer } from '../ports/signer.ts';

/** The label keeps this signature apart from every other use of the key; Ed25519 signs the same bytes the same way (RFC 8032, 5.1.6). */
export const pageSecret = (signer: Signer): Uint8Array =>
  createHash('sha256')
    .update(signer.sign(Buffer.from('countersign approval page v1')))
    .digest();
