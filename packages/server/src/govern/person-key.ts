/** The person behind a key. */
import { Fault } from '@countersign/kernel/fault';
import type { Clock } from '../ports/clock.ts';
import type { LiveView } from '../ports/identity.ts';
import type { PersonRecord, SnapshotSource } from '../ports/registry.ts';
import { checkCredential, isProblem } from './credential.ts';

export interface PersonKeyDeps {
  readonly org: string;
  readonly live: Pick<LiveView, 'fresh' | 'refresh' | 'credential'>;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
}

export interface ProvenPerson {
  readonly person: PersonRecord;
  /** Id of the key. */
  readonly credential: string;
}

/**
 * The person behind a credential; without a secret, one that was proven before. Fails closed: a view of revocations that is too old identifies
 * nobody.
 * @throws Fault identity.*, store.unavailable, bundle.missing
 */
export async function provenPerson(deps: PersonKeyDeps, id: string, secret?: string): Promise<ProvenPerson> {
  if (!deps.live.fresh() && !(await deps.live.refresh()))
    throw new Fault('store.unavailable', 'Revocations cannot be checked at the moment.');
  const presented = {
    org: deps.org,
    kind: 'person' as const,
    nowMs: deps.clock.now(),
    ...(secret === undefined ? {} : { secret }),
  };
  const record = checkCredential(await deps.live.credential(id), presented);
  if (isProblem(record)) throw new Fault(record.code, record.message);
  const snapshot = deps.snapshots.current();
  if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force, so nobody is known.');
  const person = snapshot.people.get(record.subject);
  if (person === undefined) throw new Fault('identity.forbidden', 'The bundle in force does not know this person.');
  return { person, credential: record.id };
}
