/**
 * A verdict, in one transaction: the row is locked, so approvers who answer at once queue on it. What counts is written here and nowhere
 * else: who may answer, what they saw, how many are needed.
 */
import type { GateNeed } from '@countersign/kernel/decide';
import { Fault, type FaultCode } from '@countersign/kernel/fault';
import { ledgerId } from '@countersign/kernel/ledger';
import type { ApprovalRecord, ApprovalState, ApprovalVerdict, VerdictDraft } from '../../ports/approvals.ts';
import { insertOutbox } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { closeRow } from './close.ts';
import type { ApprovalParts } from './parts.ts';
import { type ApprovalRow, COLUMNS, recordOf, subjectOf, verdictsOf } from './row.ts';

/** Separates the gates that one verdict speaks for. */
const JOIN = ',';

export type Judged = { readonly record: ApprovalRecord } | { readonly fault: Fault };

const refuse = (code: FaultCode, text: string): Judged => ({ fault: new Fault(code, text) });

/** Faults are returned, not thrown: finding that the time is over closes the row, and that must be committed. */
export async function judge(parts: ApprovalParts, tx: Tx, verdict: VerdictDraft): Promise<Judged> {
  const [row] = await tx.query<ApprovalRow>(`select ${COLUMNS} from approval where org = $1 and id = $2 for update`, [
    verdict.org,
    verdict.approval,
  ]);
  if (row === undefined) return refuse('request.not-found', 'There is no such approval request.');
  const verdicts = (await verdictsOf(tx, row.org, [row.id])).get(row.id) ?? [];
  const own = verdicts.find(({ approver }) => approver === verdict.approver);
  if (own !== undefined && own.answer === verdict.answer && row.shown_digest === verdict.shownDigest)
    return { record: recordOf(row, verdicts) };
  const closed = await closedFor(parts, tx, row);
  if (closed !== undefined) return closed;
  if (own !== undefined) return refuse('approval.closed', 'You have answered this request already, and an answer stands.');
  return mayAnswer(row, verdict) ?? (await write(parts, tx, { row, verdicts }, verdict));
}

async function closedFor(parts: ApprovalParts, tx: Tx, row: ApprovalRow): Promise<Judged | undefined> {
  if (row.state !== 'open') return refuse('approval.closed', `The request is ${row.state}.`);
  if (row.over) {
    await closeRow(parts, tx, { row, state: 'expired', code: 'expired' });
    return refuse('approval.closed', 'The request has expired.');
  }
  const [active] = await tx.query<{ revision: string }>('select revision from bundle_active where org = $1', [row.org]);
  if (active === undefined || active.revision === row.revision) return undefined;
  await closeRow(parts, tx, { row, state: 'lapsed', code: 'revision-changed' });
  return refuse('approval.closed', 'The rules have changed since the request was made, so it must be made again.');
}

/** Separation of duties: nobody approves what they asked for, or what is done for them. */
function mayAnswer(row: ApprovalRow, verdict: VerdictDraft): Judged | undefined {
  if (verdict.approver === row.requester) return refuse('approval.forbidden', 'The requester cannot answer their own request.');
  if (verdict.approver === row.on_behalf_of)
    return refuse('approval.forbidden', 'A request cannot be answered by the person it is made for.');
  if (gatesFor(row, verdict).length === 0)
    return refuse('approval.forbidden', 'This person is in no group that may answer this request.');
  if (row.shown_digest !== verdict.shownDigest)
    return refuse('approval.stale', 'What was shown to you is not what this request asks. Load it again.');
  return undefined;
}

/** Gates whose approvers this person belongs to. A verdict speaks for all of them; each gate counts distinct persons. */
const gatesFor = (row: ApprovalRow, { groups }: VerdictDraft): readonly GateNeed[] =>
  (JSON.parse(row.gates) as readonly GateNeed[]).filter(({ approvers }) => groups.includes(approvers));

function stateAfter(gates: readonly GateNeed[], verdicts: readonly ApprovalVerdict[]): ApprovalState {
  if (verdicts.some(({ answer }) => answer === 'deny')) return 'denied';
  const enough = ({ gate, min }: GateNeed): boolean =>
    verdicts.filter((verdict) => verdict.gate.split(JOIN).includes(gate)).length >= Math.max(1, min);
  return gates.length > 0 && gates.every(enough) ? 'approved' : 'open';
}

const VERDICT = `
insert into approval_verdict (org, approval, approver, answer, gate, reason, shown_digest, at)
values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
returning at`;

interface Held {
  readonly row: ApprovalRow;
  readonly verdicts: readonly ApprovalVerdict[];
}

async function write(parts: ApprovalParts, tx: Tx, { row, verdicts }: Held, draft: VerdictDraft): Promise<Judged> {
  const gate = gatesFor(row, draft)
    .map((need) => need.gate)
    .join(JOIN);
  const { org, approver, answer, reason } = draft;
  const [written] = await tx.query<{ at: Date }>(VERDICT, [
    org,
    row.id,
    approver,
    answer,
    gate,
    JSON.stringify(reason),
    draft.shownDigest,
  ]);
  const at = (written?.at ?? new Date(parts.author.clock.now())).toISOString();
  const all = [...verdicts, { approver, answer, gate, reason, at }];
  const state = stateAfter(JSON.parse(row.gates) as readonly GateNeed[], all);
  if (state !== 'open') await tx.run('update approval set state = $3 where org = $1 and id = $2', [org, row.id, state]);
  await tell(parts, tx, { ...row, state }, { draft, gate });
  return { record: recordOf({ ...row, state }, all) };
}

async function tell(
  parts: ApprovalParts,
  tx: Tx,
  row: ApprovalRow,
  { draft, gate }: { draft: VerdictDraft; gate: string },
): Promise<void> {
  const base = envelope(parts.author, row.org);
  const body = {
    approval: row.id,
    by: draft.approver,
    answer: draft.answer,
    state: row.state,
    action: row.action,
    requester: row.requester,
  };
  await insertOutbox(tx, [{ org: row.org, id: base.id, kind: 'approval.decided', body }]);
  await parts.ledger.appendInTx(tx, row.org, [
    {
      ...subjectOf(row),
      ...base,
      type: 'approval.decided',
      approval: row.id,
      detail: {
        by: pseudonymOf(draft.approver),
        verdict: draft.answer === 'approve' ? 'approved' : 'refused',
        state: row.state === 'approved' ? 'approved' : row.state === 'denied' ? 'refused' : 'open',
        shownDigest: row.shown_digest,
        requestDigest: row.request_digest,
        gate: ledgerId(gate),
      },
    },
  ]);
}
