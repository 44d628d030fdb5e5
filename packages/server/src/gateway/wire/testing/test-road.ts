/** A road for the doors' own tests: it allows, denies, holds and clamps as told, with real grants, and keeps what it was asked. */
import type { Decision } from '@countersign/kernel/decide';
import type { FaultCode } from '@countersign/kernel/fault';
import { mintGrant } from '../../../govern/mint.ts';
import type { AgentRecord, BundleSnapshot } from '../../../ports/registry.ts';
import type {
  Act,
  Allowed,
  Ask,
  Caller,
  Denial,
  Evaluated,
  GovernAsk,
  Governed,
  Identified,
  Presented,
  RefuseAsk,
  Road,
} from '../../../ports/road.ts';
import type { Amounts } from '../../../ports/road-store.ts';
import type { Grant } from '../../../ports/grant.ts';

export const KEY = 'agent-key';

export interface Outcome {
  readonly ask: GovernAsk;
  readonly decision: string;
  readonly granted: Amounts;
  readonly act: Omit<Act<unknown>, 'value'>;
}

export type Answer = { readonly deny: Denial } | { readonly grant?: Amounts; readonly obligations?: readonly string[] };

export class TestRoad implements Road {
  readonly asks: GovernAsk[] = [];
  readonly outcomes: Outcome[] = [];
  readonly refusals: RefuseAsk[] = [];
  /** Replaced by tests. */
  answer: (ask: GovernAsk) => Answer | Promise<Answer> = () => ({});
  /** What lists are told; replaced by tests. */
  foresee: (ask: Ask) => 'allow' | 'requireApproval' | 'deny' = () => 'allow';
  /** Callers by key, besides the agent's own; replaced by tests. */
  readonly callers = new Map<string, Caller>();
  readonly #snapshot: BundleSnapshot;
  #ids = 0;

  constructor(snapshot: BundleSnapshot, agent: AgentRecord) {
    this.#snapshot = snapshot;
    this.callers.set(KEY, { org: 'org', agent, credential: 'key_1', onBehalfOf: 'person:ada', mandate: undefined });
  }

  async identify(presented: Presented): Promise<Identified> {
    const key = presented.bearer ?? presented.apiKey;
    const caller = this.callers.get(key ?? '');
    if (caller !== undefined) return { ok: true, caller };
    const code = key === undefined ? 'identity.missing' : 'identity.invalid';
    return { ok: false, denial: denial(code, { kind: 'identity', message: 'No agent has this key.' }) };
  }

  async govern<T>(ask: GovernAsk, act: (grant: Grant, allowed: Allowed) => Promise<Act<T>>): Promise<Governed<T>> {
    this.asks.push(ask);
    const answer = await this.answer(ask);
    if ('deny' in answer) return { ok: false, denial: answer.deny };
    this.#ids += 1;
    const decision = `dec_${this.#ids}`;
    const granted = answer.grant ?? ask.reserve?.want ?? {};
    const grant = mintGrant({
      id: `gra_${this.#ids}`,
      decision,
      org: 'org',
      action: ask.action,
      agent: ask.caller.agent.id,
      resource: ask.resource,
      mandate: null,
      obligations: [],
      expiresAt: Date.now() + 60_000,
    });
    const { value, ...rest } = await act(grant, {
      decision,
      granted,
      obligations: answer.obligations ?? [],
      dataClass: 'internal',
      snapshot: this.#snapshot,
    });
    this.outcomes.push({ ask, decision, granted, act: rest });
    return { ok: true, decision, value };
  }

  async evaluate(_ask: Ask): Promise<Evaluated> {
    throw new Error('doors never only evaluate');
  }

  preview(ask: Ask): Decision {
    const nothing = { reasons: [], gates: [], obligations: [], policies: [], errors: [], shadow: [], whyNot: [] };
    return { answer: this.foresee(ask), code: 'ok', ...nothing, actionClass: null, revision: this.#snapshot.revision };
  }

  async refuse(ask: RefuseAsk): Promise<Denial> {
    this.refusals.push(ask);
    return denial(ask.code, { kind: ask.code.startsWith('identity') ? 'identity' : 'request', message: ask.message });
  }

  /** Resolves when `count` outcomes are recorded: a client may have its answer a moment before. */
  async settled(count: number): Promise<readonly Outcome[]> {
    const until = Date.now() + 5_000;
    while (this.outcomes.length < count && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.outcomes;
  }
}

export function denial(code: FaultCode, over: Partial<Denial> = {}): Denial {
  return {
    kind: 'policy',
    decision: 'dec_denied',
    requestId: 'req_denied',
    code,
    message: 'A policy denies this.',
    reasons: [{ code, message: 'A policy denies this.' }],
    whyNot: [],
    ...over,
  };
}
