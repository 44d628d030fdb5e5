/** What the decisions of the network door are made from. */
import type { ApprovalStore } from '../../../ports/approvals.ts';
import type { Clock, NewId } from '../../../ports/clock.ts';
import type { Familiarity } from '../../../ports/familiarity.ts';
import type { Log } from '../../../ports/log.ts';
import type { SnapshotSource } from '../../../ports/registry.ts';
import type { Road } from '../../../ports/road.ts';
import type { RoadStore } from '../../../ports/road-store.ts';

export interface GateDeps {
  readonly org: string;
  readonly road: Road;
  readonly store: Pick<RoadStore, 'settle'>;
  readonly familiarity: Familiarity;
  readonly approvals: Pick<ApprovalStore, 'find'>;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  readonly newId: NewId;
  /** UUIDv7 with dashes, for entries. */
  readonly newEntryId: () => string;
  readonly log: Log;
  /** How often open passages are looked at again; absent: 1 s. */
  readonly watchMs?: number;
}

export const DOOR = 'network';

/** How long a connection may wait for a person, ms: clients give up soon after. */
export const HOLD_MS = 30_000;

/** A passage lives as long as its run; no run is longer. */
export const PASSAGE_MS_MAX = 24 * 3_600_000;
