export { importPublicKey, rawPublicKey, signEd25519, verifyEd25519 } from './ed25519.ts';
export { verifyExport } from './export.ts';
export type { VerifyOptions } from './export.ts';
export { verifyProofDocument, verifyProofFile } from './proof.ts';
export { printProofReport, printReport } from './report.ts';
export type { Finding, LevelReport, ProofReport, TrustBasis, VerifyReport } from './report.ts';
export { sha256, sha256Hex } from './sha256.ts';
export { CHECKS, trustOf } from './trust-source.ts';
export type { TrustSource } from './trust-source.ts';
