/** Ends of approvals that no verdict brings: time, another revision, withdrawal. Each leaves an entry. */
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { ApprovalState } from '../../ports/approvals.ts';
import type { Tx } from '../postgres/index.ts';
import { envelope } from '../record/author.ts';
import type { ApprovalParts } from './parts.ts';
import { type ApprovalRow, COLUMNS, subjectOf } from './row.ts';

export type CloseCode = 'expired' | 'revision-changed' | 'withdrawn';

const entryOf = (parts: ApprovalParts, row: ApprovalRow, code: CloseCode): EntryDraft => ({
  ...subjectOf(row),
  ...envelope(parts.author, row.org),
  type: 'approval.expired',
  approval: row.id,
  detail: { code },
});

export interface Closing {
  readonly row: ApprovalRow;
  readonly state: ApprovalState;
  readonly code: CloseCode;
}

/** The row must be locked by this transaction; the entry is its last statement. */
export async function closeRow(parts: ApprovalParts, tx: Tx, { row, state, code }: Closing): Promise<void> {
  await tx.run('update approval set state = $3 where org = $1 and id = $2', [row.org, row.id, state]);
  await parts.ledger.appendInTx(tx, row.org, [entryOf(parts, row, code)]);
}

/** Rows of one round: small transactions, so that no verdict waits long. */
const ROUND_MAX = 100;

const DUE = `
select ${COLUMNS} from approval
where state in ('open', 'approved') and expires_at <= clock_timestamp()
order by org, id limit ${ROUND_MAX}
for update skip locked`;

const SUPERSEDED = `
select ${COLUMNS} from approval a
where state in ('open', 'approved')
  and exists (select 1 from bundle_active b where b.org = a.org and b.revision <> a.revision)
order by org, id limit ${ROUND_MAX}
for update skip locked`;

/**
 * One round of the sweeper: what is past its time expires, what belongs to another revision lapses.
 * @returns how many were closed; fewer than a round's worth means that nothing is left
 */
export async function sweepApprovals(parts: ApprovalParts): Promise<number> {
  return (await sweep(parts, DUE, 'expired')) + (await sweep(parts, SUPERSEDED, 'revision-changed'));
}

async function sweep(parts: ApprovalParts, sql: string, code: CloseCode): Promise<number> {
  return await parts.store.tx(
    async (tx) => {
      const rows = await tx.query<ApprovalRow>(sql);
      const byOrg = new Map<string, EntryDraft[]>();
      for (const row of rows) {
        const state = code === 'expired' && row.state === 'open' ? 'expired' : 'lapsed';
        await tx.run('update approval set state = $3 where org = $1 and id = $2', [row.org, row.id, state]);
        byOrg.set(row.org, [...(byOrg.get(row.org) ?? []), entryOf(parts, row, code)]);
      }
      for (const [org, entries] of byOrg) await parts.ledger.appendInTx(tx, org, entries);
      return rows.length;
    },
    { pool: 'jobs' },
  );
}
