/** Appends what waited in the spool, oldest first, as soon as the store is back. */
import type { RoadDeps } from './deps.ts';

/** Entries per commit while the spool is emptied. */
const DRAIN_BATCH = 200;
const draining = new WeakSet<RoadDeps>();

export async function drainSpool(deps: RoadDeps): Promise<void> {
  if (draining.has(deps)) return;
  draining.add(deps);
  try {
    while (deps.spool.size > 0) {
      const entries = deps.spool.peek(DRAIN_BATCH);
      await deps.store.decide({ org: deps.org, record: () => ({ entries, payloads: [] }) });
      deps.spool.drop(entries.length);
    }
    const lost = deps.spool.takeLost();
    if (lost > 0) await recordLoss(deps, lost);
  } catch (error) {
    deps.log.warn('spool.kept', { size: deps.spool.size, error: String(error) });
  } finally {
    draining.delete(deps);
  }
}

/** A denial that did not fit is still counted on the ledger. */
async function recordLoss(deps: RoadDeps, count: number): Promise<void> {
  const now = new Date(deps.clock.now()).toISOString();
  const detail = { code: 'spool.full', count, from: now, to: now, door: 'spool' };
  await deps.store.decide({
    org: deps.org,
    record: () => ({
      entries: [{ v: 1, org: deps.org, id: deps.newEntryId(), ts: now, type: 'identity.refused', detail }],
      payloads: [],
    }),
  });
}
