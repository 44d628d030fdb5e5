/** Approval rows and what they say. */
import type { ActionClass } from '@countersign/kernel/action';
import type { GateNeed } from '@countersign/kernel/decide';
import type { JsonRecord } from '@countersign/kernel/json';
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type { ApprovalRecord, ApprovalState, ApprovalVerdict } from '../../ports/approvals.ts';
import type { Tx } from '../postgres/index.ts';
import { pseudonymOf } from '../record/author.ts';

export interface ApprovalRow {
  readonly org: string;
  readonly id: string;
  readonly decision: string;
  readonly request_digest: string;
  readonly shown_digest: string;
  readonly revision: string;
  readonly requester: string;
  readonly on_behalf_of: string;
  readonly mandate: string | null;
  readonly task: string | null;
  readonly action: string;
  readonly class: string;
  readonly gates: string;
  readonly shown: string;
  readonly state: ApprovalState;
  readonly opened_at: Date;
  readonly expires_at: Date;
  readonly used_by: string | null;
  /** By the database's clock, now. */
  readonly over: boolean;
}

export const COLUMNS = `org, id, decision, request_digest, shown_digest, revision, requester, on_behalf_of, mandate, task, action, class,
  gates, shown, state, opened_at, expires_at, used_by, expires_at <= clock_timestamp() as over`;

interface VerdictRow {
  readonly approval: string;
  readonly approver: string;
  readonly answer: 'approve' | 'deny';
  readonly gate: string;
  readonly reason: string;
  readonly at: Date;
}

export type Query = Pick<Tx, 'query'>;

/** Verdicts of some approvals of one organisation, oldest first. */
export async function verdictsOf(
  tx: Query,
  org: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ApprovalVerdict[]>> {
  const found = new Map<string, ApprovalVerdict[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return found;
  const rows = await tx.query<VerdictRow>(
    'select approval, approver, answer, gate, reason, at from approval_verdict where org = $1 and approval = any($2) order by at, approver',
    [org, ids],
  );
  for (const { approval, at, reason, ...verdict } of rows) {
    found.get(approval)?.push({ ...verdict, reason: JSON.parse(reason) as string, at: at.toISOString() });
  }
  return found;
}

export function recordOf(row: ApprovalRow, verdicts: readonly ApprovalVerdict[]): ApprovalRecord {
  return {
    id: row.id,
    org: row.org,
    decision: row.decision,
    requestDigest: row.request_digest,
    shownDigest: row.shown_digest,
    revision: row.revision,
    requester: row.requester,
    onBehalfOf: row.on_behalf_of,
    mandate: row.mandate,
    task: row.task,
    action: row.action,
    actionClass: row.class,
    gates: JSON.parse(row.gates) as readonly GateNeed[],
    shown: JSON.parse(row.shown) as JsonRecord,
    state: row.state,
    openedAt: row.opened_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    usedBy: row.used_by,
    verdicts,
  };
}

export async function recordsOf(tx: Query, org: string, rows: readonly ApprovalRow[]): Promise<readonly ApprovalRecord[]> {
  const verdicts = await verdictsOf(
    tx,
    org,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => recordOf(row, verdicts.get(row.id) ?? []));
}

type Subject = Partial<Pick<EntryDraft, 'principal' | 'onBehalfOf' | 'mandate' | 'task' | 'action' | 'class'>>;

/** Who asked, for whom, for what: every entry about an approval says it. */
export function subjectOf(
  row: Pick<ApprovalRow, 'requester' | 'on_behalf_of' | 'mandate' | 'task' | 'action' | 'class'>,
): Subject {
  return {
    principal: pseudonymOf(row.requester),
    onBehalfOf: pseudonymOf(row.on_behalf_of),
    ...(row.mandate === null ? {} : { mandate: ledgerId(row.mandate) }),
    ...(row.task === null ? {} : { task: ledgerId(row.task) }),
    action: row.action,
    class: row.class as ActionClass,
  };
}
