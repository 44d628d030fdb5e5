/** What an approver is shown, in thirty seconds' reading. Its canonical form is hashed, and a verdict carries that hash. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { Ask, GovernAsk } from '../ports/road.ts';
import type { Judgement } from './judge.ts';

export function shownTo(ask: Ask & Partial<GovernAsk>, judgement: Judgement): JsonRecord {
  const { decision, request, dataClass, lines, facts } = judgement;
  const { caller } = ask;
  return {
    action: ask.action,
    actionClass: decision.actionClass ?? 'unknown',
    agent: {
      id: caller.agent.id,
      purpose: caller.agent.purpose,
      role: caller.agent.role,
      team: caller.agent.team,
      tier: caller.agent.tier,
    },
    onBehalfOf: caller.onBehalfOf,
    task:
      caller.mandate === undefined
        ? null
        : {
            id: caller.mandate.task,
            ticket: caller.mandate.ticket,
            repository: caller.mandate.repository,
            mandate: caller.mandate.id,
          },
    resource: { type: request.resource.type, id: request.resource.id },
    args: request.args,
    content: { digest: ask.contentDigest ?? null, ...ask.shown },
    dataClass,
    why: decision.reasons.map(({ code, message, reference, instead }) => ({
      code,
      message,
      policy: reference ?? null,
      instead: instead ?? null,
    })),
    gates: decision.gates.map(({ gate, approvers, min }) => ({ gate, approvers, min })),
    cost: {
      estimateMicroUsd: ask.reserve?.want.microUsd ?? 0,
      budgetLeftMicroUsd: facts.context['budgetLeftMicroUsd'] ?? null,
      budgets: lines
        .filter((line) => line.unit === 'microUsd')
        .map(({ scope, window, limit }) => ({ scope, window, limitMicroUsd: limit })),
    },
  };
}
