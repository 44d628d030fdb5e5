/** A person on the road: reading a payload, exporting the ledger. The same decisions and records as for agents. */
import type { AgentRecord, PersonRecord } from '../ports/registry.ts';
import type { Caller } from '../ports/road.ts';

export function personCaller(org: string, person: PersonRecord, credential: string): Caller {
  const team = person.groups.find((group) => group.startsWith('team:'))?.slice('team:'.length) ?? 'none';
  // Stands where the road asks for an agent; a person has no role, no tier and no capabilities.
  const agent: AgentRecord = {
    id: person.id,
    purpose: 'a person',
    owner: person.id,
    team,
    environment: 'none',
    dataClass: 'restricted',
    approvalGroup: 'none',
    runbook: '',
    role: 'planner',
    tier: 1,
    repositories: [],
    capabilities: [],
    useCases: [],
    logins: [],
    disabled: false,
  };
  return { org, person: true, agent, credential, onBehalfOf: person.id, mandate: undefined };
}
