/** The end of the road: charge or release what was held, and record how the act ended. */
import type { Mutable } from '../ports/mutable.ts';
import type { SettleItem } from '../ports/road-store.ts';
import type { Act, GovernAsk } from '../ports/road.ts';
import type { RoadDeps } from './deps.ts';
import type { Ids } from './denial.ts';
import { outcomeEntry, type Subject } from './entries.ts';
import type { Judgement } from './judge.ts';
import { draftPayload, draftsOf } from './payloads.ts';

export interface ActContext {
  readonly ask: GovernAsk;
  readonly ids: Ids;
  readonly grant: string;
  readonly judgement: Judgement;
  readonly subject: Subject;
  /** Nobody waits until it is on record. */
  readonly behind: boolean;
}

function raiseOf({ caller }: GovernAsk, { marks }: Omit<Act<unknown>, 'value'>): SettleItem['raise'] {
  return marks === undefined || caller.mandate === undefined ? undefined : { task: caller.mandate.task, marks };
}

/**
 * Never throws: the act has happened. What cannot be recorded now stays an open reservation, and the sweeper ends it as `unknown`, charged
 * in full.
 */
export async function settleAct(
  deps: RoadDeps,
  { ask, ids, grant, judgement, subject, behind }: ActContext,
  act: Omit<Act<unknown>, 'value'>,
): Promise<void> {
  const nowMs = deps.clock.now();
  const keeping = { settings: judgement.snapshot.settings, subject: ask.caller.onBehalfOf, nowMs };
  const kept = act.payloads === undefined ? [] : act.payloads.map((content) => draftPayload(content, keeping));
  const stamp = { org: deps.org, id: deps.newEntryId(), ts: new Date(nowMs).toISOString() };
  const payloads = kept.map(({ ref }) => ref);
  const entry = outcomeEntry(stamp, subject, {
    decision: ids.decision,
    grant,
    act,
    durationMs: nowMs - judgement.nowMs,
    payloads,
  });
  const item: Mutable<SettleItem> = {
    org: deps.org,
    reservation: ids.decision,
    charge: act.charge,
    patient: behind,
    entries: [entry],
    payloads: draftsOf(kept),
  };
  const raise = raiseOf(ask, act);
  if (raise !== undefined) item.raise = raise;
  try {
    await deps.store.settle(item);
  } catch (error) {
    deps.log.error('settle.failed', { decision: ids.decision, error: String(error) });
  }
}
