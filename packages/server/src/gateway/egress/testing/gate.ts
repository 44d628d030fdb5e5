/** A gate that decides by the rule alone and keeps its record in memory. */
import type { EgressRule } from '@countersign/kernel/egress';
import { mintGrant } from '../../../govern/mint.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import type {
  EgressAnswer,
  EgressCredential,
  EgressGate,
  EgressOutcome,
  EgressPassage,
  EgressRefusal,
  EgressTarget,
} from '../../../ports/egress-gate.ts';
import type { Denial } from '../../../ports/road.ts';

export interface Recorded {
  readonly rule: string;
  readonly outcome: EgressOutcome;
}

export class MemoryGate implements EgressGate {
  readonly decided: { readonly target: EgressTarget; readonly rule: string | undefined; readonly answer: 'allow' | 'deny' }[] =
    [];
  readonly outcomes: Recorded[] = [];
  readonly refusals: EgressRefusal[] = [];
  readonly credentials = new Map<string, EgressCredential>();
  /** Cuts what goes through. */
  readonly cut = new AbortController();
  settled = 0;
  #ids = 0;

  decide(run: EgressRun, target: EgressTarget, rule: EgressRule | undefined, _signal: AbortSignal): Promise<EgressAnswer> {
    const allowed = rule === undefined ? run.profile.unfamiliar === 'report' : rule.decision === 'allow';
    this.decided.push({ target, rule: rule?.id, answer: allowed ? 'allow' : 'deny' });
    if (!allowed) return Promise.resolve({ ok: false, denial: this.#denial(rule?.id) });
    return Promise.resolve({ ok: true, passage: this.#passage(run, target, rule ?? reported(target)) });
  }

  refuse(_run: EgressRun, refusal: EgressRefusal): Promise<Denial> {
    this.refusals.push(refusal);
    const id = this.#id('dec');
    const { code, message } = refusal;
    return Promise.resolve({ kind: 'request', decision: id, requestId: id, code, message, reasons: [], whyNot: [] });
  }

  settle(): Promise<void> {
    this.settled += 1;
    return Promise.resolve();
  }

  #id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_${this.#ids}`;
  }

  #passage(run: EgressRun, target: EgressTarget, rule: EgressRule): EgressPassage {
    const decision = this.#id('dec');
    const credential = rule.credential === undefined ? undefined : this.credentials.get(rule.credential);
    return {
      grant: mintGrant({
        id: this.#id('grt'),
        decision,
        org: 'acme',
        action: 'network.connect',
        agent: run.run,
        resource: { type: 'Host', id: target.host },
        mandate: null,
        obligations: [],
        expiresAt: Number.MAX_SAFE_INTEGER,
      }),
      decision,
      rule,
      dataClass: 'internal',
      signal: this.cut.signal,
      ...(credential === undefined ? {} : { credential }),
      record: (outcome) => this.outcomes.push({ rule: rule.id, outcome }),
    };
  }

  #denial(rule: string | undefined): Denial {
    const decision = this.#id('dec');
    return {
      kind: 'policy',
      decision,
      requestId: decision,
      code: 'egress.denied',
      message: rule === undefined ? 'No rule lists this host.' : `The rule ${rule} denies this host.`,
      reasons: [{ code: 'egress.denied', policy: rule ?? 'unfamiliar', message: 'not listed' }],
      whyNot: [],
    };
  }
}

const reported = ({ host, port }: EgressTarget): EgressRule => ({ ...OPEN_RULE, id: `report ${host}`, host, ports: [port] });

export const OPEN_RULE: EgressRule = {
  id: 'open',
  host: 'allowed.test',
  decision: 'allow',
  tls: 'auto',
  private: false,
  websocket: false,
  raw: false,
  why: 'a test',
};
