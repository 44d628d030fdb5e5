/** Credentials: rows without secrets, issued and revoked with their entries. */
import { Fault } from '@countersign/kernel/fault';
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type { ClientName, SightingState } from '../../ports/clients.ts';
import type { CredentialRecord } from '../../ports/identity.ts';
import type { Tx } from '../postgres/index.ts';
import { entryTime, envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, type StateParts } from '../record/parts.ts';

export interface CredentialRow {
  readonly org: string;
  readonly id: string;
  readonly kind: 'agent' | 'person';
  readonly subject: string;
  readonly secret_hash: string;
  readonly mandate: string | null;
  readonly on_behalf_of: string | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  /** Where they were asked for. */
  readonly device?: string | null;
  readonly client_name?: ClientName | null;
  readonly client_version?: string | null;
  readonly client_state?: SightingState | null;
}

/**
 * Credentials as doors judge them: a device's mandate, end and revocation are its credentials', and so is what its client showed. Where several
 * clients use one credential, the worst of them counts.
 */
export const KNOWN_CREDENTIALS = `
select c.org, c.id, c.kind, c.subject, c.secret_hash, coalesce(c.mandate, d.mandate) as mandate,
  coalesce(d.on_behalf_of, c.on_behalf_of) as on_behalf_of, c.created_at,
  case when d.expires_at < c.expires_at or c.expires_at is null then coalesce(d.expires_at, c.expires_at) else c.expires_at end as expires_at,
  coalesce(d.revoked_at, c.revoked_at) as revoked_at, d.id as device,
  s.client as client_name, s.version as client_version, s.state as client_state
from credential c
left join device_credential dc on dc.org = c.org and dc.credential = c.id
left join device d on d.org = dc.org and d.id = dc.device
left join lateral (
  select client, version, state from (
    select client, version, seen_at, case when exists (
      select 1 from client_coverage v where v.org = c.org and v.agent = c.subject and v.client = g.client and v.capped
    ) then 'uncovered' else g.state end as state
    from client_sighting g where g.org = c.org and g.subject = coalesce(d.id, c.id)
  ) seen
  order by (state = 'covered'), seen_at desc limit 1
) s on true
where c.org = $1 and c.id = any($2)`;

export const CREDENTIAL_COLUMNS =
  'org, id, kind, subject, secret_hash, mandate, on_behalf_of, created_at, expires_at, revoked_at';

export const credentialOf = (row: CredentialRow): CredentialRecord => ({
  id: row.id,
  org: row.org,
  kind: row.kind,
  subject: row.subject,
  secretHash: row.secret_hash,
  mandate: row.mandate,
  onBehalfOf: row.on_behalf_of,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  ...(typeof row.device === 'string' ? { device: row.device } : {}),
  ...seenOf(row),
});

function seenOf({ client_name, client_version, client_state }: CredentialRow): Pick<CredentialRecord, 'client'> {
  if (typeof client_name !== 'string' || typeof client_version !== 'string') return {};
  return { client: { name: client_name, version: client_version, state: client_state ?? 'unmanaged' } };
}

const INSERT = `
insert into credential (org, id, kind, subject, secret_hash, mandate, on_behalf_of, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing`;

export async function issueCredential(parts: StateParts, tx: Tx, record: CredentialRecord, by: string): Promise<void> {
  const entry = await insertCredential(parts, tx, record, by);
  if (entry === undefined) return;
  await raiseVersion(tx, record.org);
  await parts.ledger.appendInTx(tx, record.org, [entry]);
}

/** The row alone; its entry goes to the ledger with those of the rest of the transaction. @returns undefined where it is there already */
export async function insertCredential(
  parts: StateParts,
  tx: Tx,
  record: CredentialRecord,
  by: string,
): Promise<EntryDraft | undefined> {
  const { org, id, kind, subject, secretHash, mandate, onBehalfOf, createdAt, expiresAt } = record;
  const values = [org, id, kind, subject, secretHash, mandate, onBehalfOf, createdAt, expiresAt];
  if ((await tx.run(INSERT, values)) === 0) {
    const [there] = await tx.query<CredentialRow>(`select ${CREDENTIAL_COLUMNS} from credential where org = $1 and id = $2`, [
      org,
      id,
    ]);
    if (there?.secret_hash === secretHash && there.subject === subject) return undefined;
    throw new Fault('request.conflict', 'A credential with this id exists.');
  }
  return entryOf(parts, 'credential.issued', record, by);
}

function entryOf(
  parts: StateParts,
  type: 'credential.issued' | 'credential.revoked',
  record: CredentialRecord,
  by: string,
): EntryDraft {
  const expires = record.expiresAt === null ? {} : { expiresAt: entryTime(record.expiresAt) };
  const detail = {
    credential: ledgerId(record.id),
    holder: pseudonymOf(record.subject),
    kind: record.kind,
    by: pseudonymOf(by),
    ...expires,
  };
  return { ...envelope(parts.author, record.org), type, detail };
}

const REVOKE = `
update credential set revoked_at = clock_timestamp(), revoked_by = $3, revoked_reason = $4
where org = $1 and id = $2 and revoked_at is null
returning ${CREDENTIAL_COLUMNS}`;

export interface Revocation {
  readonly org: string;
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

export async function revokeCredential(
  parts: StateParts,
  tx: Tx,
  { org, id, by, reason }: Revocation,
): Promise<CredentialRecord> {
  const [revoked] = await tx.query<CredentialRow>(REVOKE, [org, id, by, JSON.stringify(reason)]);
  if (revoked !== undefined) {
    const record = credentialOf(revoked);
    await raiseVersion(tx, org);
    await parts.ledger.appendInTx(tx, org, [entryOf(parts, 'credential.revoked', record, by)]);
    return record;
  }
  const [there] = await tx.query<CredentialRow>(`select ${CREDENTIAL_COLUMNS} from credential where org = $1 and id = $2`, [
    org,
    id,
  ]);
  if (there === undefined) throw new Fault('request.not-found', 'There is no such credential.');
  return credentialOf(there);
}
