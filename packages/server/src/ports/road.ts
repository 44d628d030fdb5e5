/** The one road as doors see it. Implemented in `govern`; a door calls it and knows no other way to act. */
import type { EntityRecord, EntityRef } from '@countersign/kernel/action';
import type { Decision, Reason, WhyNot } from '@countersign/kernel/decide';
import type { FaultCode } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { ClientName } from './clients.ts';
import type { Grant } from './grant.ts';
import type { Mandate } from './mandate.ts';
import type { TaskMarks } from './marks.ts';
import type { AgentRecord, BundleSnapshot, DataClass, Taint } from './registry.ts';
import type { Amounts } from './road-store.ts';

/** What a request presents. Two credentials that differ are refused. */
export interface Presented {
  readonly bearer?: string;
  readonly apiKey?: string;
  /** Mandate id, when the key does not carry one. */
  readonly mandate?: string;
  /** Person or workload the agent says it acts for: a claim, overruled by the mandate. */
  readonly onBehalfOf?: string;
}

export interface Caller {
  readonly org: string;
  /** Set where a person asks for something itself: the principal is then the person, and `agent` stands for it with its id. */
  readonly person?: true;
  readonly agent: AgentRecord;
  /** Credential id, or `oidc:<issuer>` for a token login. */
  readonly credential: string;
  readonly onBehalfOf: string;
  readonly mandate: Mandate | undefined;
  /** Device that the credential is of. */
  readonly device?: string;
  /** The client that uses the credential, where the bundle manages it. */
  readonly client?: { readonly name: ClientName; readonly version: string; readonly covered: boolean };
  /** Why the named mandate does not count; the road denies with it. */
  readonly mandateProblem?: FaultCode;
}

export type Identified = { readonly ok: true; readonly caller: Caller } | { readonly ok: false; readonly denial: Denial };

export interface ContentDraft {
  /** `request`, `response` */
  readonly kind: string;
  readonly class: DataClass;
  readonly bytes: Uint8Array;
}

/** One action asked of the road. */
export interface Ask {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: EntityRef;
  /** Context members that the schema marks `@from("request")`. */
  readonly args: JsonRecord;
  /** `model`, `tool`, `api` ... */
  readonly door: string;
  /** W3C trace id, 32 hex digits. */
  readonly trace: string;
  /** Class that the caller declares; the effective one is never lower than the mandate's. */
  readonly declaredClass?: DataClass;
  /** Class that was found in the content; counts like the declared one, and sticks to the task once the action is allowed. */
  readonly detectedClass?: DataClass;
  /** What the action itself brings into its task, such as a way out; sticks once it is allowed. */
  readonly taints?: readonly Taint[];
  /** SHA-256, hex, over the meaning of the content (not its ids and times): an approval is bound to it. */
  readonly contentDigest?: string;
  /** What an approver is shown besides who, what and why; plain and short. */
  readonly shown?: JsonRecord;
  /**
   * What rules of the door's own say, by the code of the policy that puts them in force: told before that policy's own sentence when it is among
   * the reasons of a denial. They decide nothing.
   */
  readonly grounds?: readonly Reason[];
  /**
   * Entities laid over those of the bundle, for what a door knows and the bundle does not: a tool as the catalogue has it. INVARIANT: made
   * by the door from our own state, never from what a caller sent. They are recorded with the facts.
   */
  readonly entities?: readonly EntityRecord[];
}

export interface GovernAsk extends Ask {
  readonly reserve?: { readonly min: Amounts; readonly want: Amounts };
  /** Model id, for budgets by model and the entry. */
  readonly model?: string;
  readonly useCase?: string;
  readonly repository?: string;
  /** How long to hold the request open for an approval; 0 denies at once with the request id. */
  readonly holdMs?: number;
  /** Obligations that this door can keep. */
  readonly knows: ReadonlySet<string>;
  readonly payloads?: readonly ContentDraft[];
  /** Aborted when the caller went away: a hold ends, nothing is started. */
  readonly signal?: AbortSignal;
  /** When the act must have ended; the reservation expires then. */
  readonly actMs?: number;
  /**
   * `behind`: the value is given out while the outcome is still being written, unless the act brought something into its task that the
   * next decision has to know. A crash in between leaves an outcome that is unknown, and charged in full. Absent: the outcome comes first.
   */
  readonly outcome?: 'behind';
}

export interface Allowed {
  readonly decision: string;
  readonly granted: Amounts;
  readonly obligations: readonly string[];
  readonly dataClass: DataClass;
  /** The approval that this used up. */
  readonly approval?: string;
  /** Those of the task when this was decided; absent where there is no task that could have them. */
  readonly taints?: readonly Taint[];
  readonly snapshot: BundleSnapshot;
}

export interface CostRecord {
  readonly microUsd: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Where the figures come from: the provider's usage, our own count, or nothing was sent. */
  readonly usage: 'provider' | 'counted' | 'none';
  readonly priceRevision: string;
}

/** How an act ended. */
export interface Act<T> {
  readonly value: T;
  readonly status: 'done' | 'failed' | 'cancelled' | 'unknown' | 'released';
  readonly code?: string;
  /** `none` only where the owner knows that nothing was sent; `full` where nobody knows. */
  readonly charge: Amounts | 'full' | 'none';
  readonly cost?: CostRecord;
  readonly upstream?: string;
  /** What came back with it: sticks to the task before anybody gets to see the value. */
  readonly marks?: TaskMarks;
  readonly payloads?: readonly ContentDraft[];
}

export type DenialKind = 'identity' | 'policy' | 'budget' | 'approval' | 'loop' | 'store' | 'request' | 'killed';

/** A denial teaches: what, why, under which policy, what would be allowed instead, and who may lift it. */
export interface Denial {
  readonly kind: DenialKind;
  readonly decision: string;
  /** What the caller can quote, and go on with. */
  readonly requestId: string;
  readonly code: string;
  /** One or two sentences, public. */
  readonly message: string;
  readonly reasons: readonly Reason[];
  readonly whyNot: readonly WhyNot[];
  readonly instead?: string;
  readonly escalate?: { readonly group: string; readonly link?: string };
  readonly approval?: { readonly id: string; readonly url: string; readonly expiresAt: string };
  readonly retryAfterMs?: number;
}

export type Governed<T> =
  | { readonly ok: true; readonly decision: string; readonly value: T }
  | { readonly ok: false; readonly denial: Denial };

/** A decision without an act, for enforcement points that others build. Recorded like every other. */
export interface Evaluated {
  readonly decisionId: string;
  readonly decision: Decision;
  readonly denial?: Denial;
}

export interface RefuseAsk {
  readonly door: string;
  readonly trace: string;
  readonly caller?: Caller;
  readonly action?: string;
  readonly resource?: EntityRef;
  readonly code: FaultCode;
  /** Public sentence. */
  readonly message: string;
}

export interface Road {
  identify(presented: Presented, where: { readonly door: string; readonly trace: string }): Promise<Identified>;
  /** Decide, record, act, record. The act runs only after its decision is durable. @throws what the act throws, after its outcome was recorded */
  govern<T>(ask: GovernAsk, act: (grant: Grant, allowed: Allowed) => Promise<Act<T>>): Promise<Governed<T>>;
  evaluate(ask: Ask): Promise<Evaluated>;
  /**
   * What the answer would be at this moment, for lists of what a caller may use: no record, no reservation, no approval is looked for, nothing is
   * counted. It grants nothing: whoever then acts asks again.
   */
  preview(ask: Ask): Decision;
  /** Records the refusal of a request that never reached a decision. */
  refuse(ask: RefuseAsk): Promise<Denial>;
}
