/**
 * Workers that scan, each one text at a time, with a spare that is warm. A worker that overruns is ended, which stops even a pattern that
 * would never return, and the spare takes its place at once.
 */
import { Worker } from 'node:worker_threads';
import type { Redacted, Scanned } from '@countersign/kernel/redact';
import type { Log } from '../../ports/log.ts';
import { WorkDeadline } from '../shared/work-deadline.ts';
import type { Answer, Job } from './protocol.ts';

/** What a job came to. `overrun`: its worker was ended; `failed`: the worker died or threw. */
export type Outcome = { readonly result: Scanned | Redacted } | 'overrun' | 'failed';

type Work = Omit<Job, 'id'>;

interface Waiting {
  readonly work: Work;
  readonly deadlineMs: number;
  readonly settle: (outcome: Outcome) => void;
}

interface Seat {
  readonly worker: Worker;
  current?: { readonly id: number; readonly waiting: Waiting; readonly deadline: WorkDeadline };
}

export interface PoolTerms {
  /** Workers that scan at the same time. */
  readonly size: number;
  readonly key: Uint8Array;
  readonly script: URL;
  readonly log: Log;
}

/** Jobs that may wait for a worker; what comes on top fails at once, so that a flood cannot fill the memory. */
const QUEUE_MAX = 1_000;
/** Workers that may end before their first answer, one after another, until the pool gives up making new ones. */
const STILLBORN_MAX = 5;

export class Pool {
  readonly #terms: PoolTerms;
  readonly #free: Seat[] = [];
  readonly #seats = new Set<Seat>();
  readonly #queue: Waiting[] = [];
  #nextId = 1;
  #stillborn = 0;
  #isClosed = false;

  constructor(terms: PoolTerms) {
    this.#terms = terms;
    // One more than may work: the spare.
    for (let n = 0; n <= terms.size; n++) this.#spawn();
  }

  run(work: Work, deadlineMs: number): Promise<Outcome> {
    if (this.#isClosed || this.#queue.length >= QUEUE_MAX || this.#seats.size === 0) return Promise.resolve('failed');
    return new Promise((settle) => {
      this.#queue.push({ work, deadlineMs, settle });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { settle } of this.#queue.splice(0)) settle('failed');
    await Promise.all([...this.#seats].map((seat) => this.#end(seat, 'failed')));
  }

  #spawn(): void {
    const { script, key } = this.#terms;
    // Flags of this process are about its own start: `-e` and conditions of a test runner would lead a worker elsewhere.
    const seat: Seat = { worker: new Worker(script, { workerData: { key }, execArgv: [] }) };
    this.#seats.add(seat);
    // An idle pool keeps no process alive.
    seat.worker.unref();
    seat.worker.on('message', (answer: Answer) => this.#answered(seat, answer));
    seat.worker.on('error', (error) => {
      this.#terms.log.error('scanner worker failed', { error: error.name });
      this.#lost(seat);
    });
    seat.worker.on('exit', () => this.#lost(seat));
  }

  #answered(seat: Seat, { id, result, error }: Answer): void {
    this.#stillborn = 0;
    if (id !== 0) {
      if (seat.current?.id !== id) return;
      if (error !== undefined) this.#terms.log.error('scan failed', { error });
      this.#settle(seat, result === undefined ? 'failed' : { result });
    }
    this.#free.push(seat);
    this.#dispatch();
  }

  #settle(seat: Seat, outcome: Outcome): void {
    const { current } = seat;
    if (current === undefined) return;
    delete seat.current;
    current.deadline.stop();
    seat.worker.unref();
    current.waiting.settle(outcome);
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#free.length > 0 && this.#busy() < this.#terms.size) {
      const [seat, waiting] = [this.#free.shift(), this.#queue.shift()];
      if (seat === undefined || waiting === undefined) return;
      const id = this.#nextId++;
      const deadline = new WorkDeadline(waiting.deadlineMs, () => void this.#overrun(seat));
      seat.current = { id, waiting, deadline };
      seat.worker.ref();
      seat.worker.postMessage({ ...waiting.work, id } satisfies Job);
    }
  }

  #busy(): number {
    let busy = 0;
    for (const { current } of this.#seats) if (current !== undefined) busy += 1;
    return busy;
  }

  async #overrun(seat: Seat): Promise<void> {
    this.#terms.log.warn('scan overran its deadline');
    await this.#end(seat, 'overrun');
  }

  async #end(seat: Seat, outcome: Outcome): Promise<void> {
    this.#seats.delete(seat);
    this.#settle(seat, outcome);
    this.#refill();
    await seat.worker.terminate();
  }

  /** A worker that ended by itself. */
  #lost(seat: Seat): void {
    if (!this.#seats.delete(seat)) return;
    const at = this.#free.indexOf(seat);
    if (at >= 0) this.#free.splice(at, 1);
    this.#stillborn += 1;
    this.#settle(seat, 'failed');
    this.#refill();
  }

  #refill(): void {
    if (this.#isClosed) return;
    if (this.#stillborn <= STILLBORN_MAX) this.#spawn();
    else if (this.#seats.size === 0) for (const { settle } of this.#queue.splice(0)) settle('failed');
    this.#dispatch();
  }
}
