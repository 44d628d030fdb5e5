/**
 * Collects what arrives in one turn, or while a batch is under way, into the next batch. One batch at a time: a second one would only wait
 * for the rows of the first.
 */
import { Fault } from '@countersign/kernel/fault';
import type { Done } from './batch.ts';
import type { Job } from './job.ts';

/** Items of one transaction. More would only make the first of them wait longer. */
export const BATCH_MAX = 512;
/** Callers that may wait. Beyond it the store cannot keep up, and waiting would end in a deadline anyway. */
const WAITING_MAX = 20_000;
/** What nobody waits for goes along with the next decision, or alone after this long. */
const COMPANY_MS = 5;

const isPatient = (job: Job): boolean => job.kind === 'settle' && job.item.patient === true;

export class Batcher {
  readonly #run: (jobs: readonly Job[]) => Promise<Done>;
  readonly #done: (done: Done) => void;
  #waiting: Job[] = [];
  #scheduled = false;
  #busy = false;
  #later: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  /** `done` answers the callers of a committed batch. */
  constructor(run: (jobs: readonly Job[]) => Promise<Done>, done: (done: Done) => void) {
    this.#run = run;
    this.#done = done;
  }

  push(job: Job): void {
    if (this.#waiting.length >= WAITING_MAX) {
      job.reject(
        new Fault('store.busy', 'The store has too much to do. Try again shortly.', {
          internal: `${WAITING_MAX} items wait for a batch`,
        }),
      );
      return;
    }
    this.#waiting.push(job);
    if (isPatient(job)) this.#scheduleLater();
    else this.#schedule();
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (!this.#busy && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#drain();
    });
  }

  #scheduleLater(): void {
    if (this.#scheduled || this.#busy) return;
    this.#later ??= setTimeout(() => void this.#drain(), COMPANY_MS);
  }

  async #drain(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#later);
    this.#later = undefined;
    const jobs = this.#waiting.splice(0, BATCH_MAX);
    await this.#attempt(jobs);
    this.#busy = false;
    if (this.#waiting.some((job) => !isPatient(job))) this.#schedule();
    else if (this.#waiting.length > 0) this.#scheduleLater();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** An item that the database or the ledger refuses must not take its neighbours along: the batch is halved until it stands alone. */
  async #attempt(jobs: readonly Job[]): Promise<void> {
    let done: Done;
    try {
      done = await this.#run(jobs);
    } catch (thrown) {
      const whole = jobs.length <= 1 || (thrown instanceof Fault && thrown.code.startsWith('store.'));
      if (whole) {
        for (const job of jobs) job.reject(thrown);
        return;
      }
      const half = jobs.length >> 1;
      await this.#attempt(jobs.slice(0, half));
      await this.#attempt(jobs.slice(half));
      return;
    }
    this.#done(done);
  }
}
