/** What one run has open, used up and been refused. Everything the door does for a run goes through here. */
import type { Socket } from 'node:net';
import type { EgressRule } from '@countersign/kernel/egress';
import type { EgressRun, EgressTotals } from '../../ports/egress.ts';
import type { EgressOutcome, EgressRefusal, EgressTarget } from '../../ports/egress-gate.ts';
import type { EgressIssuer } from '../../ports/egress-upstream.ts';
import type { NetworkDoorDeps } from './deps.ts';
import { Lanes } from './flow/lanes.ts';
import { Passages, type Way } from './passages.ts';
import { type Refusal, type Refused, statusOf } from './refusal.ts';

/** Different names below one wildcard, and different unfamiliar names, that a run may use: names carry data to whoever answers for them. */
const NAMES_MAX = 50;

/** A run that is refused more often than this is not trying to work; the rest is cut without a record each. */
const REFUSALS_MAX = 2_000;

/** Unlisted names that are looked up: so many are put on record. */
const QUESTIONS_MAX = 200;

export class Session {
  readonly deps: NetworkDoorDeps;
  readonly run: EgressRun;
  readonly issuer: EgressIssuer;
  readonly lanes: Lanes;
  readonly #passages: Passages;
  readonly #end = new AbortController();
  readonly #sockets = new Set<Socket>();
  readonly #work = new Set<Promise<void>>();
  readonly #names = new Map<string, Set<string>>();
  readonly #questions = new Set<string>();
  #connections = 0;
  #denied = 0;

  constructor(deps: NetworkDoorDeps, run: EgressRun) {
    this.deps = deps;
    this.run = run;
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
    if (this.signal.aborted || this.#sockets.size >= this.run.profile.connections || this.#denied >= REFUSALS_MAX) {
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
    const name = rule === undefined ? '?' : rule.host.startsWith('*.') ? rule.host : undefined;
    if (name !== undefined && !this.#countName(name, target.host))
      return this.refuse(
        { code: 'egress.limit', message: `This run has used ${NAMES_MAX} different names of this kind already.` },
        target,
      );
    const answer = await this.#passages.find(target, rule, this.signal);
    if (answer.ok) return answer.way;
    this.#denied += 1;
    return { denial: answer.denial, status: statusOf(answer.denial.code) };
  }

  async refuse(refusal: Refusal, target?: EgressTarget): Promise<Refused> {
    this.#denied += 1;
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

  #overflow(): void {
    this.#denied += 1;
    if (this.#denied >= REFUSALS_MAX) return;
    const message = `This run has ${this.run.profile.connections} connections open already.`;
    const work = this.deps.gate.refuse(this.run, { code: 'egress.limit', message }).then(() => undefined);
    this.#track(work, undefined);
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

  #countName(group: string, host: string): boolean {
    let names = this.#names.get(group);
    if (names === undefined) {
      names = new Set();
      this.#names.set(group, names);
    }
    if (names.has(host)) return true;
    if (names.size >= NAMES_MAX) return false;
    names.add(host);
    return true;
  }
}
