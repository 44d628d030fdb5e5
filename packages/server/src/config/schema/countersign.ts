/** countersign.yaml: the organisation, and everything that is set once for all of it. */
import { z } from 'zod';
import { ACTION_CLASSES } from '@countersign/kernel/action';
import { MEMORY_RULES } from '../../ports/memory.ts';
import { MEMORY_SCOPES } from '../../ports/registry.ts';
import { STRENGTHS } from '../../ports/sandbox-spec.ts';
import { BaseUrl, DataClassName, Duration, GroupRef, PersonId, SecretRef, Sentence, Slug } from './common.ts';
import { Review } from './review.ts';
import { Scanning } from './scanning.ts';

const Described = z.strictObject({ description: Sentence });

const Person = z.strictObject({
  id: PersonId,
  groups: z.array(GroupRef).min(1).describe('Teams and groups, as policies name them: team:platform, group:dba.'),
  admin: z.boolean().default(false),
});

const Provider = z.strictObject({
  kind: z.enum(['openai', 'anthropic', 'compatible']).describe('The wire formats it speaks; `compatible` is Chat Completions.'),
  baseUrl: BaseUrl,
  credential: SecretRef.nullable().describe('Where the key is found when a call is made. null for a server that wants none.'),
  concurrency: z.int().min(1).max(10_000).default(64).describe('Calls in flight at most.'),
  queue: Duration.default('10s').describe('How long a call may wait for a free place.'),
});

const Budget = z.strictObject({
  scope: z
    .string()
    .regex(
      /^(?:org|(?:team|agent|environment|useCase|model|action|tool|server):(?:\*|[A-Za-z0-9][A-Za-z0-9._:/-]*)|task:\*)$/,
      'must be org, or a kind and a name, such as `team:payments`, `agent:*`, `task:*`',
    )
    .describe('A star makes one row per thing; a name beats the star.'),
  unit: z
    .enum(['microUsd', 'tokens', 'requests', 'concurrency'])
    .describe('Money is in millionths of a dollar: 1000000 is 1 USD.'),
  window: z.enum(['life', 'month', 'day', 'hour', 'minute']),
  limit: z.int().min(0),
  raise: GroupRef.describe('Who may raise it.'),
  alarms: z
    .array(z.number().gt(0).max(1))
    .max(8)
    .default([])
    .describe('Fractions of the limit at which an alarm goes out, once a window.'),
});

const Webhook = z.strictObject({
  id: Slug,
  url: BaseUrl,
  secret: SecretRef,
  events: z
    .array(
      z
        .string()
        .regex(/^(?:\*|[a-z]+(?:[.-][a-z]+)*(?:\.\*)?)$/, 'must be an event such as `approval.requested`, or `approval.*`'),
    )
    .min(1),
});

const classRecord = <T extends z.ZodType>(value: T) =>
  z.strictObject({ public: value, internal: value, confidential: value, restricted: value });

const ApprovalExpiry = z.strictObject({
  ...(Object.fromEntries(ACTION_CLASSES.map((name) => [name, Duration])) as Record<
    (typeof ACTION_CLASSES)[number],
    typeof Duration
  >),
  'break-glass': Duration,
});

const MemoryScope = z.enum(MEMORY_SCOPES);
const MemoryRule = z.strictObject({
  allowed: z.boolean().describe('Whether anything of this class is remembered at all.'),
  days: z.int().min(1).max(3_650).describe('Longest life of a memory, in days.'),
  finest: MemoryScope.default('task').describe('Scopes, finest first: task, agent, team, repository, organisation.'),
  coarsest: MemoryScope.describe('The widest scope that a memory of this class may have.'),
});

const StrengthRule = z.strictObject({
  commands: z
    .array(z.enum(['read', 'draft', 'mutate-low', 'mutate-high']))
    .min(1)
    .optional()
    .describe('Classes of commands; absent: all.'),
  data: z.array(DataClassName).min(1).optional().describe('Classes of the data that the task has touched; absent: all.'),
  least: z.enum(STRENGTHS),
});

export const CountersignFile = z
  .strictObject({
    organisation: Slug,
    environments: z.array(Slug).min(1).max(20),
    teams: z.array(Slug).min(1).max(1_000),
    people: z.array(Person).min(1).max(20_000),
    dataClasses: classRecord(
      z.strictObject({
        description: Sentence,
        retentionDays: z.int().min(0).max(36_500).describe('Days that payloads are kept; 0 keeps only their digest.'),
      }),
    ).describe('The four classes are fixed; what they mean here, and how long their payloads are kept.'),
    repositoryClasses: z.record(Slug, Described),
    useCases: z.record(Slug, Described).describe('What agents are for. Agents, models and mandates name them.'),
    approvalExpiry: ApprovalExpiry.describe('How long a request for approval stays open, by action class.'),
    providers: z.record(Slug, Provider),
    budgets: z.array(Budget).min(1).max(1_000),
    webhooks: z.array(Webhook).max(100).default([]),
    loop: z
      .strictObject({ repeats: z.int().min(2).max(10_000), window: Duration })
      .describe('The same request this often within the window, in one task, is a loop and denied.'),
    hold: Duration.describe('How long a model call may be held open for an approval.'),
    mandate: z.strictObject({ ttl: Duration.describe('Longest life of a mandate.') }),
    memory: z
      .strictObject({
        public: MemoryRule.default(MEMORY_RULES.public),
        internal: MemoryRule.default(MEMORY_RULES.internal),
        confidential: MemoryRule.default(MEMORY_RULES.confidential),
        restricted: MemoryRule.default(MEMORY_RULES.restricted),
      })
      .prefault({})
      .describe('What agents may remember, by data class. Restricted data is never remembered.'),
    scanning: Scanning,
    strengths: z
      .array(StrengthRule)
      .max(100)
      .default([])
      .describe(
        'The weakest kind of sandbox that will do for a command. The strongest row that fits counts, and profiles may ask for more.',
      ),
    review: Review.optional(),
  })
  .describe('Countersign: the organisation');

export type CountersignFile = z.infer<typeof CountersignFile>;
