import type { CredentialRecord } from '../../ports/identity.ts';
import type { AgentRecord } from '../../ports/registry.ts';
import { Name, Time, z } from '../http/group.ts';

export const Agent = z
  .object({
    id: z.string(),
    purpose: z.string(),
    owner: z.string(),
    team: z.string(),
    environment: z.string(),
    dataClass: z.string(),
    approvalGroup: z.string(),
    runbook: z.string(),
    role: z.enum(['planner', 'editor', 'executor']),
    tier: z.int(),
    repositories: z.array(z.string()),
    capabilities: z.array(z.string()),
    useCases: z.array(z.string()),
    disabled: z.boolean(),
  })
  .openapi('Agent');

export function agentView(agent: AgentRecord): z.infer<typeof Agent> {
  const { id, purpose, owner, team, environment, dataClass, approvalGroup, runbook, role, tier, disabled } = agent;
  const lists = { repositories: [...agent.repositories], capabilities: [...agent.capabilities], useCases: [...agent.useCases] };
  return { id, purpose, owner, team, environment, dataClass, approvalGroup, runbook, role, tier, disabled, ...lists };
}

export const Credential = z
  .object({
    id: z.string(),
    kind: z.enum(['agent', 'person']),
    subject: z.string(),
    mandate: z.string().nullable(),
    onBehalfOf: z.string().nullable(),
    createdAt: Time,
    expiresAt: Time.nullable(),
    revokedAt: Time.nullable(),
  })
  .openapi('Credential');

/** The hash of the secret stays inside. */
export function credentialView(record: CredentialRecord): z.infer<typeof Credential> {
  const { id, kind, subject, mandate, onBehalfOf, createdAt, expiresAt, revokedAt } = record;
  return { id, kind, subject, mandate, onBehalfOf, createdAt, expiresAt, revokedAt };
}

export const IssuedCredential = z
  .object({
    credential: Credential,
    key: z
      .string()
      .nullable()
      .openapi({ description: 'Shown this once; null when the answer is repeated for an Idempotency-Key' }),
    rotated: z.string().nullable().openapi({ description: 'Credential that this one replaces' }),
  })
  .openapi('IssuedCredential');

export const IssueAsk = z
  .strictObject({
    mandate: Name.optional().openapi({ description: 'Bind the key to a mandate, for clients that can send nothing but a key' }),
    onBehalfOf: Name.optional(),
    ttlSeconds: z
      .int()
      .min(60)
      .max(366 * 86_400)
      .optional()
      .openapi({ description: 'Absent: 90 days' }),
  })
  .openapi('CredentialAsk');

/** Seconds that a key lives when nobody says otherwise. */
export const KEY_TTL_SECONDS = 90 * 86_400;
