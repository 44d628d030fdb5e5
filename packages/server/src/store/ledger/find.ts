/** One entry by its id, or by the id of its decision. The index knows 16 bytes; the body says whether it is the one. */
import { type LedgerEntry, parseEntry } from '@countersign/kernel/ledger';
import type { StoredEntry } from '../../ports/ledger.ts';
import { statement } from '../postgres/statement.ts';
import type { Tx } from '../postgres/tx.ts';
import { keyOf } from './keys.ts';

const FIND = statement(`select seq, body from audit_entry where org = $1 and id = $2
union
select seq, body from audit_entry where org = $1 and decision = $2
order by seq`);

const isNamed = (entry: LedgerEntry, id: string): boolean =>
  entry.id === id || (entry.type === 'decision' && entry.decision.id === id);

/** Undefined also for an id that is spelled otherwise than the entry spells it. */
export async function findEntry(tx: Pick<Tx, 'query'>, org: string, id: string): Promise<StoredEntry | undefined> {
  const rows = await tx.query<{ seq: number; body: Uint8Array }>(FIND, [org, keyOf(id)]);
  return rows.find(({ body }) => isNamed(parseEntry(body), id));
}
