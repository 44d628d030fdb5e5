/**
 * Messages to the outside, written in the transaction of what they tell of, and sent afterwards: at least once, each with an id by which
 * the receiver knows a repetition.
 */
import type { JsonRecord } from '@countersign/kernel/json';
import type { Store, Tx } from '../postgres/index.ts';
import { IN_TX, statement } from '../postgres/index.ts';

export type OutboxKind =
  | 'approval.requested'
  | 'approval.decided'
  | 'budget.threshold'
  | 'kill.set'
  | 'break-glass.opened'
  | 'bundle.applied'
  | 'tool.quarantined'
  | 'device.revoked'
  | 'client.drift';

export interface OutboxDraft {
  readonly org: string;
  /** Id of the ledger entry that tells the same. */
  readonly id: string;
  readonly kind: OutboxKind;
  readonly body: JsonRecord;
}

export interface OutboxMessage extends OutboxDraft {
  /** Deliveries that were tried before this one. */
  readonly attempts: number;
}

export interface Outbox {
  /** Due messages, hidden from other claims for `CLAIM_MS`. A sender that dies lets them come back. */
  claimOutbox(limit: number): Promise<readonly OutboxMessage[]>;
  markDelivered(org: string, id: string): Promise<void>;
  /** Due again after `retryMs`, or never when null: given up, kept with its reason. */
  markFailed(org: string, id: string, retryMs: number | null, reason: string): Promise<void>;
  /** Removes what was delivered or given up longer ago than `days`. @returns how many */
  prune(days: number): Promise<number>;
}

/** Longer than any delivery may take. */
export const CLAIM_MS = 60_000;

const INSERT = statement(`
insert into outbox (org, id, kind, body)
select u.org, u.id, u.kind, u.body from unnest($1::text[], $2::text[], $3::text[], $4::text[]) u(org, id, kind, body)
where ${IN_TX}
on conflict do nothing`);

const CLAIM = `
update outbox o set due = clock_timestamp() + make_interval(secs => $2), attempts = o.attempts + 1
from (select org, id from outbox where done is null and due <= clock_timestamp() order by due limit $1 for update skip locked) d
where o.org = d.org and o.id = d.id
returning o.org, o.id, o.kind, o.body, o.attempts`;

/** Inside the transaction of what the messages tell of. */
export async function insertOutbox(tx: Tx, messages: readonly OutboxDraft[]): Promise<void> {
  await tx.run(INSERT, [
    messages.map(({ org }) => org),
    messages.map(({ id }) => id),
    messages.map(({ kind }) => kind),
    messages.map(({ body }) => JSON.stringify(body)),
  ]);
}

interface OutboxRow {
  readonly org: string;
  readonly id: string;
  readonly kind: OutboxKind;
  readonly body: string;
  readonly attempts: number;
}

export function openOutbox(store: Store): Outbox {
  return {
    async claimOutbox(limit) {
      const rows = await store.query<OutboxRow>(CLAIM, [limit, CLAIM_MS / 1_000], 'jobs');
      return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as JsonRecord, attempts: row.attempts - 1 }));
    },
    async markDelivered(org, id) {
      await store.query('update outbox set done = clock_timestamp() where org = $1 and id = $2', [org, id], 'jobs');
    },
    async markFailed(org, id, retryMs, reason) {
      const text = JSON.stringify(reason.slice(0, 500));
      if (retryMs === null) {
        await store.query(
          'update outbox set done = clock_timestamp(), failed = $3 where org = $1 and id = $2',
          [org, id, text],
          'jobs',
        );
        return;
      }
      const sql =
        'update outbox set due = clock_timestamp() + make_interval(secs => $3), failed = $4 where org = $1 and id = $2 and done is null';
      await store.query(sql, [org, id, retryMs / 1_000, text], 'jobs');
    },
    async prune(days) {
      const sql = 'delete from outbox where done < clock_timestamp() - make_interval(days => $1) returning 1';
      return (await store.query(sql, [days], 'jobs')).length;
    },
  };
}
