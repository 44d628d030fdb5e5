/** What one run has open, used up and been refused. Everything the door does for a run goes through here. */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { EgressRule } from '@countersign/kernel/egress';
import type { EgressRun, EgressTotals } from '../../ports/egress.ts';
import type { EgressOutcome, EgressRefusal, EgressTarget } from '../../ports/egress-gate.ts';
import type { EgressIssuer } from '../../ports/egress-upstream.ts';
import type { NetworkDoorDeps } from './deps.ts';
import { Lanes } from './flow/lanes.ts';
import { Passages, type Way } from './passages.ts';
import { type Refusal, type Refused, statusOf } from './refusal.ts';

/** Hosts that nobody listed and that a run may try. */
const NAMES_MAX = 50;

/** A run that has so many refusals and decisions on record is not trying to work; the rest is cut without a record each. */
const RECORDS_MAX = 5_000;

/** Unlisted names that are looked up: so many are put on record. */
const QUESTIONS_MAX = 200;

const OVERFLOW_TOLD_MS = 1_000;

export class Session {
  readonly deps: NetworkDoorDeps;
  readonly run: EgressRun;
  readonly issuer: EgressIssuer;
  readonly lanes: Lanes;
  readonly #passages: Passages;
  readonly #end = new AbortController();
  readonly #sockets = new Set<Socket>();
  readonly #work = new Set<Promise<void>>();
  readonly #names = new Set<string>();
  readonly #questions = new Set<string>();
  #connections = 0;
  #denied = 0;
  #refusals = 0;
  #overflowToldAt = Number.NEGATIVE_INFINITY;

  constructor(deps: NetworkDoorDeps, run: EgressRun) {
    this.deps = deps;
    this.run = run;
    // Every dial and every hold of the run listens to it.
    setMaxListeners(0, this.signal);
    this.issuer = deps.authority.current();
    this.lanes = new Lanes(deps.upstream, this.signal);
    this.#passages = new Passages(deps.gate, run, deps.clock);
  }

  /** Aborted when the run is over. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get totals(): EgressTotals {
    const { uploadBytes, downloadBytes } = this.#passages.all;
    return { connections: this.#connections, uploadBytes, downloadBytes, denied: this.#denied };
  }

  /** Takes a connection in and runs its work; one too many is closed at once. */
  accept(socket: Socket, work: (socket: Socket) => Promise<void>): void {
    socket.on('error', () => undefined);
    if (this.signal.aborted || this.#sockets.size >= this.run.profile.connections || this.#isNoise) {
      socket.destroy();
      if (!this.signal.aborted) this.#overflow();
      return;
    }
    // Sockets that another process accepted come without it, and small requests would wait for an acknowledgement.
    socket.setNoDelay(true);
    this.#connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#track(work(socket), socket);
  }

  /** The way for a target, or why there is none, on record either way. */
  async way(target: EgressTarget, rule: EgressRule | undefined): Promise<Way | Refused> {
    // Names carry data to whoever answers for them. Below wildcards the gate counts; names that nobody listed are counted here.
    if (rule === undefined && !this.#countName(target.host))
      return this.refuse({ code: 'egress.limit', message: `This run has tried ${NAMES_MAX} hosts that nobody listed.` }, target);
    const answer = await this.#passages.find(target, rule, this.signal);
    if (answer.ok) return answer.way;
    this.#denied += 1;
    return { denial: answer.denial, status: statusOf(answer.denial.code) };
  }

  async refuse(refusal: Refusal, target?: EgressTarget): Promise<Refused> {
    this.#denied += 1;
    this.#refusals += 1;
    const { code, message } = refusal;
    const asked: EgressRefusal = { code, message, ...(target === undefined ? {} : { target }) };
    const denial = await this.deps.gate.refuse(this.run, asked);
    return { denial, status: refusal.status ?? statusOf(code) };
  }

  /** True the first time for each unlisted name, and for so many of them. */
  isNewQuestion(host: string): boolean {
    if (this.#questions.size >= QUESTIONS_MAX || this.#questions.has(host)) return false;
    this.#questions.add(host);
    return true;
  }

  record(way: Way, outcome: EgressOutcome): void {
    if (outcome.end === 'refused') this.#denied += 1;
    way.passage.record(outcome);
  }

  /** Ends everything and waits until it is on record. */
  async close(): Promise<EgressTotals> {
    this.#end.abort();
    for (const socket of this.#sockets) socket.destroy();
    this.lanes.close();
    await Promise.all(this.#work);
    await this.deps.gate.settle(this.run);
    return this.totals;
  }

  get #isNoise(): boolean {
    return this.#refusals + this.#passages.asked >= RECORDS_MAX;
  }

  /** A flood is one line a second on record, not one for each connection. */
  #overflow(): void {
    this.#denied += 1;
    const now = this.deps.clock.now();
    if (this.#isNoise || now < this.#overflowToldAt + OVERFLOW_TOLD_MS) return;
    this.#overflowToldAt = now;
    const message = `This run has ${this.run.profile.connections} connections open already.`;
    this.#track(
      this.refuse({ code: 'egress.limit', message }).then(() => undefined),
      undefined,
    );
  }

  #track(work: Promise<void>, socket: Socket | undefined): void {
    const ended = work
      .catch((thrown: unknown) => {
        this.deps.log.error('egress.connection', { run: this.run.run, error: String(thrown) });
        socket?.destroy();
      })
      .finally(() => this.#work.delete(ended));
    this.#work.add(ended);
  }

  #countName(host: string): boolean {
    if (this.#names.has(host)) return true;
    if (this.#names.size >= NAMES_MAX) return false;
    this.#names.add(host);
    return true;
  }
}
