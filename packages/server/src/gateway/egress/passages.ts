/** The decisions of one run, each asked for once: a map from (scheme, host, port, rule) to a passage with its counters, or to a denial. */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { EgressRule } from '@countersign/kernel/egress';
import type { Clock } from '../../ports/clock.ts';
import type { EgressRun } from '../../ports/egress.ts';
import type { EgressAnswer, EgressGate, EgressPassage, EgressTarget } from '../../ports/egress-gate.ts';
import type { Denial } from '../../ports/road.ts';
import { Flow, Meter } from './flow/meter.ts';
import { Rate } from './flow/rate.ts';

/** A denial that a person may turn is asked for again after this; one of a rule stands for the run. */
const DENIAL_MS = 2_000;

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** What a rule has used up in the run, on all hosts and ports that it covers and however often it was decided anew. */
interface RuleMeters {
  readonly rule: Meter;
  readonly rate: Rate | undefined;
}

interface Meters extends RuleMeters {
  readonly all: Meter;
  readonly shared: Meter;
}

/** A way that is open. */
export class Way {
  readonly passage: EgressPassage;
  readonly #meters: Meters;
  readonly #open = new Set<Socket>();

  constructor(passage: EgressPassage, meters: Meters) {
    this.passage = passage;
    this.#meters = meters;
    // One signal may stand for many passages.
    setMaxListeners(0, passage.signal);
    passage.signal.addEventListener('abort', () => {
      for (const socket of this.#open) socket.destroy();
    });
  }

  /** True once the grant has ended early: nothing more goes through. */
  get isCut(): boolean {
    return this.passage.signal.aborted;
  }

  /** Destroys the socket when the grant ends early. A set, since a signal for each request costs more than the rest of a small one. */
  hold(socket: Socket): void {
    if (this.isCut) socket.destroy();
    else this.#open.add(socket);
  }

  release(socket: Socket): void {
    this.#open.delete(socket);
  }

  /** A wildcard is no name that somebody has vouched for: what answers for it may point anywhere. */
  get isPrivate(): boolean {
    const { rule } = this.passage;
    return rule.private && !rule.host.startsWith('*.');
  }

  flow(): Flow {
    const { uploadBytes, downloadBytes } = this.passage.rule;
    return new Flow(this.#meters, { uploadBytes, downloadBytes });
  }

  /** False where it is too early for another request. */
  turn(): boolean {
    return this.#meters.rate?.take() ?? true;
  }
}

export type WayAnswer = { readonly ok: true; readonly way: Way } | { readonly ok: false; readonly denial: Denial };

interface Known {
  readonly answer: Promise<WayAnswer>;
  /** Milliseconds since the epoch; infinite for what stands. */
  until: number;
}

export class Passages {
  readonly #gate: EgressGate;
  readonly #run: EgressRun;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly all = new Meter({ uploadBytes: undefined, downloadBytes: undefined });
  readonly #shared: Meter;
  readonly #ruled = new Map<string, RuleMeters>();
  #asked = 0;

  constructor(gate: EgressGate, run: EgressRun, clock: Clock) {
    this.#gate = gate;
    this.#run = run;
    this.#clock = clock;
    this.#shared = new Meter(run.profile);
  }

  /** @param signal of the run, not of one connection: others may wait for the same answer */
  find(target: EgressTarget, rule: EgressRule | undefined, signal: AbortSignal): Promise<WayAnswer> {
    const key = `${target.scheme} ${target.host} ${target.port} ${rule?.id ?? unfamiliarKey(target)}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#clock.now()) return known.answer;
    const fresh: Known = { answer: this.#ask(target, rule, signal), until: Number.POSITIVE_INFINITY };
    this.#known.set(key, fresh);
    void this.#expire(fresh, rule);
    return fresh.answer;
  }

  /** Decisions that were asked for. */
  get asked(): number {
    return this.#asked;
  }

  async #ask(target: EgressTarget, rule: EgressRule | undefined, signal: AbortSignal): Promise<WayAnswer> {
    this.#asked += 1;
    const answer: EgressAnswer = await this.#gate.decide(this.#run, target, rule, signal);
    if (!answer.ok) return answer;
    const { passage } = answer;
    const ruled = this.#metersOf(passage.rule, rule === undefined ? target.host : '');
    return { ok: true, way: new Way(passage, { all: this.all, shared: this.#shared, ...ruled }) };
  }

  /** @param host that nobody listed: what holds there is one rule for all of them, and its caps are for each */
  #metersOf({ id, uploadBytes, downloadBytes, requestsPerSecond }: EgressRule, host: string): RuleMeters {
    const key = `${id} ${host}`;
    const known = this.#ruled.get(key);
    if (known !== undefined) return known;
    const fresh: RuleMeters = {
      rule: new Meter({ uploadBytes, downloadBytes }),
      rate: requestsPerSecond === undefined ? undefined : new Rate(this.#clock, requestsPerSecond),
    };
    this.#ruled.set(key, fresh);
    return fresh;
  }

  async #expire(known: Known, rule: EgressRule | undefined): Promise<void> {
    const answer = await known.answer;
    if (answer.ok) answer.way.passage.signal.addEventListener('abort', () => (known.until = 0));
    else if (rule?.decision !== 'deny') known.until = this.#clock.now() + DENIAL_MS;
  }
}

/** A rule's id is no word of this form. */
const unfamiliarKey = ({ method }: EgressTarget): string => `? ${method === undefined || READS.has(method) ? 'read' : 'write'}`;
