/** Whether a stored credential lets in who presents it: the same rules at every door and in the API. */
import type { FaultCode } from '@countersign/kernel/fault';
import type { CredentialRecord } from '../ports/identity.ts';
import { secretMatches } from '../ports/key-format.ts';

export interface Presentation {
  readonly org: string;
  readonly kind: CredentialRecord['kind'];
  /** Absent where the secret was proven before. */
  readonly secret?: string;
  readonly nowMs: number;
}

export interface CredentialProblem {
  readonly code: FaultCode;
  readonly message: string;
  /** Named only when the secret was right: a guess learns nothing about what exists. */
  readonly credential?: string;
}

const UNKNOWN: CredentialProblem = { code: 'identity.invalid', message: 'The key is not known here.' };

/** @returns the record, or why it does not count */
export function checkCredential(
  record: CredentialRecord | undefined,
  presented: Presentation,
): CredentialRecord | CredentialProblem {
  if (record === undefined || record.org !== presented.org || record.kind !== presented.kind) return UNKNOWN;
  if (presented.secret !== undefined && !secretMatches(presented.secret, record.secretHash)) return UNKNOWN;
  const { id } = record;
  if (record.revokedAt !== null) return { code: 'identity.revoked', message: 'The key was revoked.', credential: id };
  if (record.expiresAt !== null && presented.nowMs >= Date.parse(record.expiresAt))
    return { code: 'identity.expired', message: 'The key has expired.', credential: id };
  return record;
}

export const isProblem = (checked: CredentialRecord | CredentialProblem): checked is CredentialProblem => 'code' in checked;
