/** The network door, put together: what sandboxes send out is decided by the road, dialled after a check, and recorded. */
import { createEgressAuthority, createEgressSecrets, createEgressUpstream } from '../adapters/egress/index.ts';
import { newEntryId, newId, systemClock } from '../adapters/system/clock.ts';
import { EgressRoad } from '../gateway/egress/gate/index.ts';
import { createNetworkDoor } from '../gateway/egress/index.ts';
import type { NetworkDoor } from '../ports/egress.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { Road } from '../ports/road.ts';
import type { Signer } from '../ports/signer.ts';
import { derivedKey } from './derived-key.ts';
import type { Stores } from './stores.ts';

export interface NetworkTerms {
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly stores: Stores;
  readonly signer: Signer;
  readonly log: Log;
  /** Port of our own listener, once there is one. */
  readonly ownDoors: () => number | undefined;
}

export interface NetworkSide {
  readonly door: NetworkDoor;
  close(): Promise<void>;
}

export function openNetwork({ road, snapshots, stores, signer, log, ownDoors }: NetworkTerms): NetworkSide {
  const upstream = createEgressUpstream({ clock: systemClock, ownDoors });
  const gate = new EgressRoad({
    org: stores.org,
    road,
    store: stores.road,
    familiarity: stores.familiarity,
    approvals: stores.approvals,
    snapshots,
    clock: systemClock,
    newId,
    newEntryId,
    log,
  });
  const door = createNetworkDoor({
    gate,
    upstream,
    // All nodes of an installation sign with the same authority, one after another.
    authority: createEgressAuthority(derivedKey(signer, 'countersign egress ca v1'), stores.org, systemClock),
    secrets: createEgressSecrets(systemClock, process.env),
    clock: systemClock,
    log,
  });
  return { door, close: async () => gate.close() };
}
