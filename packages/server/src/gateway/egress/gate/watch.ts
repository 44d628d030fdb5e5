/**
 * Looks at open passages again and again: a kill switch, an expired mandate, a taint that the task got since, a grant that was revoked, a host
 * that a newer bundle denies. It records nothing and can only cut; what is then asked again is decided and recorded.
 */
import { rulesForHost } from '@countersign/kernel/egress';
import type { FaultCode } from '@countersign/kernel/fault';
import { FAULTS } from '@countersign/kernel/fault';
import type { BundleSnapshot } from '../../../ports/registry.ts';
import type { GateDeps } from './deps.ts';
import type { OpenPassage } from './passage.ts';
import type { RunState } from './run.ts';

const WATCH_MS = 1_000;

export class Watch {
  readonly #deps: GateDeps;
  readonly #runs: () => Iterable<RunState>;
  /** Gates that were met when a passage was opened: their approvals are used up, and a preview finds them closed. */
  readonly #gates = new WeakMap<OpenPassage, ReadonlySet<string>>();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(deps: GateDeps, runs: () => Iterable<RunState>) {
    this.#deps = deps;
    this.#runs = runs;
  }

  /** Idempotent. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#tick(), this.#deps.watchMs ?? WATCH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** To be told of each passage when it is opened. */
  opened(passage: OpenPassage): void {
    const { gates } = this.#deps.road.preview(passage.terms.ask);
    this.#gates.set(passage, new Set(gates.map(({ gate }) => gate)));
    this.start();
  }

  /** Writes what the run did where; a store that is away loses counts and nothing else. */
  async flush(state: RunState): Promise<void> {
    const sightings = state.visits.take();
    if (sightings.length === 0) return;
    await this.#deps.familiarity
      .note(sightings)
      .catch((thrown: unknown) => this.#deps.log.warn('egress.sightings', { run: state.run.run, error: String(thrown) }));
  }

  async #tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const states = [...this.#runs()];
      if (states.length === 0) this.stop();
      await this.#look(states.flatMap(({ passages }) => [...passages]).filter(({ signal }) => !signal.aborted));
      for (const state of states) await this.flush(state);
    } catch (thrown) {
      this.#deps.log.error('egress.watch', { error: String(thrown) });
    } finally {
      this.#busy = false;
    }
  }

  async #look(passages: readonly OpenPassage[]): Promise<void> {
    const snapshot = this.#deps.snapshots.current();
    const ids = [...new Set(passages.flatMap(({ terms }) => terms.standsOn ?? []))];
    // Where nobody can tell whether a grant still stands, it does not.
    const standing =
      ids.length === 0
        ? new Set<string>()
        : await this.#deps.familiarity.stillStanding(this.#deps.org, ids).catch(() => new Set<string>());
    for (const passage of passages) {
      const code = this.#endOf(passage, snapshot, standing);
      if (code !== undefined) passage.cut(code);
    }
  }

  #endOf(passage: OpenPassage, snapshot: BundleSnapshot | undefined, standing: ReadonlySet<string>): FaultCode | undefined {
    const { standsOn, target, ask } = passage.terms;
    if (snapshot === undefined) return 'bundle.missing';
    if (standsOn !== undefined && !standing.has(standsOn)) return 'egress.denied';
    if (deniedSince(snapshot, target)) return 'egress.denied';
    const { answer, code, gates } = this.#deps.road.preview(ask);
    if (answer === 'deny') return code in FAULTS ? (code as FaultCode) : 'policy.denied';
    const met = this.#gates.get(passage);
    return gates.every(({ gate }) => met?.has(gate) ?? false) ? undefined : 'approval.required';
  }
}

const NOTHING = { name: '', unfamiliar: 'deny', uploadBytes: 0, downloadBytes: 0, connections: 0 } as const;

/** The profile of a run is of the bundle under which it began; a deny list that grew since holds at once. */
const deniedSince = ({ egress }: BundleSnapshot, { host, port }: { readonly host: string; readonly port: number }): boolean =>
  rulesForHost({ ...NOTHING, rules: egress.deny }, host, port).kind === 'rule';
