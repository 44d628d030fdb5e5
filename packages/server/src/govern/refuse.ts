/** Records denials that no kernel decision stands behind. */
import { canonicalize } from '@countersign/kernel/ledger';
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { Ask, Caller, Denial, GovernAsk, RefuseAsk } from '../ports/road.ts';
import { plainDecision } from './denial.ts';
import type { RoadDeps } from './deps.ts';
import { callerSubject, decisionEntry, resourceId } from './entries.ts';
import { sha256Hex } from './hash.ts';

type Refused = Pick<RefuseAsk, 'door' | 'trace' | 'action' | 'resource'> & { readonly caller: Caller };

function denialEntry(deps: RoadDeps, ask: Refused, denial: Denial): EntryDraft {
  const revision = deps.snapshots.current()?.revision ?? 'none';
  const resource = ask.resource === undefined ? `Door:${ask.door}` : resourceId(ask.resource);
  const action = ask.action ?? `${ask.door}.request`;
  const subject = { ...callerSubject(ask.caller), action, resource, trace: ask.trace };
  const digest = sha256Hex(canonicalize({ action, agent: ask.caller.agent.id, code: denial.code, resource }));
  const stamp = { org: deps.org, id: deps.newEntryId(), ts: new Date(deps.clock.now()).toISOString() };
  const { code, reasons } = denial;
  const decision = plainDecision(code, reasons, revision);
  return decisionEntry(stamp, subject, {
    id: denial.decision,
    decision,
    requestDigest: digest,
    factsDigest: digest,
    payloads: [],
  });
}

/** Waits until the denial is durable; a store that is away sends it to the spool. */
export async function recordRefusal(deps: RoadDeps, ask: Refused, denial: Denial): Promise<void> {
  const entry = denialEntry(deps, ask, denial);
  try {
    await deps.store.decide({ org: deps.org, record: () => ({ entries: [entry], payloads: [] }) });
  } catch (error) {
    deps.log.warn('denial.spooled', { decision: denial.decision, error: String(error) });
    deps.spool.put(entry);
  }
}

/** For denials whose cause is that nothing can be recorded now. */
export function spoolDenial(deps: RoadDeps, ask: Ask & Partial<GovernAsk>, denial: Denial): void {
  deps.spool.put(denialEntry(deps, ask, denial));
}
