/** Replay and backtest over this installation's own record. */
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { LedgerWork } from '../../api/deps.ts';
import { buildBundle } from '../../config/build/build.ts';
import { backtest } from '../../jobs/backtest.ts';
import { policyUsage } from '../../jobs/usage.ts';
import type { LedgerSource } from '../../jobs/recorded.ts';
import { replay } from '../../jobs/replay.ts';
import type { CedarText } from '../../ports/cedar.ts';
import type { BundleFollower } from '../follower.ts';

export interface WorkTerms extends LedgerSource {
  readonly follower: BundleFollower;
  readonly cedar: CedarText;
}

const asJson = (report: object): JsonRecord => JSON.parse(JSON.stringify(report)) as JsonRecord;

export function openWork(terms: WorkTerms): LedgerWork {
  const { follower, cedar } = terms;
  return {
    replay: async (query, watch) =>
      asJson(await replay({ ...terms, snapshot: (revision) => follower.load(revision) }, query, watch)),
    async usage(query, watch) {
      const snapshot = follower.current();
      if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force.');
      return asJson(await policyUsage({ ...terms, snapshot }, query, watch));
    },
    async backtest(files, query, watch) {
      const inForce = follower.current();
      const built = await buildBundle(files, { cedar, ...(inForce === undefined ? {} : { inForce }) });
      if (!built.ok) {
        const findings = built.findings.filter(({ severity }) => severity === 'error').map((finding) => ({ ...finding }));
        throw new Fault('bundle.invalid', 'The candidate is refused, so it cannot be tried.', {
          details: { findings: asJson({ findings })['findings'] ?? [] },
        });
      }
      return asJson(await backtest({ ...terms, candidate: built.snapshot }, query, watch));
    },
  };
}
