/**
 * What clients say of themselves: evidence, never a fact that grants. It is joined to what we told their hooks; something that happened and was
 * never asked about is a finding.
 */
import type { ClientName } from './hook-calls.ts';

/** One event of a client, read, cut and redacted. */
export interface ClientEvent {
  readonly client: ClientName;
  readonly session: string;
  /** `codex.tool_result`, `claude_code.tool_decision`, `hook.PostToolUse`. */
  readonly name: string;
  readonly call: string | null;
  readonly tool: string | null;
  /** As the client says. */
  readonly at: string;
  /** The client says that a tool was run. */
  readonly ran: boolean;
  /** The client says that it did not let the call happen. */
  readonly refused: boolean;
  /** The client says that it ran outside of its own sandbox. */
  readonly outside: boolean;
  /** JSON text. */
  readonly attributes: string;
}

/** `allowed`: asked and allowed; `denied`: it ran although it was denied; `missing`: nobody was asked. */
export type Joined = 'allowed' | 'denied' | 'missing';

export interface ClientFinding {
  readonly id: string;
  readonly agent: string;
  readonly mandate: string | null;
  readonly client: ClientName;
  readonly session: string;
  readonly call: string | null;
  readonly tool: string | null;
  /** `ran.unasked`, `ran.denied`, `ran.unsandboxed`. */
  readonly code: string;
  /** JSON text of what the client said, redacted; null where it is kept no more. */
  readonly said: string | null;
  readonly foundAt: string;
}

export interface EvidenceBatch {
  readonly org: string;
  readonly agent: string;
  readonly mandate: string | null;
  readonly task: string | null;
  /** Days that attributes are kept; 0 keeps none. */
  readonly days: number;
  readonly events: readonly ClientEvent[];
}

export interface JoinRate {
  readonly client: ClientName;
  /** Tool runs that the client told of. */
  readonly ran: number;
  readonly allowed: number;
  readonly denied: number;
  readonly missing: number;
}

export interface FindingQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly agent?: string;
  readonly session?: string;
}

export interface ClientEvidence {
  /** Findings have a ledger entry each, in the same transaction. @returns how many were found */
  add(batch: EvidenceBatch): Promise<number>;
  /** Newest first. */
  findings(org: string, query: FindingQuery): Promise<{ readonly data: readonly ClientFinding[]; readonly nextCursor?: string }>;
  /** Over the events that are still kept. */
  rates(org: string, agent?: string): Promise<readonly JoinRate[]>;
  sweep(): Promise<void>;
}
