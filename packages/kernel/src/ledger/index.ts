export { base64Decode, base64Encode, hexDecode, hexEncode } from './base64.ts';
export { canonicalize, JSON_DEPTH_MAX, parseCanonical } from './canonical.ts';
export { checkEmptyRoot, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
export type { Checkpoint, ParsedCheckpoint } from './checkpoint.ts';
export { checkSignature, cosign, cosignatureMessage, mlDsaCosignatureMessage } from './cosignature.ts';
export type { SignatureChecks, SignMessage } from './cosignature.ts';
export { checkEntry, ENTRY_BYTES_MAX, entryText, isEntryType, ledgerId, parseEntry, sealEntry } from './entry.ts';
export type { NodeLink, SealedEntry } from './entry.ts';
export type { CostPart, DecisionPart, OutcomePart, PayloadRef, ReservationPart } from './entry-parts.ts';
export type { EntryDraft, EntryType, LedgerEntry } from './entry-types.ts';
export { concatBytes, HASH_BYTES, sameBytes, TREE_SIZE_MAX } from './hash.ts';
export type { Sha256 } from './hash.ts';
export { formatManifest } from './manifest.ts';
export type { ExportFacts } from './manifest.ts';
export { formatNote, formatSignature, NOTE_BYTES_MAX, openNote, parseNote } from './note.ts';
export type { NoteSignature, OpenedNote, SignedNote, VerifiedSignature } from './note.ts';
export { BLIND_BYTES, payloadDigest } from './payload.ts';
export { parsePolicy, policyOfLog, quorumMet } from './policy.ts';
export type { PolicyKey, Quorum, TrustPolicy } from './policy.ts';
export { verifyConsistency, verifyInclusion } from './proof.ts';
export type { ConsistencyClaim, InclusionClaim } from './proof.ts';
export { formatProofFile, PROOF_HEADER, parseProofFile } from './proof-file.ts';
export type { ProofFile } from './proof-file.ts';
export { consistencyPlan, inclusionPlan, proofFrom } from './proof-plan.ts';
export type { NodeSource, ProofElement, TreeNode } from './proof-plan.ts';
export {
  decodeBundle,
  encodeBundle,
  entriesPath,
  hashesAtLevel,
  parseTilePath,
  partialTiles,
  TILE_WIDTH,
  tilePath,
  tileSource,
  tilesOfPlan,
  tileWidth,
} from './tile.ts';
export type { TileCoordinates, TilePath, TileReader } from './tile.ts';
export { TileEdge } from './tile-edge.ts';
export type { Tile } from './tile-edge.ts';
export { emptyRoot, leafHash, nodeHash, RightEdge, rootOf } from './tree.ts';
export { openCheckpoint } from './trust.ts';
export type { TrustContext, TrustedCheckpoint } from './trust.ts';
export { utf8Decode, utf8Encode } from './utf8.ts';
export { formatVkey, isKeyName, KEY_TYPES, parseVkey, verifierKey } from './vkey.ts';
export type { KeyType, VerifierKey } from './vkey.ts';
