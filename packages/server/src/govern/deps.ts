/** What the road is built from. Everything that acts, remembers or tells the time comes in here. */
import type { ApprovalStore } from '../ports/approvals.ts';
import type { Clock, NewId } from '../ports/clock.ts';
import type { LiveView, TokenVerifier } from '../ports/identity.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { RoadStore } from '../ports/road-store.ts';
import type { Oracle } from '../ports/oracle.ts';
import type { Spool } from '../ports/spool.ts';

export interface RoadDeps {
  readonly org: string;
  readonly snapshots: SnapshotSource;
  readonly live: LiveView;
  readonly store: RoadStore;
  readonly approvals: ApprovalStore;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
  readonly newId: NewId;
  /** UUIDv7 with dashes, for entries. */
  readonly newEntryId: () => string;
  readonly log: Log;
  readonly spool: Spool;
  /** Where a person decides an approval request. */
  readonly approvalUrl: (id: string) => string;
  /** Compares a sample of decisions with the reference implementation, off the hot path. */
  readonly oracle?: Oracle;
}
