/** Long work that was started over the API: in this process, few at a time, watched and cancelled by id. It dies with the process and is started again. */
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import { type Clock, isoTime, type NewId } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { JobWatch } from '../deps.ts';

/** At work at once: replay and backtest keep a core busy. */
const RUNNING_MAX = 2;
/** Finished jobs whose reports are kept. */
const KEPT_MAX = 50;

export const JOB_KINDS = ['replay', 'backtest', 'policy-usage'] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export type JobState = 'running' | 'done' | 'failed' | 'cancelled';

export interface JobView {
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly done: number;
  readonly total: number;
  readonly report: JsonRecord | null;
  readonly error: string | null;
}

interface Job {
  view: JobView;
  readonly abort: AbortController;
  readonly watchers: Set<() => void>;
}

export class JobDesk {
  readonly #jobs = new Map<string, Job>();
  readonly #deps: { clock: Clock; newId: NewId; log: Log };

  constructor(deps: { clock: Clock; newId: NewId; log: Log }) {
    this.#deps = deps;
  }

  /** @throws Fault request.rate-limited when enough is at work */
  start(kind: JobKind, by: string, work: (watch: JobWatch) => Promise<JsonRecord>): JobView {
    const running = [...this.#jobs.values()].filter(({ view }) => view.state === 'running');
    if (running.length >= RUNNING_MAX)
      throw new Fault('request.rate-limited', 'Two jobs are at work already; wait for one, or cancel it.');
    this.#forget();
    const { clock, newId } = this.#deps;
    const view: JobView = {
      id: newId('job'),
      kind,
      state: 'running',
      startedBy: by,
      startedAt: isoTime(clock.now()),
      endedAt: null,
      done: 0,
      total: 0,
      report: null,
      error: null,
    };
    const job: Job = { view, abort: new AbortController(), watchers: new Set() };
    this.#jobs.set(view.id, job);
    void this.#run(job, work);
    return view;
  }

  find(id: string): JobView | undefined {
    return this.#jobs.get(id)?.view;
  }

  list(): JobView[] {
    return [...this.#jobs.values()].map(({ view }) => view).reverse();
  }

  /** Cancelling what has ended changes nothing. */
  cancel(id: string): JobView | undefined {
    const job = this.#jobs.get(id);
    job?.abort.abort();
    return job?.view;
  }

  /** Calls back on every change until the returned function is called. */
  watch(id: string, changed: () => void): () => void {
    const job = this.#jobs.get(id);
    job?.watchers.add(changed);
    return () => void job?.watchers.delete(changed);
  }

  close(): void {
    for (const { abort } of this.#jobs.values()) abort.abort();
  }

  async #run(job: Job, work: (watch: JobWatch) => Promise<JsonRecord>): Promise<void> {
    const { signal } = job.abort;
    try {
      const report = await work({ signal, progress: (done, total) => this.#change(job, { done, total }) });
      this.#end(job, signal.aborted ? { state: 'cancelled' } : { state: 'done', report });
    } catch (thrown) {
      if (signal.aborted) return this.#end(job, { state: 'cancelled' });
      const known = thrown instanceof Fault;
      this.#deps.log.error('api.job', {
        job: job.view.id,
        internal: thrown instanceof Error ? thrown.message : 'a non-error was thrown',
      });
      this.#end(job, {
        state: 'failed',
        error: known ? thrown.publicText : 'Something went wrong on our side; the log has it under the job id.',
      });
    }
  }

  #end(job: Job, change: Partial<JobView>): void {
    this.#change(job, { ...change, endedAt: isoTime(this.#deps.clock.now()) });
    job.watchers.clear();
  }

  #change(job: Job, change: Partial<JobView>): void {
    if (job.view.state !== 'running') return;
    job.view = { ...job.view, ...change };
    for (const changed of job.watchers) changed();
  }

  #forget(): void {
    for (const [id, { view }] of this.#jobs) {
      if (this.#jobs.size < KEPT_MAX) return;
      if (view.state !== 'running') this.#jobs.delete(id);
    }
  }
}
