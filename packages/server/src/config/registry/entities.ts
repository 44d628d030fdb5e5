/** The registries as Cedar entities. Attributes of things come from here and from nowhere else: a caller names ids only. */
import type { EntityRecord, EntityRef } from '@countersign/kernel/action';
import type { Json } from '@countersign/kernel/json';
import { nameSuggests } from '@countersign/kernel/tool';
import type { AgentRecord, ModelRecord, PersonRecord, RepositoryRecord, ToolServerRecord } from '../../ports/registry.ts';
import { zoneIds } from '../../ports/egress-entity.ts';
import { toolEntity, toolServerRef } from '../../ports/tool-entity.ts';
import { rankOf } from './agents.ts';
import type { RecordSet } from './records.ts';

type Ref = (type: string, id: string) => EntityRef;

const ROLES = ['planner', 'editor', 'executor'];
/** Opaque content by the switch of the model entry that allows it; what a provider sealed itself may always come back to it. */
const STORED_KINDS = ['background', 'conversation', 'item-reference', 'previous-response', 'stored-prompt'];
const REMOTE_KINDS = ['file', 'remote-url'];
const SEALED_KINDS = ['encrypted'];

/** In a fixed order, so that the same registries make the same bytes. */
export function entitiesOf(records: RecordSet, namespace: string): readonly EntityRecord[] {
  const ref: Ref = (type, id) => ({ type: `${namespace}::${type}`, id });
  const { settings, agents, people, models, providers, repositories } = records;
  const org = ref('Org', settings.organisation);
  const plain = (type: string, ids: Iterable<string>, parents: readonly EntityRef[]): EntityRecord[] =>
    [...new Set(ids)].sort().map((id) => ({ uid: ref(type, id), parents, attrs: {} }));
  const groups = people.flatMap((person) =>
    person.groups.filter((group) => group.startsWith('group:')).map((group) => group.slice(6)),
  );
  return [
    { uid: org, parents: [], attrs: {} },
    ...plain('Team', settings.teams, [org]),
    ...plain('Group', groups, []),
    ...plain('Role', ROLES, []),
    ...people.map((person) => personEntity(person, ref)),
    ...agents.map((agent) => agentEntity(agent, ref)),
    ...plain(
      'RepositoryClass',
      repositories.map((repository) => repository.class),
      [org],
    ),
    ...repositories.flatMap((repository) => repositoryEntities(repository, ref)),
    ...plain(
      'Provider',
      providers.map((provider) => provider.id),
      [org],
    ),
    ...plain(
      'ModelClass',
      models.map((model) => model.modelClass),
      [org],
    ),
    ...models.map((model) => modelEntity(model, ref)),
    ...(records.commands === undefined
      ? []
      : plain('CommandClass', ['default', ...records.commands.rules.map(({ id }) => id)], [org])),
    ...(records.toolServers ?? []).flatMap((server) => toolEntities(server, namespace, org)),
    ...plain('EgressZone', records.egress === undefined ? [] : zoneIds(records.egress), [org]),
  ];
}

/** `{type, id}` as JSON, for attributes that name entities. */
const json = ({ type, id }: EntityRef): Json => ({ type, id });

function personEntity({ id, groups, admin }: PersonRecord, ref: Ref): EntityRecord {
  const parents = groups.map((group) => (group.startsWith('team:') ? ref('Team', group.slice(5)) : ref('Group', group.slice(6))));
  return { uid: ref('Person', id), parents, attrs: { admin } };
}

function agentEntity(agent: AgentRecord, ref: Ref): EntityRecord {
  return {
    uid: ref('Agent', agent.id),
    parents: [ref('Team', agent.team), ref('Role', agent.role)],
    attrs: {
      tier: agent.tier,
      environment: agent.environment,
      dataRank: rankOf(agent.dataClass),
      capabilities: agent.capabilities,
      useCases: agent.useCases,
      repositories: agent.repositories.map((id) => json(ref('Repository', id))),
      approvalGroup: agent.approvalGroup,
    },
  };
}

function repositoryEntities(repository: RepositoryRecord, ref: Ref): EntityRecord[] {
  const uid = ref('Repository', repository.id);
  const attrs = {
    class: repository.class,
    defaultBranch: repository.defaultBranch,
    dataRank: rankOf(repository.dataClass),
    environment: repository.environment,
  };
  const modules = repository.modules.map(
    ({ id, autonomous, frozenUntil }): EntityRecord => ({
      uid: ref('Module', id),
      parents: [uid],
      attrs: frozenUntil === undefined ? { autonomous } : { autonomous, frozenUntil },
    }),
  );
  return [{ uid, parents: [ref('RepositoryClass', repository.class)], attrs }, ...modules];
}

const SWITCHES = ['tools', 'parallelTools', 'streaming', 'vision', 'jsonSchema', 'reasoning'] as const;

function modelEntity(model: ModelRecord, ref: Ref): EntityRecord {
  const { allow, capabilities } = model;
  const can = [
    ...SWITCHES.filter((name) => capabilities[name]),
    ...allow.hostedTools,
    ...SEALED_KINDS,
    ...(allow.storedState ? STORED_KINDS : []),
    ...(allow.remoteContent ? REMOTE_KINDS : []),
  ];
  return {
    uid: ref('Model', model.id),
    parents: [ref('Provider', model.provider), ref('ModelClass', model.modelClass)],
    attrs: {
      enabled: model.enabled,
      preview: model.preview,
      maxDataRank: rankOf(model.maxDataClass),
      customerData: model.customerData,
      teams: model.teams.map((id) => json(ref('Team', id))),
      environments: model.environments,
      useCases: model.useCases,
      capabilities: [...new Set(can)].sort(),
    },
  };
}

/**
 * A server and its declared tools. What the tool's own annotations would add is known only when the server has been asked, so a tool without
 * an operator's class has here what its name suggests; the door asks about the tool as the catalogue has it.
 */
function toolEntities(server: ToolServerRecord, namespace: string, org: EntityRef): EntityRecord[] {
  const ref: Ref = (type, id) => ({ type: `${namespace}::${type}`, id });
  const owners = (kind: string, type: string): Json =>
    server.owner.startsWith(`${kind}:`) ? [json(ref(type, server.owner.slice(kind.length + 1)))] : [];
  const entity: EntityRecord = {
    uid: toolServerRef(namespace, server.id),
    parents: [org],
    attrs: {
      enabled: server.enabled,
      teams: server.teams.map((id) => json(ref('Team', id))),
      environments: server.environments,
      useCases: server.useCases,
      dataRank: rankOf(server.dataClass),
      maxDataRank: rankOf(server.maxDataClass),
      ownerTeams: owners('team', 'Team'),
      ownerGroups: owners('group', 'Group'),
    },
  };
  const tools = server.operations.map((operation) =>
    toolEntity(namespace, server, { name: operation.name, class: operation.class ?? nameSuggests(operation.name) }, operation),
  );
  return [entity, ...tools];
}
