/** A person lets a client on a machine in: for one agent, under a mandate or none, on behalf of one person. */
import { Fault } from '@countersign/kernel/fault';
import { isoTime } from '../../ports/clock.ts';
import type { DeviceLogin, DeviceRecord } from '../../ports/devices.ts';
import type { CredentialRecord } from '../../ports/identity.ts';
import { hashSecret } from '../../ports/key-format.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import type { ApiDeps, Person } from '../deps.ts';
import { deviceKeyHash, devicePath, keyCredential } from './secrets.ts';

export interface Admission {
  /** As the person typed it. */
  readonly userCode: string;
  readonly agent: string;
  readonly mandate: string | null;
  /** Null: the person who lets it in. */
  readonly onBehalfOf: string | null;
  readonly label: string | null;
}

/** Twenty letters that are neither vowels nor mistaken for each other (RFC 8628, 6.1). */
export const CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

/** What was typed as a code is written; undefined where it cannot be one. */
export function codeOf(typed: string): string | undefined {
  const letters = typed.toUpperCase().replace(/[^A-Z]/g, '');
  return new RegExp(`^[${CODE_LETTERS}]{8}$`).test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined;
}

/** @throws Fault request.not-found */
export async function waitingLogin(deps: ApiDeps, typed: string): Promise<DeviceLogin> {
  const code = codeOf(typed);
  const login = code === undefined ? undefined : await deps.devices.login(deps.org, code);
  if (login === undefined) throw new Fault('request.not-found', 'Nothing with this code waits to be let in.');
  return login;
}

/** The agents for which this person may let a device in. */
export const agentsOf = (snapshot: BundleSnapshot | undefined, person: Person): readonly string[] =>
  [...(snapshot?.agents.values() ?? [])]
    .filter((agent) => !agent.disabled && (person.admin || person.groups.includes(agent.approvalGroup)))
    .map(({ id }) => id)
    .sort();

/** What would be let in; nothing is written. @throws Fault request.*, identity.forbidden, bundle.missing, mandate.invalid */
export async function admissible(deps: ApiDeps, person: Person, asked: Admission): Promise<DeviceRecord> {
  const login = await waitingLogin(deps, asked.userCode);
  const snapshot = deps.snapshots.current();
  const settings = snapshot?.settings.clients;
  if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force, so nothing is let in.');
  if (settings === undefined || settings[login.client] === null)
    throw new Fault('request.unsupported', `The bundle in force does not manage ${login.client}.`);
  if (!snapshot.agents.has(asked.agent)) throw new Fault('request.unknown-entity', 'The bundle in force has no such agent.');
  if (!agentsOf(snapshot, person).includes(asked.agent))
    throw new Fault(
      'identity.forbidden',
      'Only an administrator or the group that answers for the agent may let a device in for it.',
    );
  const onBehalfOf = asked.onBehalfOf ?? person.id;
  if (!snapshot.people.has(onBehalfOf)) throw new Fault('request.unknown-entity', 'The bundle in force has no such person.');
  if (asked.mandate !== null) await checkMandate(deps, asked.mandate, asked.agent);
  const now = deps.clock.now();
  return {
    id: deps.newId('dev'),
    org: deps.org,
    client: login.client,
    agent: asked.agent,
    mandate: asked.mandate,
    onBehalfOf,
    label: asked.label ?? `${login.client} of ${onBehalfOf}`,
    authorizedBy: person.id,
    createdAt: isoTime(now),
    expiresAt: isoTime(now + settings.deviceTtlMs),
    revokedAt: null,
    seenAt: null,
  };
}

/** @throws Fault mandate.invalid */
export async function checkMandate(deps: ApiDeps, mandate: string, agent: string): Promise<void> {
  const found = await deps.mandates.find(deps.org, mandate);
  if (found === undefined || found.state !== 'active' || found.signed.mandate.agent !== agent)
    throw new Fault('mandate.invalid', 'There is no mandate with this id that is in force for this agent.');
}

/** @throws as `admissible`, and Fault request.conflict */
export async function authorizeDevice(deps: ApiDeps, person: Person, asked: Admission): Promise<DeviceRecord> {
  const device = await admissible(deps, person, asked);
  const key: CredentialRecord = {
    id: keyCredential(device.id),
    org: device.org,
    kind: 'agent',
    subject: device.agent,
    secretHash: deviceKeyHash(deps.deviceSecret, device.id),
    mandate: null,
    onBehalfOf: device.onBehalfOf,
    createdAt: device.createdAt,
    expiresAt: device.expiresAt,
    revokedAt: null,
  };
  const pathHash = hashSecret(devicePath(deps.deviceSecret, device));
  return deps.devices.authorize({ userCode: codeOf(asked.userCode) ?? '', device, key, pathHash });
}
