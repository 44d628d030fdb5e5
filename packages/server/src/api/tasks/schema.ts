import type { Mandate, MandateState } from '../../ports/mandate.ts';
import { DATA_CLASSES } from '../../ports/registry.ts';
import type { AdmissionAnswer, Tasks } from '../../ports/tasks.ts';
import { MicroUsd, Name, Time, z } from '../http/group.ts';

const Names = z.array(Name).max(256);

export const TaskAsk = z
  .strictObject({
    agent: Name.optional().openapi({ description: 'Registered agent; an agent that asks for itself leaves it out' }),
    onBehalfOf: Name.optional().openapi({ description: 'Person or workload it is for; people who ask leave it out' }),
    ticket: Name,
    repository: Name,
    paths: z.array(z.string().min(1).max(512)).max(256).default(['**']),
    modules: Names.default([]),
    capabilities: Names.default([]),
    actions: Names.default(['model.call', 'model.count']),
    useCase: Name,
    changeClass: Name.default('code'),
    dataClass: z.enum(DATA_CLASSES).default('internal'),
    estimateMicroUsd: MicroUsd,
    budgetMicroUsd: MicroUsd.optional().openapi({ description: 'Absent: as much as the estimate' }),
    ttlSeconds: z
      .int()
      .min(60)
      .max(30 * 86_400)
      .optional(),
  })
  .openapi('TaskAsk');

export const MandateDoc = z
  .object({
    id: z.string(),
    state: z.enum(['active', 'revoked', 'expired']),
    task: z.string(),
    agent: z.string(),
    role: z.enum(['planner', 'editor', 'executor']),
    onBehalfOf: z.string(),
    ticket: z.string(),
    repository: z.string(),
    paths: z.array(z.string()),
    capabilities: z.array(z.string()),
    actions: z.array(z.string()),
    useCase: z.string(),
    environment: z.string(),
    dataClass: z.string(),
    budgetMicroUsd: MicroUsd,
    issuedAt: Time,
    expiresAt: Time,
    revision: z.string(),
    decision: z.string(),
  })
  .openapi('Mandate');

const Answers = z.array(
  z.object({
    question: z.enum(['repository', 'capabilities', 'budget', 'autonomy', 'human']),
    text: z.string(),
    answer: z.enum(['yes', 'no', 'needs-approval']),
    reasons: z.array(z.string()),
  }),
);

export const Admitted = z
  .object({ task: z.string(), decision: z.string(), mandate: MandateDoc, answers: Answers })
  .openapi('AdmittedTask');

export const Preview = z
  .object({ dryRun: z.literal(true), answers: Answers, decision: z.record(z.string(), z.unknown()) })
  .openapi('AdmissionPreview');

export const Task = z
  .object({
    id: z.string(),
    agent: z.string(),
    onBehalfOf: z.string(),
    ticket: z.string(),
    repository: z.string(),
    mandate: z.string(),
    state: z.enum(['active', 'revoked', 'expired']),
    issuedAt: Time,
    expiresAt: Time,
  })
  .openapi('Task');

export const Reason = z
  .object({
    code: z.string(),
    policy: z.string().optional(),
    reference: z.string().optional(),
    message: z.string(),
    instead: z.string().optional(),
    escalate: z.string().optional(),
    link: z.string().optional(),
  })
  .openapi('Reason');

export const DenialDoc = z
  .object({
    kind: z.enum(['identity', 'policy', 'budget', 'approval', 'loop', 'store', 'request', 'killed']),
    decision: z.string(),
    requestId: z.string(),
    code: z.string(),
    message: z.string(),
    reasons: z.array(Reason),
    whyNot: z.array(z.object({ policy: z.string(), reference: z.string(), failed: z.array(z.string()) })),
    instead: z.string().optional(),
    escalate: z.object({ group: z.string(), link: z.string().optional() }).optional(),
    approval: z.object({ id: z.string(), url: z.string(), expiresAt: Time }).optional(),
    retryAfterMs: z.number().optional(),
  })
  .openapi('Denial');

export const Waiting = DenialDoc.extend({ answers: Answers }).openapi('WaitingTask');

export const previewView = (preview: Awaited<ReturnType<Tasks['preview']>>): z.infer<typeof Preview> => ({
  dryRun: true,
  answers: answersView(preview.answers),
  decision: { ...preview.decision },
});

export const answersView = (answers: readonly AdmissionAnswer[]): z.infer<typeof Answers> =>
  answers.map(({ question, text, answer, reasons }) => ({ question, text, answer, reasons: [...reasons] }));

export function mandateView(mandate: Mandate, state: MandateState): z.infer<typeof MandateDoc> {
  const {
    id,
    task,
    agent,
    role,
    onBehalfOf,
    ticket,
    repository,
    useCase,
    environment,
    dataClass,
    budgetMicroUsd,
    issuedAt,
    expiresAt,
    revision,
    decision,
  } = mandate;
  return {
    id,
    state,
    task,
    agent,
    role,
    onBehalfOf,
    ticket,
    repository,
    paths: [...mandate.paths],
    capabilities: [...mandate.capabilities],
    actions: [...mandate.actions],
    useCase,
    environment,
    dataClass,
    budgetMicroUsd,
    issuedAt,
    expiresAt,
    revision,
    decision,
  };
}

export function taskView(mandate: Mandate, state: MandateState): z.infer<typeof Task> {
  const { task, agent, onBehalfOf, ticket, repository, id, issuedAt, expiresAt } = mandate;
  return { id: task, agent, onBehalfOf, ticket, repository, mandate: id, state, issuedAt, expiresAt };
}
