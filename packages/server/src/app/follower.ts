/** The bundle in force in this process. It follows the pointer in the store; a revision that does not load leaves the one before in place. */
import { Fault } from '@countersign/kernel/fault';
import type { BundleStore, StoredBundle } from '../ports/bundles.ts';
import type { Log } from '../ports/log.ts';
import type { BundleSnapshot, SnapshotSource } from '../ports/registry.ts';

export interface FollowerTerms {
  readonly org: string;
  readonly bundles: Pick<BundleStore, 'find'>;
  /** Verifies signature, hashes and cases, and compiles. @throws Fault bundle.invalid */
  readonly load: (stored: StoredBundle) => BundleSnapshot;
  readonly log: Log;
}

/** Revisions that stay compiled: for replay, and for a quick way back. */
const KEPT_MAX = 8;

export class BundleFollower implements SnapshotSource {
  readonly #terms: FollowerTerms;
  readonly #loaded = new Map<string, BundleSnapshot>();
  #current: BundleSnapshot | undefined;
  /** Switches happen one after the other, in the order in which the store told them. */
  #turn: Promise<void> = Promise.resolve();

  constructor(terms: FollowerTerms) {
    this.#terms = terms;
  }

  current(): BundleSnapshot | undefined {
    return this.#current;
  }

  /** Puts a revision in force here. Failures are logged, and nothing changes. */
  follow(revision: string | undefined): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (revision === undefined || revision === this.#current?.revision) return;
      try {
        this.#current = await this.load(revision);
        this.#terms.log.info('bundle.in-force', { revision });
      } catch (error) {
        this.#terms.log.error('bundle.not-loaded', { revision, kept: this.#current?.revision ?? null, error: String(error) });
      }
    });
    return this.#turn;
  }

  /** A revision of the history, compiled. @throws Fault bundle.missing, bundle.invalid */
  async load(revision: string): Promise<BundleSnapshot> {
    const known = this.#loaded.get(revision);
    if (known !== undefined) return known;
    const stored = await this.#terms.bundles.find(this.#terms.org, revision);
    if (stored === undefined) throw new Fault('bundle.missing', 'The revision is not stored here.', { internal: revision });
    const snapshot = this.#terms.load(stored);
    this.#loaded.set(revision, snapshot);
    for (const oldest of this.#loaded.keys()) {
      if (this.#loaded.size <= KEPT_MAX) break;
      if (oldest !== this.#current?.revision) this.#loaded.delete(oldest);
    }
    return snapshot;
  }
}
