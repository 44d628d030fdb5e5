/**
 * Between the wire of the network door and its decisions. The wire turns bytes into a target and asks; the gate walks the road and keeps
 * the record. One decision and one grant for each (run, host, port, rule): what goes through under a grant is reported to its passage.
 */
import type { FaultCode } from '@countersign/kernel/fault';
import type { EgressRule, EgressRun } from './egress.ts';
import type { EgressCredential } from './egress-settings.ts';
import type { Grant } from './grant.ts';
import type { DataClass } from './registry.ts';
import type { Denial } from './road.ts';

export type { EgressCredential } from './egress-settings.ts';

export interface EgressTarget {
  /** Canonical, see `canonicalHost`. */
  readonly host: string;
  readonly port: number;
  /** `raw`: bytes that are no TLS, by a rule that says so. */
  readonly scheme: 'http' | 'https' | 'raw';
  /** Set where the request was seen before the decision: in plain HTTP, where rules depend on method or path, and for unfamiliar hosts. */
  readonly method?: string;
  /** Normal form, without the query. */
  readonly path?: string;
}

/** How one connection (opaque, raw) or one request (plain, inspected) ended. */
export interface EgressOutcome {
  readonly target: EgressTarget;
  readonly mode: 'plain' | 'inspected' | 'opaque' | 'raw';
  /** Where it was dialled; absent when nothing was. */
  readonly address?: string;
  /** Of the answer; absent where the door does not see it. */
  readonly status?: number;
  /** `refused`: an allowed target that was then not reached for a reason of ours, `code` says which. */
  readonly end: 'done' | 'failed' | 'refused';
  readonly code?: FaultCode;
  /** From the sandbox and to it; what the other side sent and we withheld counts too. */
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  readonly startedAt: number;
  readonly durationMs: number;
  /** Name of the credential that was put in. */
  readonly credential?: string;
}

/** An allowed way for one run to one host, port and rule. */
export interface EgressPassage {
  readonly grant: Grant;
  readonly decision: string;
  /** What holds on this way; for a target that no rule matched, what the gate allows instead. */
  readonly rule: EgressRule;
  readonly dataClass: DataClass;
  readonly credential?: EgressCredential;
  /** Aborted when the grant ends early: revoked, killed, expired. What goes through under it is then cut. */
  readonly signal: AbortSignal;
  /** Called once for each connection or request, when it has ended. Never throws; `settle` waits until it is on record. */
  record(outcome: EgressOutcome): void;
}

export type EgressAnswer =
  | { readonly ok: true; readonly passage: EgressPassage }
  /** With `denial.approval` where a person has to say yes and did not within the hold. */
  | { readonly ok: false; readonly denial: Denial };

/** A refusal that is not policy's: malformed bytes, an address, names that differ, a cap. */
export interface EgressRefusal {
  readonly code: FaultCode;
  /** Public sentence. */
  readonly message: string;
  /** Absent where the bytes named none. */
  readonly target?: EgressTarget;
}

export interface EgressGate {
  /**
   * Decided, recorded and, where a person is asked, held for at most 30 s. Never throws: what goes wrong is a denial.
   * @param rule the rule of the profile that matched; undefined where none did
   * @param signal aborted when the client went away
   */
  decide(run: EgressRun, target: EgressTarget, rule: EgressRule | undefined, signal: AbortSignal): Promise<EgressAnswer>;
  /** Never throws. */
  refuse(run: EgressRun, refusal: EgressRefusal): Promise<Denial>;
  /** The run is over: every passage of it ends, and this resolves when all that was reported is on record. */
  settle(run: EgressRun): Promise<void>;
}
