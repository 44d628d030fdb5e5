import type { PayloadAnswer } from '../../ports/ledger.ts';
import { statement } from '../postgres/statement.ts';
import type { Store } from '../postgres/store.ts';
import { unseal } from './cipher.ts';
import type { DataKeys } from './data-keys.ts';

const READ = statement(`select p.kind, p.class, p.cipher, p.data_key, k.wrapped from payload p
left join data_key k on k.org = p.org and k.id = p.data_key where p.org = $1 and p.digest = $2`);
const ERASED = statement('select 1 from payload_erased where org = $1 and digest = $2');

interface Row {
  readonly kind: string;
  readonly class: string;
  readonly cipher: Buffer;
  readonly data_key: Buffer;
  readonly wrapped: Buffer | null;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Missing is neither there nor accounted for by an erasure. @throws Fault ledger.corrupt for a row that was changed */
export async function readPayload(store: Store, keys: DataKeys, org: string, digest: string): Promise<PayloadAnswer> {
  if (!DIGEST.test(digest)) return { state: 'missing' };
  const [row] = await store.query<Row & Record<string, unknown>>(READ, [org, Buffer.from(digest, 'hex')]);
  if (row === undefined) {
    const erased = await store.query(ERASED, [org, Buffer.from(digest, 'hex')]);
    return { state: erased.length > 0 ? 'erased' : 'missing' };
  }
  // The key of its subject was destroyed while it was written: it went with the others.
  if (row.wrapped === null) return { state: 'erased' };
  const name = { org, digest, class: row.class, kind: row.kind };
  return {
    state: 'present',
    kind: row.kind,
    class: row.class,
    ...unseal(keys.open(org, row.data_key, row.wrapped), name, row.cipher),
  };
}
