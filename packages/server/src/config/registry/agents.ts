/** Agents: telling names, one identity each, one role, and no more reach than what exists. */
import type { AgentRecord } from '../../ports/registry.ts';
import { DATA_CLASSES } from '../../ports/registry.ts';
import type { Findings } from '../finding.ts';
import type { AgentFile } from '../schema/agent.ts';
import type { Parsed } from '../schema/parse.ts';
import { nameProblem } from './names.ts';
import type { Registries } from './registries.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

export function checkAgents({ agents }: Registries, words: Vocabulary, findings: Findings): void {
  for (const agent of agents) {
    checkName(agent, findings);
    checkReferences(agent, words, findings);
    checkPromotion(agent, words, findings);
  }
  checkIdentities(agents, findings);
}

function checkName(agent: Parsed<AgentFile>, findings: Findings): void {
  const { value, file } = agent;
  const problem = nameProblem(value);
  if (problem !== undefined) {
    findings.error(agent.at('id'), {
      code: 'agent.name-vague',
      message: problem.message,
      hint: `call it \`${problem.proposed}\``,
    });
  }
  if (file !== `agents/${value.id}.yaml`) {
    findings.error(agent.at('id'), {
      code: 'agent.file-name',
      message: `The agent \`${value.id}\` must stand in \`agents/${value.id}.yaml\`.`,
    });
  }
}

function checkReferences(agent: Parsed<AgentFile>, words: Vocabulary, findings: Findings): void {
  const { value } = agent;
  const people = new Set([...words.members.values()].flat());
  const check = (kind: string, name: string, known: Iterable<string>, ...path: PropertyKey[]): void =>
    mustExist({ place: agent.at(...path), kind, name }, known, findings);
  check('environment', value.environment, words.environments, 'environment');
  check('team', value.team, words.teams, 'team');
  check('person', value.owner, people, 'owner');
  check('group', value.approvalGroup, words.members.keys(), 'approvalGroup');
  value.repositories.forEach((name, index) => check('repository', name, words.repositories, 'repositories', index));
  value.useCases.forEach((name, index) => check('use case', name, words.useCases, 'useCases', index));
  const approvers = words.members.get(value.approvalGroup) ?? [];
  if (words.members.has(value.approvalGroup) && approvers.every((person) => person === value.owner)) {
    findings.error(agent.at('approvalGroup'), {
      code: 'agent.approvers',
      message: `Nobody but the owner is in \`${value.approvalGroup}\`, so nobody can approve for this agent.`,
    });
  }
}

function checkPromotion(agent: Parsed<AgentFile>, words: Vocabulary, findings: Findings): void {
  const { promotion, tier, owner, approvalGroup } = agent.value;
  if (promotion === undefined) return;
  const refuse = (path: string, message: string): void =>
    findings.error(agent.at('promotion', path), { code: 'agent.promotion', message });
  if (promotion.to !== promotion.from + 1) refuse('to', 'A promotion goes up by one tier at a time.');
  if (promotion.to !== tier) refuse('to', `The promotion leads to tier ${promotion.to}, but the agent has tier ${tier}.`);
  if (promotion.approvedBy === owner) refuse('approvedBy', 'The owner of an agent can’t approve its promotion.');
  else if (!(words.members.get(approvalGroup) ?? []).includes(promotion.approvedBy))
    refuse('approvedBy', `\`${promotion.approvedBy}\` is not in \`${approvalGroup}\`.`);
}

/** One identity per program, purpose and environment; and no login that is two agents. */
function checkIdentities(agents: readonly Parsed<AgentFile>[], findings: Findings): void {
  const taken = new Map<string, string>();
  const claim = (
    agent: Parsed<AgentFile>,
    key: readonly unknown[],
    claimed: { code: string; what: string; path: readonly PropertyKey[] },
  ): void => {
    const name = JSON.stringify(key);
    const other = taken.get(name);
    if (other === undefined) taken.set(name, agent.value.id);
    else
      findings.error(agent.at(...claimed.path), {
        code: claimed.code,
        message: `${claimed.what} is already that of \`${other}\`.`,
      });
  };
  for (const agent of agents) {
    const { id, app, purpose, environment, logins } = agent.value;
    claim(agent, ['id', id], { code: 'registry.duplicate-id', what: `The id \`${id}\``, path: ['id'] });
    const what = `This purpose, for \`${app}\` in \`${environment}\`,`;
    claim(agent, ['identity', app, purpose.trim().toLowerCase(), environment], {
      code: 'agent.identity',
      what,
      path: ['purpose'],
    });
    logins.forEach((login, index) => {
      const claims = Object.entries(login.claims).sort(([a], [b]) => (a < b ? -1 : 1));
      claim(agent, ['login', login.issuer, login.audience, claims], {
        code: 'agent.login',
        what: 'This login',
        path: ['logins', index],
      });
    });
  }
}

export const agentRecord = ({ value }: Parsed<AgentFile>): AgentRecord => ({
  id: value.id,
  purpose: value.purpose,
  owner: value.owner,
  team: value.team,
  environment: value.environment,
  dataClass: value.dataClass,
  approvalGroup: value.approvalGroup,
  runbook: value.runbook,
  role: value.role,
  tier: value.tier,
  repositories: [...value.repositories].sort(),
  capabilities: [...value.capabilities].sort(),
  useCases: [...value.useCases].sort(),
  logins: value.logins.map(({ jwksUri, ...login }) => (jwksUri === undefined ? login : { ...login, jwksUri })),
  disabled: value.disabled,
});

export const rankOf = (name: (typeof DATA_CLASSES)[number]): number => DATA_CLASSES.indexOf(name);
