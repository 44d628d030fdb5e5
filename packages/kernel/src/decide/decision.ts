/** The outcome of one evaluation. A value: plain JSON, the same bytes for the same bundle, facts and request. */
import type { ActionClass } from '../action/index.ts';

export type Answer = 'allow' | 'requireApproval' | 'deny';
export type LayerName = 'access' | 'limit' | 'gate' | 'obligation';

/** Why: a stable code, the policy that decided (`policies/20-limits.cedar:7#limit.budget`), and what a person can do about it. */
export interface Reason {
  readonly code: string;
  /** Policy id, absent when no policy decided (invalid request, default deny). */
  readonly policy?: string;
  /** `file:line#id` */
  readonly reference?: string;
  readonly message: string;
  readonly instead?: string;
  /** Group that may lift it, such as `team:platform`. */
  readonly escalate?: string;
  readonly link?: string;
}

export interface GateNeed {
  /** Approval class, such as `code-owner`. */
  readonly gate: string;
  /** Group whose members may approve, such as `team:dba`. */
  readonly approvers: string;
  /** Quorum. */
  readonly min: number;
  readonly policies: readonly string[];
}

export interface PolicyError {
  readonly policy: string;
  readonly reference: string;
  /** type, attribute, entity, overflow, extension, arity */
  readonly kind: string;
  readonly message: string;
}

export interface ShadowNote {
  readonly policy: string;
  readonly effect: 'wouldDeny' | 'wouldAsk' | 'wouldAllow' | 'wouldOblige' | 'error';
}

export interface WhyNot {
  readonly policy: string;
  readonly reference: string;
  readonly failed: readonly string[];
}

export interface Decision {
  readonly answer: Answer;
  /** The first reason's code; `ok` for an allow. */
  readonly code: string;
  readonly reasons: readonly Reason[];
  readonly gates: readonly GateNeed[];
  readonly obligations: readonly string[];
  /** Ids of the policies that decided, sorted. */
  readonly policies: readonly string[];
  readonly errors: readonly PolicyError[];
  readonly shadow: readonly ShadowNote[];
  readonly whyNot: readonly WhyNot[];
  readonly actionClass: ActionClass | null;
  readonly revision: string;
}
