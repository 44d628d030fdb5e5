/** agents/*.yaml: one file per agent, named after it. */
import { z } from 'zod';
import { DataClassName, Environment, GroupRef, PersonId, Sentence, Slug, WireId } from './common.ts';

const Login = z.strictObject({
  issuer: z.string().regex(/^https:\/\/[^\s?#]+$/, 'must be the https URL of the issuer'),
  audience: z.string().min(1).max(300),
  jwksUri: z
    .string()
    .regex(/^https:\/\/[^\s#]+$/, 'must be an https URL')
    .optional(),
  claims: z
    .record(z.string().min(1).max(100), z.string().min(1).max(500))
    .refine(
      (claims) => Object.keys(claims).length > 0,
      'must name at least one claim, or every workload of this issuer would be this agent',
    )
    .describe('Claims that must all match, such as the subject of a CI job.'),
});

const Promotion = z
  .strictObject({
    from: z.int().min(1).max(3),
    to: z.int().min(2).max(4),
    evidence: z
      .array(z.string().min(3).max(500))
      .min(1)
      .max(50)
      .describe('Where the evidence is: links, reports, ledger decisions.'),
    approvedBy: PersonId.describe('A person of the approval group who is not the owner.'),
  })
  .describe('Why this agent may do more than before. Needed once, when its tier rises.');

export const AgentFile = z
  .strictObject({
    id: Slug.describe('What it works on, what it does, its role, its environment: payments-test-repair-editor-dev.'),
    app: Slug.describe('The program that runs: codex, claude-code, your own. One identity per program, purpose and environment.'),
    purpose: Sentence,
    owner: PersonId.describe('The person who answers for it.'),
    team: Slug,
    environment: Environment,
    dataClass: DataClassName.describe('The highest class of data that it may touch.'),
    approvalGroup: GroupRef.describe('Who approves for it, and may raise its tier.'),
    runbook: z.string().regex(/^(?:https:\/\/[^\s]+|docs\/[A-Za-z0-9._/-]+)$/, 'must be an https link or a path below docs/'),
    role: z.enum(['planner', 'editor', 'executor']).describe('Exactly one: what proposes never executes.'),
    tier: z
      .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
      .describe('1 reads and analyses, 2 writes patches, 3 executes under control, 4 remediates with a human each time.'),
    repositories: z.array(Slug).max(10_000),
    capabilities: z.array(Slug.or(WireId)).max(200),
    useCases: z.array(Slug).min(1).max(100),
    logins: z.array(Login).max(20).default([]).describe('Tokens that are this agent; static keys need nothing here.'),
    disabled: z.boolean().default(false),
    promotion: Promotion.optional(),
  })
  .describe('Countersign: one agent');

export type AgentFile = z.infer<typeof AgentFile>;
