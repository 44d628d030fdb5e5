/** Approval requests: rows, verdicts and quorum. The row decides; messages only wake. */
import type { GateNeed } from '@countersign/kernel/decide';
import type { JsonRecord } from '@countersign/kernel/json';

export type ApprovalState = 'open' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'used' | 'lapsed';

export interface ApprovalRecord {
  readonly id: string;
  readonly org: string;
  /** The decision that asked for it. */
  readonly decision: string;
  readonly requestDigest: string;
  readonly shownDigest: string;
  readonly revision: string;
  readonly requester: string;
  readonly onBehalfOf: string;
  readonly mandate: string | null;
  readonly task: string | null;
  readonly action: string;
  readonly actionClass: string;
  readonly gates: readonly GateNeed[];
  /** What the approver is shown: plain JSON, its canonical form is hashed into `shownDigest`. */
  readonly shown: JsonRecord;
  readonly state: ApprovalState;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly usedBy: string | null;
  readonly verdicts: readonly ApprovalVerdict[];
}

export interface ApprovalVerdict {
  readonly approver: string;
  readonly answer: 'approve' | 'deny';
  readonly gate: string;
  readonly reason: string;
  readonly at: string;
}

export type ApprovalDraft = Omit<ApprovalRecord, 'state' | 'usedBy' | 'verdicts' | 'openedAt'>;

export interface VerdictDraft {
  readonly org: string;
  readonly approval: string;
  readonly approver: string;
  /** Groups of the approver, from the bundle. */
  readonly groups: readonly string[];
  readonly answer: 'approve' | 'deny';
  readonly reason: string;
  /** Digest of what the approver saw; another one is refused. */
  readonly shownDigest: string;
}

export interface ApprovalStore {
  /** Opens a request, or returns the open or approved one with the same request digest, revision and mandate. With its ledger entry. */
  open(draft: ApprovalDraft): Promise<ApprovalRecord>;
  find(org: string, id: string): Promise<ApprovalRecord | undefined>;
  /** Approved, unexpired, unused approvals for exactly this request. */
  standing(query: {
    org: string;
    requestDigest: string;
    revision: string;
    mandate: string | null;
  }): Promise<readonly ApprovalRecord[]>;
  /** @throws Fault approval.closed, approval.forbidden, approval.stale, request.not-found */
  decide(verdict: VerdictDraft): Promise<ApprovalRecord>;
  withdraw(org: string, id: string, by: string): Promise<ApprovalRecord>;
  list(
    org: string,
    query: { state?: ApprovalState; limit: number; cursor?: string },
  ): Promise<{ data: readonly ApprovalRecord[]; nextCursor?: string }>;
  /** Resolves when the request left `open`, or after `timeoutMs`; polls the row. */
  waitFor(org: string, id: string, timeoutMs: number, signal?: AbortSignal): Promise<ApprovalRecord | undefined>;
}
