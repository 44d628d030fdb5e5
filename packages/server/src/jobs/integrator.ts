/**
 * Keeps every log integrated and signed: a checkpoint at most a second old while entries come, none while they don't. Run on every node;
 * the lease of each log decides who works.
 */
import type { LedgerIntegration } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';

export interface Integrator {
  /** Ends the round under way, gives the leases back. */
  stop(): Promise<void>;
  /** Signs what is committed now, without waiting for the second to pass. Resolves when this process or another has done so. */
  settle(org: string): Promise<void>;
}

export interface IntegratorTerms {
  readonly integration: LedgerIntegration;
  readonly log: Log;
  /** Least time between two checkpoints of a log, ms. */
  readonly signAfterMs?: number;
}

/** With the round's own length this keeps a checkpoint within a second of the entries it covers. */
const SIGN_AFTER_MS = 700;
const ROUND_MS = 150;
/** After a failure, so that a dead database is not asked in a tight loop. */
const FAILED_MS = 1_000;
/** A `settle` that another process must fulfil. */
const SETTLE_MS = 5_000;

export function startIntegrator({ integration, log, signAfterMs = SIGN_AFTER_MS }: IntegratorTerms): Integrator {
  let running = true;
  let wake: () => void = () => undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const told = new Set<string>();

  /** Rounds of one log never overlap in a process. */
  const step = (org: string, after: number) => {
    const next = turn.then(() => integration.step(org, after));
    turn = next.catch(() => undefined);
    return next;
  };

  async function round(): Promise<number> {
    let failed = false;
    for (const org of await integration.logs()) {
      if (!running) break;
      try {
        await step(org, signAfterMs);
        told.delete(org);
      } catch (thrown) {
        failed = true;
        if (!told.has(org))
          log.error('ledger.integration-failed', { org, error: thrown instanceof Error ? thrown.message : String(thrown) });
        told.add(org);
      }
    }
    return failed ? FAILED_MS : ROUND_MS;
  }

  const loop = (async () => {
    while (running) {
      const pause = await round().catch((thrown: unknown) => {
        log.warn('ledger.integration-waits', { error: thrown instanceof Error ? thrown.message : String(thrown) });
        return FAILED_MS;
      });
      if (running) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pause);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  })();

  return {
    async stop() {
      running = false;
      wake();
      await loop;
      await turn;
      await integration.release().catch(() => undefined);
    },
    async settle(org) {
      const end = performance.now() + SETTLE_MS;
      for (;;) {
        const done = await step(org, 0);
        if (done.state === 'ours' && done.behind === 0 && done.signed === done.size) return;
        if (performance.now() > end) return;
        if (done.state === 'elsewhere') await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
      }
    },
  };
}
