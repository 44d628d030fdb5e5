/**
 * Erasure: rows and, where a subject goes as a whole, the keys that opened them and every copy of them. The entry that accounts for it is in
 * the same transaction. A legal hold wins over everything here.
 */
import { Fault } from '@countersign/kernel/fault';
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { LedgerWriter } from '../ledger/index.ts';
import { ERASER_ROLE } from '../postgres/connection.ts';
import { statement } from '../postgres/statement.ts';
import type { Store } from '../postgres/store.ts';
import type { Tx } from '../postgres/tx.ts';
import { type Author, envelope, pseudonymOf } from '../record/author.ts';

/** Digests in one entry: an entry has at most 8 KiB. */
const DIGESTS_PER_ENTRY = 90;
const BATCH_ROWS_MAX = 900;

const HELD = `exists (select 1 from legal_hold h where h.org = p.org and h.subject = p.subject)`;

const COUNT_HELD_DIGESTS = statement(
  `select count(*)::int as n from payload p where p.org = $1 and p.digest = any($2::bytea[]) and ${HELD}`,
);
const COUNT_HELD_SUBJECT = statement('select count(*)::int as n from legal_hold where org = $1 and subject = $2');
/** What is kept about a payload goes with it: a memory is nothing without its text. */
const marked = (deleted: string): string => `with gone as (${deleted} returning p.digest),
memories as (delete from memory m using gone where m.org = $1 and m.digest = gone.digest),
mark as (insert into payload_erased (org, digest) select $1, digest from gone on conflict do nothing)
select encode(digest, 'hex') as digest from gone order by digest`;
const ERASE_DIGESTS = statement(marked('delete from payload p where p.org = $1 and p.digest = any($2::bytea[])'));
const ERASE_SUBJECT = statement(marked('delete from payload p where p.org = $1 and p.subject = $2'));
const DESTROY_KEYS = statement('delete from data_key where org = $1 and subject = $2');
const ERASE_DUE = statement(
  marked(`delete from payload p where p.org = $1 and p.digest in (
    select p.digest from payload p where p.org = $1 and p.retain_until < clock_timestamp() and not ${HELD} order by p.retain_until limit $2)`),
);

export interface EraseTerms {
  readonly store: Store;
  readonly ledger: LedgerWriter;
  readonly author: Author;
  /** Called after an erasure: cached keys may be gone. */
  readonly forget: (org: string) => void;
}

export interface Account {
  readonly by: string | undefined;
  readonly code: string;
}

export type ErasureTarget = { readonly digests: readonly string[] } | { readonly subject: string };

/** The part that deletes, under the role that may. The connection's own role comes back before the entry is written. */
async function asEraser<T>(terms: EraseTerms, tx: Tx, work: () => Promise<T>): Promise<T> {
  if (!terms.store.guarded) return await work();
  await tx.query(`set local role ${ERASER_ROLE}`);
  const result = await work();
  await tx.query('reset role');
  return result;
}

function entriesOf(terms: EraseTerms, org: string, digests: readonly string[], { by, code }: Account): EntryDraft[] {
  const entries: EntryDraft[] = [];
  for (let at = 0; at < digests.length; at += DIGESTS_PER_ENTRY) {
    const detail = {
      digests: digests.slice(at, at + DIGESTS_PER_ENTRY),
      code,
      ...(by === undefined ? {} : { by: pseudonymOf(by) }),
    };
    entries.push({ ...envelope(terms.author, org), type: 'erasure', detail });
  }
  return entries;
}

const refuseHeld = (rows: readonly { n: number }[]): void => {
  if ((rows[0]?.n ?? 0) > 0)
    throw new Fault(
      'request.conflict',
      'A legal hold keeps this from being erased. Lift the hold first, or leave those payloads out.',
    );
};

async function eraseRows(tx: Tx, org: string, what: ErasureTarget): Promise<string[]> {
  if ('subject' in what) {
    refuseHeld(await tx.query<{ n: number }>(COUNT_HELD_SUBJECT, [org, what.subject]));
    const rows = await tx.query<{ digest: string }>(ERASE_SUBJECT, [org, what.subject]);
    await tx.run(DESTROY_KEYS, [org, what.subject]);
    return rows.map(({ digest }) => digest);
  }
  const wanted = what.digests.map((digest) => Buffer.from(digest, 'hex'));
  refuseHeld(await tx.query<{ n: number }>(COUNT_HELD_DIGESTS, [org, wanted]));
  return (await tx.query<{ digest: string }>(ERASE_DIGESTS, [org, wanted])).map(({ digest }) => digest);
}

/** All or nothing. @returns digests erased; those that were not there are left out @throws Fault request.conflict under a legal hold */
export async function erase(terms: EraseTerms, org: string, what: ErasureTarget, account: Account): Promise<readonly string[]> {
  const digests = await terms.store.tx(
    async (tx) => {
      const erased = await asEraser(terms, tx, () => eraseRows(tx, org, what));
      if (erased.length > 0) await terms.ledger.appendInTx(tx, org, entriesOf(terms, org, erased, account));
      return erased;
    },
    { pool: 'jobs' },
  );
  terms.forget(org);
  return digests;
}

/** Deletes what its class no longer keeps, in batches with their entries. @returns number of payloads erased */
export async function eraseDue(terms: EraseTerms, org: string): Promise<number> {
  for (let total = 0; ; ) {
    const count = await terms.store.tx(
      async (tx) => {
        const rows = await asEraser(terms, tx, () => tx.query<{ digest: string }>(ERASE_DUE, [org, BATCH_ROWS_MAX]));
        const digests = rows.map(({ digest }) => digest);
        if (digests.length > 0)
          await terms.ledger.appendInTx(tx, org, entriesOf(terms, org, digests, { by: undefined, code: 'retention' }));
        return digests.length;
      },
      { pool: 'jobs' },
    );
    total += count;
    if (count < BATCH_ROWS_MAX) return total;
  }
}
