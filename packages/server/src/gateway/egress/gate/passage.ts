/** An allowed way of one run to one host, port and rule: what goes through it is put on record, one entry each, until the run is over. */
import type { FaultCode } from '@countersign/kernel/fault';
import { connectionEntry } from '../../../govern/connection.ts';
import { isoTime } from '../../../ports/clock.ts';
import type { EgressCredential, EgressOutcome, EgressPassage, EgressTarget } from '../../../ports/egress-gate.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import type { EgressRule } from '@countersign/kernel/egress';
import type { Grant } from '../../../ports/grant.ts';
import type { DataClass } from '../../../ports/registry.ts';
import type { Act, GovernAsk } from '../../../ports/road.ts';
import type { GateDeps } from './deps.ts';

/** A record that the store did not take is tried again this often, first soon, then ever later. */
const ATTEMPTS_MAX = 6;
const PAUSE_MS = 100;

export interface PassageTerms {
  readonly run: EgressRun;
  /** The first that it was asked for. */
  readonly target: EgressTarget;
  readonly ask: GovernAsk;
  readonly grant: Grant;
  readonly decision: string;
  readonly rule: EgressRule;
  readonly dataClass: DataClass;
  readonly credential?: EgressCredential;
  /** The temporary grant that it rests on, while that stands. */
  readonly standsOn: string | undefined;
  /** Told of each outcome. */
  readonly counted: (outcome: EgressOutcome) => void;
}

/** Where a connection went through that could not be recorded, nothing more may go through. */
export type Unrecorded = (passage: OpenPassage) => void;

export class OpenPassage implements EgressPassage {
  readonly grant: Grant;
  readonly decision: string;
  readonly rule: EgressRule;
  readonly dataClass: DataClass;
  readonly credential?: EgressCredential;
  readonly terms: PassageTerms;
  /** The act of the road: resolves when the run is over. */
  readonly ended: Promise<Act<undefined>>;
  readonly #deps: Pick<GateDeps, 'org' | 'store' | 'clock' | 'newEntryId' | 'log'>;
  readonly #unrecorded: Unrecorded;
  readonly #cut = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  #end: (act: Act<undefined>) => void = () => undefined;
  #code: FaultCode | undefined;
  #over = false;

  constructor(deps: GateDeps, terms: PassageTerms, unrecorded: Unrecorded) {
    this.#deps = deps;
    this.#unrecorded = unrecorded;
    this.terms = terms;
    this.grant = terms.grant;
    this.decision = terms.decision;
    this.rule = terms.rule;
    this.dataClass = terms.dataClass;
    if (terms.credential !== undefined) this.credential = terms.credential;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  /** What goes through it now ends; later requests are decided anew. */
  cut(code: FaultCode): void {
    this.#code ??= code;
    this.#cut.abort();
  }

  record(outcome: EgressOutcome): void {
    if (this.#over) {
      this.#deps.log.error('egress.late', { decision: this.decision, host: outcome.target.host });
      return;
    }
    this.terms.counted(outcome);
    const { run } = this.terms;
    const stamp = { org: this.#deps.org, id: this.#deps.newEntryId(), ts: isoTime(this.#deps.clock.now()) };
    const entry = connectionEntry(stamp, {
      caller: run.caller,
      decision: this.decision,
      grant: this.grant.terms.id,
      run: run.run,
      rule: this.rule.id,
      trace: run.trace,
      outcome,
    });
    const pending = this.#append(entry).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  async #append(entry: ReturnType<typeof connectionEntry>): Promise<void> {
    const { org, store, log } = this.#deps;
    for (let attempt = 1; ; attempt++) {
      try {
        await store.settle({ org, charge: 'none', entries: [entry], payloads: [] });
        return;
      } catch (thrown) {
        if (attempt >= ATTEMPTS_MAX) {
          log.error('egress.unrecorded', { decision: this.decision, entry: entry.id, error: String(thrown) });
          this.#unrecorded(this);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt));
      }
    }
  }

  /** Resolves when all that was reported is on record; then the act ends. */
  async settle(): Promise<void> {
    this.#over = true;
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    this.#end({
      value: undefined,
      status: this.#code === undefined ? 'done' : 'cancelled',
      ...(this.#code === undefined ? {} : { code: this.#code }),
      charge: 'none',
    });
  }
}
