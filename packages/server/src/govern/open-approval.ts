/** Opens the human gate for a request that needs one. */
import { canonicalize } from '@countersign/kernel/ledger';
import type { ApprovalRecord } from '../ports/approvals.ts';
import type { Ask, GovernAsk } from '../ports/road.ts';
import type { RoadDeps } from './deps.ts';
import type { Ids } from './denial.ts';
import { sha256Hex } from './hash.ts';
import type { Judgement } from './judge.ts';
import { shownTo } from './shown.ts';

/** Finds the open request for exactly this, or opens one; a repeated request never asks people twice. */
export function openApproval(
  deps: RoadDeps,
  ask: Ask & Partial<GovernAsk>,
  ids: Ids,
  judgement: Judgement,
): Promise<ApprovalRecord> {
  const { decision, snapshot, requestDigest, nowMs } = judgement;
  const shown = shownTo(ask, judgement);
  const actionClass = decision.actionClass ?? 'mutate-high';
  const { caller } = ask;
  return deps.approvals.open({
    id: deps.newId('apr'),
    org: deps.org,
    decision: ids.decision,
    requestDigest,
    shownDigest: sha256Hex(canonicalize(shown)),
    revision: snapshot.revision,
    requester: caller.agent.id,
    onBehalfOf: caller.onBehalfOf,
    mandate: caller.mandate?.id ?? null,
    task: caller.mandate?.task ?? null,
    action: ask.action,
    actionClass,
    gates: decision.gates,
    shown,
    expiresAt: new Date(nowMs + snapshot.settings.approvalExpiryMs[actionClass]).toISOString(),
  });
}
