/** Credentials: rows without secrets, issued and revoked with their entries. */
import { Fault } from '@countersign/kernel/fault';
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
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
}

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
});

const INSERT = `
insert into credential (org, id, kind, subject, secret_hash, mandate, on_behalf_of, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing`;

export async function issueCredential(parts: StateParts, tx: Tx, record: CredentialRecord, by: string): Promise<void> {
  const { org, id, kind, subject, secretHash, mandate, onBehalfOf, createdAt, expiresAt } = record;
  const values = [org, id, kind, subject, secretHash, mandate, onBehalfOf, createdAt, expiresAt];
  if ((await tx.run(INSERT, values)) === 0) {
    const [there] = await tx.query<CredentialRow>(`select ${CREDENTIAL_COLUMNS} from credential where org = $1 and id = $2`, [
      org,
      id,
    ]);
    if (there?.secret_hash === secretHash && there.subject === subject) return;
    throw new Fault('request.conflict', 'A credential with this id exists.');
  }
  await raiseVersion(tx, org);
  await parts.ledger.appendInTx(tx, org, [entryOf(parts, 'credential.issued', record, by)]);
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
