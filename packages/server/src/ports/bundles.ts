/** Stored revisions. The one in force is a pointer that moves by compare-and-swap; every node follows it by polling. */
import type { JsonRecord } from '@countersign/kernel/json';

export interface StoredBundle {
  readonly org: string;
  /** SHA-256 of the archive bytes, hex. */
  readonly revision: string;
  /** Canonical JSON: all files' texts and what the build made of them (schema and policies in Cedar's JSON form, entities, registries). */
  readonly archive: Uint8Array;
  /** Ed25519 over the revision, base64. */
  readonly signature: string;
  readonly keyId: string;
  readonly createdAt: string;
}

export interface BundleStore {
  /** Idempotent by revision. */
  save(bundle: StoredBundle): Promise<void>;
  /**
   * Moves the pointer, with a `bundle.applied` entry in the same transaction.
   * @throws Fault bundle.stale when the revision in force is not `expect`
   */
  activate(org: string, revision: string, options: { expect: string | null; by: string; detail: JsonRecord }): Promise<void>;
  activeRevision(org: string): Promise<string | undefined>;
  find(org: string, revision: string): Promise<StoredBundle | undefined>;
  history(org: string, limit: number): Promise<readonly { revision: string; appliedAt: string; by: string }[]>;
}
