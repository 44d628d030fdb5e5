/** A fresh static key: what is stored of it, and its text, which nobody can read again. */
import type { CredentialRecord } from './identity.ts';
import { formatKey, hashSecret, newSecret } from './key-format.ts';

/** Whose it is, what it carries, and its life. */
type Holder = Omit<CredentialRecord, 'secretHash' | 'revokedAt'>;

interface NewKey {
  readonly record: CredentialRecord;
  /** Shown once. */
  readonly key: string;
}

export function newKey(holder: Holder): NewKey {
  const secret = newSecret();
  const record = { ...holder, secretHash: hashSecret(secret), revokedAt: null };
  return { record, key: formatKey(holder.kind, holder.id, secret) };
}
