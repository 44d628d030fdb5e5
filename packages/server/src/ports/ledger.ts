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

/** The log's own key, apart from every other: only who integrates signs with it. One origin per organisation. */
export interface LogKey {
  /** First line of the log's checkpoints; its key has the same name. */
  origin(org: string): string;
  vkey(org: string): string;
  /** A checkpoint as a signed note. */
  sign(org: string, checkpoint: { readonly size: number; readonly root: Uint8Array }): Uint8Array;
  /** Size and root of a note that this key signed for this log. @throws Fault ledger.format for any other note */
  open(org: string, note: Uint8Array): { readonly size: number; readonly root: Uint8Array };
}

/** Newest checkpoint that left the database: what a restored database is compared with. */
export interface PublishedCheckpoints {
  newest(org: string): Promise<Uint8Array | undefined>;
  publish(org: string, note: Uint8Array): Promise<void>;
}

export type IntegrationStep =
  /** Another process holds the lease. */
  | { readonly state: 'elsewhere' }
  /** `behind`: entries that are not hashed into the tree yet. `signed`: size of the newest checkpoint. */
  | { readonly state: 'ours'; readonly size: number; readonly signed: number; readonly behind: number };

/** Hashing committed entries into the tree and signing checkpoints; one process per log at a time. */
export interface LedgerIntegration {
  /** Organisations that have a log. */
  logs(): Promise<readonly string[]>;
  /**
   * One round: takes or keeps the lease, hashes what is new, signs a checkpoint when the newest one is `signAfterMs` old.
   * @throws Fault ledger.corrupt when stored and signed history differ: nothing more is signed for that log by this process
   */
  step(org: string, signAfterMs: number): Promise<IntegrationStep>;
  /** Gives the leases back, so that another process goes on at once. */
  release(): Promise<void>;
}
