/** The manifest of an export. It says nothing that isn't in the other files, so a verifier computes it again and compares bytes. */
import { canonicalize } from './canonical.ts';
import { utf8Encode } from './utf8.ts';

export interface ExportFacts {
  readonly origin: string;
  /** Size and root (hex) of the exported checkpoint. */
  readonly size: number;
  readonly root: string;
  /** Index of the first entry whose body is exported: 0, or where pruning ended. */
  readonly from: number;
  /** Number of tile files and of entry bundle files, stale partial ones included. */
  readonly tiles: number;
  readonly bundles: number;
  /** Number of payload files; null where the export has no payload directory. */
  readonly payloads: number | null;
  /** SHA-256 in hex of `checkpoint`, `log.vkey` and `since`; null where the file isn't there. */
  readonly checkpointDigest: string;
  readonly vkeyDigest: string | null;
  readonly sinceDigest: string | null;
}

/** Exact bytes of `manifest.json`. */
export function formatManifest(facts: ExportFacts): Uint8Array {
  return utf8Encode(`${canonicalize({ ...facts, format: 'countersign-export/1' })}\n`);
}
