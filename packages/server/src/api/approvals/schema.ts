import type { ApprovalRecord } from '../../ports/approvals.ts';
import { Sentence, Time, z } from '../http/group.ts';

export const Verdict = z
  .object({ approver: z.string(), answer: z.enum(['approve', 'deny']), gate: z.string(), reason: z.string(), at: Time })
  .openapi('Verdict');

export const Approval = z
  .object({
    id: z.string(),
    state: z.enum(['open', 'approved', 'denied', 'expired', 'withdrawn', 'used', 'lapsed']),
    decision: z.string(),
    requester: z.string(),
    onBehalfOf: z.string(),
    mandate: z.string().nullable(),
    task: z.string().nullable(),
    action: z.string(),
    actionClass: z.string(),
    gates: z.array(z.object({ gate: z.string(), approvers: z.string(), min: z.int(), policies: z.array(z.string()) })),
    shown: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'What the approver is shown; a verdict is bound to its digest' }),
    shownDigest: z.string(),
    requestDigest: z.string(),
    revision: z.string(),
    openedAt: Time,
    expiresAt: Time,
    usedBy: z.string().nullable(),
    verdicts: z.array(Verdict),
    url: z.string().openapi({ description: 'The approval page, for people' }),
  })
  .openapi('Approval');

export const VerdictAsk = z
  .strictObject({
    answer: z.enum(['approve', 'deny']),
    reason: Sentence,
    shownDigest: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
  })
  .openapi('VerdictAsk');

export const approvalUrl = (publicUrl: string, id: string) => `${publicUrl}/approve/${encodeURIComponent(id)}`;

export function approvalView(record: ApprovalRecord, publicUrl: string): z.infer<typeof Approval> {
  const { id, state, decision, requester, onBehalfOf, mandate, task, action, actionClass, shownDigest, requestDigest, revision } =
    record;
  return {
    id,
    state,
    decision,
    requester,
    onBehalfOf,
    mandate,
    task,
    action,
    actionClass,
    gates: record.gates.map(({ gate, approvers, min, policies }) => ({ gate, approvers, min, policies: [...policies] })),
    shown: { ...record.shown },
    shownDigest,
    requestDigest,
    revision,
    openedAt: record.openedAt,
    expiresAt: record.expiresAt,
    usedBy: record.usedBy,
    verdicts: record.verdicts.map(({ approver, answer, gate, reason, at }) => ({ approver, answer, gate, reason, at })),
    url: approvalUrl(publicUrl, id),
  };
}
