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
  const name = { digest, class: row.class, kind: row.kind };
  return {
    state: 'present',
    kind: row.kind,
    class: row.class,
    ...unseal(keys.open(org, row.data_key, row.wrapped), org, name, row.cipher),
  };
}

const READ_MANY =
  statement(`select encode(p.digest, 'hex') as digest, p.kind, p.class, p.cipher, p.data_key, k.wrapped from payload p
join data_key k on k.org = p.org and k.id = p.data_key where p.org = $1 and p.digest = any($2::bytea[])`);

type NamedRow = Row & { readonly digest: string; readonly wrapped: Buffer } & Record<string, unknown>;

/** Those that are present, by digest. @throws Fault ledger.corrupt for a row that was changed */
export async function readPayloads(
  store: Store,
  keys: DataKeys,
  org: string,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const opened = new Map<string, Buffer>();
  const keyOf = (row: NamedRow): Buffer => {
    const id = row.data_key.toString('hex');
    const key = opened.get(id) ?? keys.open(org, row.data_key, row.wrapped);
    opened.set(id, key);
    return key;
  };
  const wanted = digests.filter((digest) => DIGEST.test(digest)).map((digest) => Buffer.from(digest, 'hex'));
  const rows = await store.query<NamedRow>(READ_MANY, [org, wanted]);
  return new Map(rows.map((row) => [row.digest, unseal(keyOf(row), org, row, row.cipher).bytes]));
}
