/** What the probe found out about a client on a machine: which ways around our controls are closed, and by whom. It can only ever take away. */
import type { ClientName } from './clients.ts';

export const BYPASS_OUTCOMES = ['stopped', 'uncovered'] as const;
export type BypassOutcome = (typeof BYPASS_OUTCOMES)[number];

export interface BypassRow {
  /** `exec.native`, `git.push`. */
  readonly bypass: string;
  readonly outcome: BypassOutcome;
  /** Who stopped it: `hook`, `sandbox`, `settings`, `model door`; or what is known of it. */
  readonly by: string;
}

export interface CoverageReport {
  readonly org: string;
  readonly agent: string;
  readonly client: ClientName;
  readonly version: string;
  readonly rows: readonly BypassRow[];
  /** Open ways that the bundle accepts for this client: they are recorded, and do not cap. */
  readonly accepted: readonly string[];
  /** Person or agent who says so. An agent's own word never lifts a cap. */
  readonly by: { readonly kind: 'person' | 'agent'; readonly id: string };
}

export interface CoverageRecord extends Omit<CoverageReport, 'org' | 'by' | 'accepted'> {
  readonly by: string;
  readonly reportedAt: string;
  /** The agent does no more than read through this client, until a person has a clean report. */
  readonly capped: boolean;
}

export interface CoverageStore {
  /** With its ledger entry; nodes know within two seconds. @returns whether the client is capped now */
  report(report: CoverageReport): Promise<boolean>;
  list(org: string, agent?: string): Promise<readonly CoverageRecord[]>;
}
