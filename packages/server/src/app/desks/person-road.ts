/** One act of a person on the road: decided, recorded, done, recorded. */
import type { EntityRef } from '@countersign/kernel/action';
import { Fault, type FaultCode } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Person } from '../../api/deps.ts';
import { personCaller } from '../../govern/person.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { Act, Road } from '../../ports/road.ts';

export interface PersonTerms {
  readonly org: string;
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly newTrace: () => string;
}

export interface PersonAsk {
  readonly action: 'payload.read' | 'payload.erase' | 'ledger.export' | 'tool.pin' | 'task.declassify' | 'network.grant';
  readonly reason: string;
  /** Absent: the organisation. */
  readonly resource?: EntityRef;
  readonly contentDigest?: string;
  readonly shown?: JsonRecord;
}

const ACT_MS = 10 * 60_000;
const DUTIES: ReadonlySet<string> = new Set(['log-digest', 'log-full']);

/** `act` gets the id of the decision that allows it. @throws Fault identity.forbidden, or with the road's denial */
export async function onRoad<T>(
  terms: PersonTerms,
  by: Person,
  ask: PersonAsk,
  act: (decision: string) => Promise<T>,
): Promise<T> {
  const snapshot = terms.snapshots.current();
  const person = snapshot?.people.get(by.id);
  if (snapshot === undefined || person === undefined)
    throw new Fault('identity.forbidden', 'This person is not in the registry.');
  const { action, reason, resource, ...bound } = ask;
  const governed = await terms.road.govern<T>(
    {
      ...bound,
      caller: personCaller(terms.org, person, by.credential),
      action,
      resource: resource ?? { type: `${snapshot.compiled.namespace}::Org`, id: snapshot.settings.organisation },
      args: reason === '' ? {} : { reason },
      door: 'api',
      trace: terms.newTrace(),
      knows: DUTIES,
      actMs: ACT_MS,
    },
    async (_grant, { decision }): Promise<Act<T>> => ({ value: await act(decision), status: 'done', charge: 'none' }),
  );
  if (governed.ok) return governed.value;
  const { code, message, requestId, approval } = governed.denial;
  throw new Fault(faultCodeOf(code), message, {
    details: { requestId, policyCode: code, ...(approval === undefined ? {} : { approval: { ...approval } }) },
  });
}

/** Codes of policies are the bundle's own words; as a fault they are all one. */
const faultCodeOf = (code: string): FaultCode =>
  code === 'approval.required' || code === 'default.no-permit' ? code : 'policy.denied';
