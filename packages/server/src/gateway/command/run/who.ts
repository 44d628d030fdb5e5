/** Who runs a command: an agent by its own key, a person by theirs, or a person for a task of an agent. */
import { Fault, FAULTS, type FaultCode } from '@countersign/kernel/fault';
import { personCaller } from '../../../govern/person.ts';
import { provenPerson } from '../../../govern/person-key.ts';
import { parseKey } from '../../../ports/key-format.ts';
import type { Caller, Presented } from '../../../ports/road.ts';
import { type CommandDoorDeps, DOOR } from './deps.ts';

export interface Who {
  readonly caller: Caller;
  /** May say where and in which profile: the administrator of this installation. */
  readonly admin: boolean;
}

/** @throws Fault identity.*, mandate.*, store.unavailable, bundle.missing */
export async function whoRuns(deps: CommandDoorDeps, presented: Presented, trace: string): Promise<Who> {
  const key = parseKey(presented.bearer ?? presented.apiKey ?? '');
  if (key?.kind === 'person') return personWho(deps, key, presented);
  const found = await deps.road.identify(presented, { door: DOOR, trace });
  if (found.ok) return { caller: found.caller, admin: false };
  const { code, message } = found.denial;
  throw new Fault(code in FAULTS ? (code as FaultCode) : 'identity.invalid', message);
}

async function personWho(
  deps: CommandDoorDeps,
  key: { readonly id: string; readonly secret: string },
  { mandate: named }: Presented,
): Promise<Who> {
  const { person, credential } = await provenPerson(deps, key.id, key.secret);
  if (named === undefined) return { caller: personCaller(deps.org, person, credential), admin: person.admin };
  const answer = await deps.live.mandate(named);
  if (!answer.ok) throw new Fault(`mandate.${answer.why}`, `The mandate \`${named}\` does not count: it is ${answer.why}.`);
  const { mandate } = answer;
  // Whoever may issue the agent's keys could have used one of them, and the person whom a task is for may go on with it.
  if (!person.admin && mandate.onBehalfOf !== person.id)
    throw new Fault(
      'identity.forbidden',
      'Only an administrator, or the person whom the task is for, may act under its mandate.',
    );
  const agent = deps.snapshots.current()?.agents.get(mandate.agent);
  if (agent === undefined || agent.role !== mandate.role)
    throw new Fault('mandate.invalid', 'The agent of the mandate is not registered, or has another role by now.');
  return {
    caller: { org: deps.org, agent, credential, onBehalfOf: mandate.onBehalfOf, mandate },
    admin: person.admin,
  };
}
