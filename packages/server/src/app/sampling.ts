/**
 * Asks cedar-wasm about one decision in a thousand, off the hot path. A mismatch is an incident: it is recorded, and from then on every decision
 * under that revision is asked about before it stands.
 */
import { Oracle as CedarOracle } from '../adapters/cedar/index.ts';
import { newEntryId, systemClock } from '../adapters/system/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Oracle, OracleSample } from '../ports/oracle.ts';
import type { LedgerWriter } from '../store/ledger/index.ts';

/** One in so many is compared; the first one after a start always is. */
const SAMPLE_EVERY = 1_000;

export interface SamplingTerms {
  readonly org: string;
  readonly ledger: Pick<LedgerWriter, 'append'>;
  readonly log: Log;
}

export class SamplingOracle implements Oracle {
  readonly #terms: SamplingTerms;
  readonly #cedar = new CedarOracle();
  readonly #pinned = new Set<string>();
  #seen = 0;
  /** One comparison at a time; samples that come meanwhile are left out. */
  #busy = false;
  /** Preparsed sets belong to one revision at a time, so questions are asked one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(terms: SamplingTerms) {
    this.#terms = terms;
  }

  observe(sample: OracleSample): void {
    const due = this.#seen % SAMPLE_EVERY === 0;
    this.#seen += 1;
    if (!due || this.#busy) return;
    this.#busy = true;
    void this.agrees(sample).finally(() => {
      this.#busy = false;
    });
  }

  pinned(revision: string): boolean {
    return this.#pinned.has(revision);
  }

  agrees(sample: OracleSample): Promise<boolean> {
    const answer = this.#turn.then(() => this.#compare(sample));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  close(): Promise<void> {
    return this.#cedar.close();
  }

  async #compare({ id, snapshot, facts, request, decision }: OracleSample): Promise<boolean> {
    try {
      const mismatch = await this.#cedar.check(snapshot.source, facts, request, decision);
      if (mismatch === undefined) return true;
      this.#pinned.add(snapshot.revision);
      this.#terms.log.error('oracle.mismatch', { decision: id, revision: snapshot.revision, ...mismatch });
      await this.#record(id, snapshot.revision);
    } catch (error) {
      this.#terms.log.error('oracle.failed', { decision: id, revision: snapshot.revision, error: String(error) });
    }
    return false;
  }

  async #record(decision: string, revision: string): Promise<void> {
    const { org, ledger } = this.#terms;
    const ts = new Date(systemClock.now()).toISOString();
    await ledger.append([{ v: 1, org, id: newEntryId(), ts, type: 'oracle.mismatch', detail: { revision, decision } }]);
  }
}
