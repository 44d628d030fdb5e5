/** Reading the ledger. Entries are the exact bytes that were hashed. */
export interface StoredEntry {
  readonly seq: number;
  readonly body: Uint8Array;
}

export interface LedgerReader {
  size(org: string): Promise<number>;
  /** In order, from `from` on, at most `limit`; only committed entries. */
  read(org: string, from: number, limit: number): Promise<readonly StoredEntry[]>;
  /** The entry with this entry id or decision id (`dec_...`). */
  find(org: string, id: string): Promise<StoredEntry | undefined>;
  /** Newest signed note, or undefined before the first one. */
  checkpoint(org: string): Promise<string | undefined>;
  /** C2SP `.tlog-proof` text for one entry against the newest checkpoint. @throws Fault ledger.not-found when it is not yet covered */
  prove(org: string, seq: number): Promise<string>;
  /** Verifier key of this log (`vkey`). */
  verifierKey(): string;
}

export type PayloadAnswer =
  | {
      readonly state: 'present';
      readonly kind: string;
      readonly class: string;
      readonly blind: Uint8Array;
      readonly bytes: Uint8Array;
    }
  | { readonly state: 'erased' }
  | { readonly state: 'missing' };

export interface PayloadReader {
  payload(org: string, digest: string): Promise<PayloadAnswer>;
}

export interface PayloadEraser {
  /** Deletes rows (and data keys where a subject goes as a whole) with an `erasure` entry. @returns digests erased */
  erase(
    org: string,
    what: { digests: readonly string[] } | { subject: string },
    by: string,
    reason: string,
  ): Promise<readonly string[]>;
}
