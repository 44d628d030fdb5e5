/** OpenID AuthZEN 1.0: the shapes of the Access Evaluation and Access Evaluations APIs. */
import { z } from '../http/group.ts';
import { Reason } from '../tasks/schema.ts';

/** Evaluations of one call; each is a durable decision. */
export const EVALUATIONS_MAX = 100;

const Text = z.string().min(1).max(256);
const Members = z.record(z.string().max(128), z.unknown());

export const Subject = z.object({ type: Text, id: Text, properties: Members.optional() });
export const Action = z.object({ name: Text, properties: Members.optional() });
export const Resource = z.object({ type: Text, id: z.string().min(1).max(512), properties: Members.optional() });

export const Evaluation = z
  .object({ subject: Subject, action: Action, resource: Resource, context: Members.optional() })
  .openapi('AccessEvaluationRequest');
export type EvaluationAsk = z.infer<typeof Evaluation>;

export const PartialEvaluation = z.object({
  subject: Subject.optional(),
  action: Action.optional(),
  resource: Resource.optional(),
  context: Members.optional(),
});

export const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
export type Semantic = (typeof SEMANTICS)[number];

export const Evaluations = PartialEvaluation.extend({
  evaluations: z.array(PartialEvaluation).max(EVALUATIONS_MAX).optional(),
  options: z.looseObject({ evaluations_semantic: z.enum(SEMANTICS).optional() }).optional(),
}).openapi('AccessEvaluationsRequest');

export const EvaluationAnswer = z
  .object({
    decision: z.boolean(),
    context: z
      .object({
        id: z.string().nullable().openapi({ description: 'Decision id, as in the ledger' }),
        answer: z.enum(['allow', 'requireApproval', 'deny']),
        code: z.string(),
        reason: z.string().optional(),
        reasons: z.array(Reason).optional(),
        gates: z.array(z.object({ gate: z.string(), approvers: z.string(), min: z.int() })).optional(),
        approval: z
          .object({ id: z.string(), url: z.string(), expiresAt: z.string() })
          .optional()
          .openapi({ description: 'The approval request that was opened; evaluate again once it is approved' }),
        obligations: z.array(z.object({ type: z.literal('custom'), id: z.string() })).optional(),
        revision: z.string().optional(),
      })
      .openapi('AccessEvaluationContext'),
  })
  .openapi('AccessEvaluationResponse');
export type EvaluationView = z.infer<typeof EvaluationAnswer>;

export const EvaluationsAnswer = z.object({ evaluations: z.array(EvaluationAnswer) }).openapi('AccessEvaluationsResponse');
