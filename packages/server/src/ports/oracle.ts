/** The second opinion: the reference implementation of the policy language. Asked about a sample of decisions, off the hot path. */
import type { ActionRequest, Facts } from '@countersign/kernel/action';
import type { Decision } from '@countersign/kernel/decide';
import type { BundleSnapshot } from './registry.ts';

export interface OracleSample {
  /** Decision id. */
  readonly id: string;
  readonly snapshot: BundleSnapshot;
  readonly facts: Facts;
  readonly request: ActionRequest;
  readonly decision: Decision;
}

export interface Oracle {
  /** Never throws and never waits; a mismatch is recorded by the oracle itself, and pins the revision. */
  observe(sample: OracleSample): void;
  /** True after a mismatch: from then on no decision under this revision stands that both do not give. */
  pinned(revision: string): boolean;
  /** Whether the reference implementation says the same. False for any doubt. */
  agrees(sample: OracleSample): Promise<boolean>;
}
