/** What one run has open. */
import type { EgressAnswer, EgressOutcome } from '../../../ports/egress-gate.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import type { OpenPassage } from './passage.ts';
import { Visits } from './visits.ts';

export class RunState {
  readonly run: EgressRun;
  readonly visits: Visits;
  /** By host, port, rule and way; denials are not kept. */
  readonly answers = new Map<string, Promise<EgressAnswer>>();
  readonly passages = new Set<OpenPassage>();
  /** Acts of the road that have not been settled. */
  readonly acts = new Set<Promise<unknown>>();
  /** Names below each wildcard. */
  readonly #names = new Map<string, Set<string>>();
  uploadedBytes = 0;
  readonly #over = new AbortController();

  constructor(org: string, run: EgressRun) {
    this.run = run;
    this.visits = new Visits(org, run);
  }

  /** Aborted when the run is over: whoever still waits for a person is told so. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#over.abort();
  }

  /** False where the wildcard has had as many different names as it may. */
  admits(pattern: string, host: string, max: number): boolean {
    if (!pattern.startsWith('*.')) return true;
    let names = this.#names.get(pattern);
    if (names === undefined) this.#names.set(pattern, (names = new Set()));
    if (names.has(host)) return true;
    if (names.size >= max) return false;
    names.add(host);
    return true;
  }

  readonly counted = ({ target, uploadBytes, downloadBytes }: EgressOutcome): void => {
    this.uploadedBytes += uploadBytes;
    this.visits.moved(target.host, uploadBytes, downloadBytes);
  };
}
