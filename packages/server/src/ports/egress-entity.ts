/** Hosts and their zones as policies see them. The bundle has the zones; the door lays the host over each request, with what is known of it. */
import type { EntityRecord, EntityRef } from '@countersign/kernel/action';
import { type EgressSettings, ZONES } from './egress-settings.ts';
import type { Taint } from './taint.ts';

export const zoneRef = (namespace: string, id: string): EntityRef => ({ type: `${namespace}::EgressZone`, id });

/** The zones of a bundle: one for each set, and those of our own. */
export const zoneIds = ({ sets }: Pick<EgressSettings, 'sets'>): readonly string[] =>
  [...sets.map(({ id }) => id), ...Object.values(ZONES)].sort();

/** What is known of a host: facts, never what a caller says. */
export interface HostFacts {
  /** Canonical. */
  readonly host: string;
  readonly kind: 'name' | 'ipv4' | 'ipv6';
  /** Registrable domain (eTLD+1), or the host itself where it has none. */
  readonly domain: string;
  readonly zone: string;
  readonly taints: readonly Taint[];
  /** The organisation was there before, and so was the run's repository. */
  readonly seen: boolean;
  readonly seenHere: boolean;
  /** Repositories whose runs were there. */
  readonly repositories: number;
  /** Whole days since the organisation was there first; 0 where it never was. */
  readonly ageDays: number;
  readonly registryLike: boolean;
  /** The name has parts that look like data. */
  readonly entropyHigh: boolean;
  /** A temporary grant that stands covers this. */
  readonly granted: boolean;
  /** Sent by this run so far, to all hosts. */
  readonly uploadedBytes: number;
}

export function hostEntity(namespace: string, facts: HostFacts): EntityRecord {
  const { host, kind, zone, taints, ...rest } = facts;
  return {
    uid: { type: `${namespace}::Host`, id: host },
    parents: [zoneRef(namespace, zone)],
    attrs: { ...rest, taints: [...taints].sort(), ...(kind === 'name' ? {} : { address: host }) },
  };
}
