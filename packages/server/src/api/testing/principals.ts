/** Who calls the API in its tests, and their keys. */
import { createHash } from 'node:crypto';
import { AGENT, type World } from '../../govern/testing/world.ts';
import type { CredentialRecord } from '../../ports/identity.ts';
import { formatKey, hashSecret, type KeyKind } from '../../ports/key-format.ts';
import type { AgentRecord, PersonRecord } from '../../ports/registry.ts';

export const OTHER_AGENT: AgentRecord = {
  ...AGENT,
  id: 'docs-writer-drafts-dev',
  purpose: 'writes documentation',
  team: 'docs',
  approvalGroup: 'team:docs',
};

export const PEOPLE: readonly PersonRecord[] = [
  { id: 'usr_root', groups: ['team:platform'], admin: true },
  { id: 'usr_ada', groups: ['team:payments'], admin: false },
  { id: 'usr_sam', groups: ['group:security', 'team:security'], admin: false },
  { id: 'usr_vic', groups: [], admin: false },
];

/** A fixed secret per name, so that keys are the same in every run. */
const secretOf = (name: string) => createHash('sha256').update(name).digest('base64url');

export function seedKeys(world: World): Map<string, string> {
  const keys = new Map<string, string>();
  const holders: [string, KeyKind][] = [
    ...PEOPLE.map(({ id }): [string, KeyKind] => [id, 'person']),
    [AGENT.id, 'agent'],
    [OTHER_AGENT.id, 'agent'],
  ];
  holders.forEach(([subject, kind], index) => {
    const [id, secret] = [`crd_seed${index}`, secretOf(subject)];
    const record: CredentialRecord = {
      id,
      org: 'acme',
      kind,
      subject,
      secretHash: hashSecret(secret),
      mandate: null,
      onBehalfOf: kind === 'agent' ? 'usr_ada' : null,
      createdAt: '2026-05-01T00:00:00.000Z',
      expiresAt: '2027-05-01T00:00:00.000Z',
      revokedAt: null,
    };
    world.credentials.set(id, record);
    keys.set(subject, formatKey(kind, id, secret));
  });
  return keys;
}
