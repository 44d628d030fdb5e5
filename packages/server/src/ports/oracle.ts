/** The second opinion: the reference implementation of the policy language, asked about a sample of decisions off the hot path. */
import type { ActionRequest, Facts } from '@countersign/kernel/action';
import type { Decision } from '@countersign/kernel/decide';
import type { BundleSnapshot } from './registry.ts';

export interface Oracle {
  /** Never throws and never waits; a mismatch is recorded by the oracle itself. */
  observe(sample: {
    readonly snapshot: BundleSnapshot;
    readonly facts: Facts;
    readonly request: ActionRequest;
    readonly decision: Decision;
    readonly id: string;
  }): void;
}
