/** Payloads go in before the entries that name them, in the same transaction, all in one statement. */
import type { PayloadDraft } from '../../ports/road-store.ts';
import { IN_TX, statement } from '../postgres/statement.ts';
import { RunAgain, type Tx } from '../postgres/tx.ts';
import { seal } from './cipher.ts';
import type { DataKey, DataKeys } from './data-keys.ts';

/** The join refuses a row whose data key was destroyed meanwhile: it could never be read. */
const INSERT = statement(`insert into payload (org, digest, kind, class, subject, data_key, cipher, retain_until)
select $1, substring($2::bytea from (r.o - 1) * 32 + 1 for 32), r.kind, r.class, r.subject, k.id,
  substring($4::bytea from r.off + 1 for r.len), r.retain
from (
  select o::int as o, len, (sum(len) over (order by o rows unbounded preceding) - len)::int as off, kind, class, subject, retain
  from unnest($5::int[], $6::text[], $7::text[], $8::text[], $9::timestamptz[]) with ordinality u(len, kind, class, subject, retain, o)
) r
join data_key k on k.org = $1 and k.id = substring($3::bytea from (r.o - 1) * 16 + 1 for 16)
where ${IN_TX}`);

export interface Sent {
  /** Rejects with a fault store.*; or reruns the transaction where a subject was erased at the same time. */
  readonly done: Promise<void>;
}

/** Resolves when the statement is on its way, so that others may follow it in its order. @throws Fault store.* */
export async function sendPayloads(keys: DataKeys, tx: Tx, org: string, drafts: readonly PayloadDraft[]): Promise<Sent> {
  if (drafts.length === 0) return { done: Promise.resolve() };
  const inTx = new Map<string, DataKey>();
  const ids: Buffer[] = [];
  const ciphers: Buffer[] = [];
  const lengths: number[] = [];
  for (const draft of drafts) {
    const place = `${draft.class}\n${draft.subject}`;
    const key = inTx.get(place) ?? (await keys.forWriting(tx, org, draft.subject, draft.class));
    inTx.set(place, key);
    const parts = seal(key.key, org, draft);
    ids.push(key.id);
    ciphers.push(...parts);
    lengths.push(parts.reduce((sum, part) => sum + part.length, 0));
  }
  const inserted = tx.run(INSERT, [
    org,
    Buffer.from(drafts.map(({ digest }) => digest).join(''), 'hex'),
    Buffer.concat(ids),
    Buffer.concat(ciphers),
    `{${lengths.join(',')}}`,
    drafts.map(({ kind }) => kind),
    drafts.map((draft) => draft.class),
    drafts.map(({ subject }) => subject),
    drafts.map(({ retainUntil }) => retainUntil),
  ]);
  return { done: confirm(keys, org, inserted, drafts.length) };
}

async function confirm(keys: DataKeys, org: string, inserted: Promise<number>, wanted: number): Promise<void> {
  if ((await inserted) === wanted) return;
  keys.forget(org);
  throw new RunAgain('a data key was destroyed while payloads were written with it');
}
