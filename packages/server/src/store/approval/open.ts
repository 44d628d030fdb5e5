/** Opens approval requests: at most one stands for one request, revision and mandate. */
import { ledgerId } from '@countersign/kernel/ledger';
import type { ApprovalDraft, ApprovalRecord } from '../../ports/approvals.ts';
import { insertOutbox } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import { entryTime, envelope } from '../record/author.ts';
import { closeRow } from './close.ts';
import type { ApprovalParts } from './parts.ts';
import { type ApprovalRow, COLUMNS, recordOf, recordsOf, subjectOf } from './row.ts';

const INSERT = `
insert into approval (org, id, decision, request_digest, shown_digest, revision, requester, on_behalf_of, mandate, task, action, class,
  gates, shown, state, opened_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'open', clock_timestamp(), $15)
on conflict do nothing
returning ${COLUMNS}`;

const STANDING = `
select ${COLUMNS} from approval
where org = $1 and request_digest = $2 and revision = $3 and coalesce(mandate, '') = coalesce($4, '') and state in ('open', 'approved')
for update`;

/** @returns the record, or undefined when what stood in the way is gone now and the insert should be tried again */
export async function openOnce(parts: ApprovalParts, tx: Tx, draft: ApprovalDraft): Promise<ApprovalRecord | undefined> {
  const [fresh] = await tx.query<ApprovalRow>(INSERT, [
    draft.org,
    draft.id,
    draft.decision,
    draft.requestDigest,
    draft.shownDigest,
    draft.revision,
    draft.requester,
    draft.onBehalfOf,
    draft.mandate,
    draft.task,
    draft.action,
    draft.actionClass,
    JSON.stringify(draft.gates),
    JSON.stringify(draft.shown),
    draft.expiresAt,
  ]);
  if (fresh !== undefined) return await announce(parts, tx, fresh);
  const [standing] = await tx.query<ApprovalRow>(STANDING, [draft.org, draft.requestDigest, draft.revision, draft.mandate]);
  if (standing !== undefined && !standing.over) return (await recordsOf(tx, draft.org, [standing]))[0];
  if (standing !== undefined) {
    await closeRow(parts, tx, { row: standing, state: standing.state === 'open' ? 'expired' : 'lapsed', code: 'expired' });
    return undefined;
  }
  // Not this request's standing one, so the id is taken: the same draft came before, and its approval has ended since.
  const [same] = await tx.query<ApprovalRow>(`select ${COLUMNS} from approval where org = $1 and id = $2`, [draft.org, draft.id]);
  return same === undefined ? undefined : (await recordsOf(tx, draft.org, [same]))[0];
}

async function announce(parts: ApprovalParts, tx: Tx, row: ApprovalRow): Promise<ApprovalRecord> {
  const record = recordOf(row, []);
  const base = envelope(parts.author, row.org);
  const { gates } = record;
  const body = {
    approval: row.id,
    requester: row.requester,
    onBehalfOf: row.on_behalf_of,
    action: row.action,
    actionClass: row.class,
    gates: gates.map(({ gate, approvers, min }) => ({ gate, approvers, min })),
    expiresAt: record.expiresAt,
  };
  await insertOutbox(tx, [{ org: row.org, id: base.id, kind: 'approval.requested', body }]);
  await parts.ledger.appendInTx(tx, row.org, [
    {
      ...subjectOf(row),
      ...base,
      type: 'approval.requested',
      approval: row.id,
      detail: {
        decision: row.decision,
        expiresAt: entryTime(row.expires_at),
        requestDigest: row.request_digest,
        shownDigest: row.shown_digest,
        gates: gates.map(({ gate }) => ledgerId(gate)),
        approvers: gates.map(({ approvers }) => ledgerId(approvers)),
      },
    },
  ]);
  return record;
}
