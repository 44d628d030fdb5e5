/** Issuing, rotating and revoking static keys; the same for agents and people. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { isoTime } from '../../ports/clock.ts';
import type { CredentialRecord } from '../../ports/identity.ts';
import type { KeyKind } from '../../ports/key-format.ts';
import { newKey } from '../../ports/new-key.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';
import type { z } from '../http/group.ts';
import { credentialView, type IssuedCredential, KEY_TTL_SECONDS } from './schema.ts';

export interface KeyTerms {
  readonly kind: KeyKind;
  readonly subject: string;
  readonly mandate: string | null;
  readonly onBehalfOf: string | null;
  readonly ttlSeconds?: number | undefined;
}

type Issued = z.infer<typeof IssuedCredential>;

/** Makes the key; only its hash is stored. The answer kept for a retry has no secret. */
export async function issueKey(deps: ApiDeps, c: Context<ApiEnv>, terms: KeyTerms, by: string): Promise<Issued> {
  const { issued, key } = await mint(deps, terms, by);
  return answer(c, issued, key, null);
}

function answer(c: Context<ApiEnv>, record: CredentialRecord, key: string, rotated: string | null): Issued {
  const credential = credentialView(record);
  c.set('keepInstead', JSON.stringify({ credential, key: null, rotated } satisfies Issued));
  return { credential, key, rotated };
}

async function mint(deps: ApiDeps, terms: KeyTerms, by: string): Promise<{ issued: CredentialRecord; key: string }> {
  const now = deps.clock.now();
  const { record, key } = newKey({
    id: deps.newId('crd'),
    org: deps.org,
    kind: terms.kind,
    subject: terms.subject,
    mandate: terms.mandate,
    onBehalfOf: terms.onBehalfOf,
    createdAt: isoTime(now),
    expiresAt: isoTime(now + (terms.ttlSeconds ?? KEY_TTL_SECONDS) * 1_000),
  });
  await deps.identity.issue(record, by);
  return { issued: record, key };
}

/** The live credential of this subject. @throws Fault request.not-found, request.conflict */
export async function liveCredential(deps: ApiDeps, kind: KeyKind, subject: string, id: string): Promise<CredentialRecord> {
  const all = await deps.identity.credentials(deps.org, subject);
  const found = all.find((record) => record.id === id && record.kind === kind && record.subject === subject);
  if (found === undefined) throw new Fault('request.not-found', 'There is no such credential.');
  if (found.revokedAt !== null) throw new Fault('request.conflict', 'The credential was revoked already.');
  return found;
}

/** A new key with the same terms, then the old one revoked: in between both work, so that nothing stops. */
export async function rotateKey(deps: ApiDeps, c: Context<ApiEnv>, old: CredentialRecord, by: string): Promise<Issued> {
  const lifeMs = old.expiresAt === null ? KEY_TTL_SECONDS * 1_000 : Date.parse(old.expiresAt) - Date.parse(old.createdAt);
  const terms = {
    kind: old.kind,
    subject: old.subject,
    mandate: old.mandate,
    onBehalfOf: old.onBehalfOf,
    ttlSeconds: Math.ceil(lifeMs / 1_000),
  };
  const { issued, key } = await mint(deps, terms, by);
  await deps.identity.revoke(deps.org, old.id, by, 'rotated');
  return answer(c, issued, key, old.id);
}
