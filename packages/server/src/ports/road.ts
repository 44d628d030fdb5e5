/**
 * The road as the doors see it: identify, decide, record, act, record. `govern` is its only implementation; doors get it injected.
 * Behaviour is specified in docs/design: a decision is durable before the act, and any error on the way is a denial with a record.
 */
import type { EntityRef } from '@countersign/kernel/action';
import type { Reason, WhyNot } from '@countersign/kernel/decide';
import type { FaultCode } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Grant } from './grant.ts';
import type { Mandate } from './mandate.ts';
import type { AgentRecord, BundleSnapshot, DataClass, ModelRecord } from './registry.ts';
import type { Amounts } from './road-store.ts';

/** What a client presented. Claims until `identify` has checked them. */
export interface PresentedCredential {
  readonly bearer?: string;
  readonly apiKey?: string;
  /** Mandate id named by the client; the key's own mandate is used where none is named. */
  readonly mandate?: string;
  readonly onBehalfOf?: string;
}

export interface Caller {
  readonly org: string;
  readonly agent: AgentRecord;
  /** Credential id, never the secret. */
  readonly credential: string;
  readonly onBehalfOf: string;
  readonly mandate: Mandate | undefined;
  /** Why the named mandate cannot be used; the decision is made without it, and says so. */
  readonly mandateProblem?: string;
}

export type Identified = { readonly ok: true; readonly caller: Caller } | { readonly ok: false; readonly denial: Denial };

export interface PayloadAsk {
  /** `request`, `response`. */
  readonly kind: string;
  readonly class: DataClass;
  readonly bytes: Uint8Array;
}

export interface GovernAsk {
  readonly caller: Caller;
  /** Unqualified action id, `model.call`. */
  readonly action: string;
  readonly resource: EntityRef;
  /** Exactly the context members that the schema marks `@from("request")`. */
  readonly args: JsonRecord;
  /** `model`, `tool`, ... */
  readonly door: string;
  /** W3C trace id, 32 hex digits. */
  readonly trace: string;
  readonly declaredClass?: DataClass;
  /** Id of an approval request to go on with. */
  readonly approval?: string;
  /** Absent: nothing is reserved, nothing can be charged. */
  readonly reserve?: { readonly min: Amounts; readonly want: Amounts };
  readonly model?: ModelRecord;
  /** How long an approval may be waited for before it is answered as a denial; 0 or absent: not at all. */
  readonly holdMs?: number;
  /** Obligations that this door can fulfil; any other one is a denial. */
  readonly knows: ReadonlySet<string>;
  readonly payloads?: readonly PayloadAsk[];
  /** Aborted when the client is gone. */
  readonly signal?: AbortSignal;
  /** What an approver is shown besides the action. */
  readonly shown?: JsonRecord;
  /**
   * SHA-256, hex, of what the act will carry, without per-attempt metadata. Part of the request's digest, so that an approval is for
   * this content and a loop is a loop over the same content.
   */
  readonly content?: string;
}

export interface Allowed {
  /** Decision id. */
  readonly decision: string;
  readonly granted: Amounts;
  readonly obligations: readonly string[];
  readonly dataClass: DataClass;
  readonly snapshot: BundleSnapshot;
}

/** What a call cost, with the disjoint token kinds that were priced. */
export interface ActCost {
  readonly microUsd: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** `provider`: reported; `counted`: from the bytes that passed; `none`: nothing was used. */
  readonly usage: 'provider' | 'counted' | 'none';
  readonly priceRevision: string;
}

export interface Act<T> {
  readonly value: T;
  readonly status: 'done' | 'failed' | 'cancelled' | 'unknown' | 'released';
  /** Fault code where it did not go well. */
  readonly code?: string;
  readonly charge: Amounts | 'full' | 'none';
  readonly cost?: ActCost;
  /** Request id of the far side. */
  readonly upstream?: string;
  readonly payloads?: readonly PayloadAsk[];
  /** Public facts for the outcome's record: attempts, finish reason, findings. */
  readonly detail?: JsonRecord;
}

export type DenialKind = 'identity' | 'policy' | 'budget' | 'approval' | 'loop' | 'store' | 'request' | 'killed';

/** A denial teaches: why, what instead, who may lift it, and how to go on. All of it may be shown to the caller. */
export interface Denial {
  /** Decision id. */
  readonly decision: string;
  readonly requestId: string;
  readonly code: string;
  readonly message: string;
  readonly reasons: readonly Reason[];
  readonly whyNot: readonly WhyNot[];
  readonly instead?: string;
  readonly escalate?: { readonly group: string; readonly link?: string; readonly expected?: string };
  readonly approval?: { readonly id: string; readonly url: string; readonly expiresAt: string };
  readonly retryAfterMs?: number;
  readonly kind: DenialKind;
}

export type Governed<T> =
  | { readonly ok: true; readonly decision: string; readonly value: T }
  | { readonly ok: false; readonly denial: Denial };

/** A request that never reaches a decision: malformed, unknown model, unsupported route. Recorded all the same. */
export interface Refusal {
  readonly door: string;
  readonly trace: string;
  readonly caller?: Caller;
  readonly action: string;
  readonly code: FaultCode;
  /** Public text. */
  readonly message: string;
}

export interface Road {
  identify(credential: PresentedCredential): Promise<Identified>;
  /** Never rejects for a denial; `act` runs at most once, after its decision is durable, and may write to the client. */
  govern<T>(ask: GovernAsk, act: (grant: Grant, allowed: Allowed) => Promise<Act<T>>): Promise<Governed<T>>;
  refuse(refusal: Refusal): Promise<Denial>;
}
