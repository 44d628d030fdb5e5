/**
 * Refusals of callers that nobody knows. Each one is recorded, but not each by itself: one entry a second stands for all refusals of
 * the same kind, so that an unauthenticated flood cannot fill the ledger.
 */
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { FaultCode } from '@countersign/kernel/fault';
import type { RoadDeps } from './deps.ts';

interface Tally {
  readonly code: FaultCode;
  readonly door: string;
  readonly credential?: string;
  count: number;
  readonly from: number;
  to: number;
}

/** How long refusals of one kind are collected. */
const FLUSH_MS = 1_000;
/** Beyond this many kinds the credential id is left out. */
const KINDS_MAX = 256;

export class Refusals {
  readonly #deps: RoadDeps;
  #tallies = new Map<string, Tally>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: RoadDeps) {
    this.#deps = deps;
  }

  count(code: FaultCode, door: string, credential?: string): void {
    const named = credential !== undefined && this.#tallies.size < KINDS_MAX ? credential : undefined;
    const key = `${code}|${door}|${named ?? ''}`;
    const now = this.#deps.clock.now();
    const tally = this.#tallies.get(key);
    if (tally === undefined)
      this.#tallies.set(key, { code, door, ...(named === undefined ? {} : { credential: named }), count: 1, from: now, to: now });
    else {
      tally.count += 1;
      tally.to = now;
    }
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what was collected; what cannot be written now goes to the spool. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const tallies = [...this.#tallies.values()];
    this.#tallies = new Map();
    if (tallies.length === 0) return;
    const entries = tallies.map((tally) => this.#entry(tally));
    try {
      await this.#deps.store.decide({ org: this.#deps.org, record: () => ({ entries, payloads: [] }) });
    } catch (error) {
      this.#deps.log.warn('refusals.spooled', { entries: entries.length, error: String(error) });
      for (const entry of entries) this.#deps.spool.put(entry);
    }
  }

  #entry(tally: Tally): EntryDraft {
    const { clock, newEntryId, org } = this.#deps;
    const { code, door, credential, count } = tally;
    return {
      v: 1,
      org,
      id: newEntryId(),
      ts: new Date(clock.now()).toISOString(),
      type: 'identity.refused',
      detail: {
        code,
        count,
        from: new Date(tally.from).toISOString(),
        to: new Date(tally.to).toISOString(),
        door,
        ...(credential === undefined ? {} : { credential }),
      },
    };
  }
}
