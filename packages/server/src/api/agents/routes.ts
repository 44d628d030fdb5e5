/** The agent registry as the bundle in force has it, and the agents' keys. */
import { Fault } from '@countersign/kernel/fault';
import type { ApiDeps } from '../deps.ts';
import { adminCaller, groupCaller, ownAgent, personCaller } from '../http/auth.ts';
import { creates, dry, idParams, json, jsonBody, newGroup, pageOf, reads, z } from '../http/group.ts';
import { issueKey } from './credentials.ts';
import { addKeyRoutes } from './key-routes.ts';
import { Agent, agentView, IssueAsk, IssuedCredential } from './schema.ts';

const list = reads('/agents', { summary: 'List agents' }, {}, json(pageOf(Agent), 'Agents by id'));

const one = reads(
  '/agents/{id}',
  { summary: 'Read an agent' },
  { params: idParams },
  json(Agent.extend({ revision: z.string() }), 'The agent, and the revision that it is from'),
);

const issue = creates(
  '/agents/{id}/credentials',
  { summary: 'Issue a key', description: 'By an administrator. The key is shown once.' },
  { params: idParams, body: jsonBody(IssueAsk) },
  json(IssuedCredential, 'The key'),
);

export function agentRoutes(deps: ApiDeps) {
  const group = newGroup();
  const snapshotOf = () => {
    const snapshot = deps.snapshots.current();
    if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force.');
    return snapshot;
  };
  const agentOf = (id: string) => {
    const agent = snapshotOf().agents.get(id);
    if (agent === undefined) throw new Fault('request.not-found', 'There is no such agent.');
    return agent;
  };
  group.openapi(list, async (c) => {
    const own = ownAgent(c);
    const agents = [...snapshotOf().agents.values()].filter((agent) => own === undefined || agent.id === own);
    return c.json({ data: agents.sort((a, b) => (a.id < b.id ? -1 : 1)).map(agentView) }, 200);
  });
  group.openapi(one, async (c) => {
    const { id } = c.req.valid('param');
    const own = ownAgent(c);
    if (own !== undefined && own !== id) throw new Fault('request.not-found', 'There is no such agent.');
    return c.json({ ...agentView(agentOf(id)), revision: snapshotOf().revision }, 200);
  });
  group.openapi(issue, async (c) => {
    const person = adminCaller(c);
    const { id } = agentOf(c.req.valid('param').id);
    const { mandate, onBehalfOf, ttlSeconds } = c.req.valid('json');
    if (mandate !== undefined) {
      const found = await deps.mandates.find(deps.org, mandate);
      if (found?.signed.mandate.agent !== id || found.state !== 'active')
        throw new Fault('request.unknown-entity', 'This agent has no such active mandate.');
    }
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`issue a key for ${id}`), 200);
    const terms = { kind: 'agent' as const, subject: id, mandate: mandate ?? null, onBehalfOf: onBehalfOf ?? null, ttlSeconds };
    return c.json(await issueKey(deps, c, terms, person.id), 201);
  });
  addKeyRoutes(group, deps, {
    kind: 'agent',
    path: '/agents',
    of: 'an agent',
    mayList: (c, id) => {
      personCaller(c);
      agentOf(id);
    },
    mayRotate: (c, id) => {
      const person = adminCaller(c);
      agentOf(id);
      return person;
    },
    rotators: 'By an administrator.',
    // An agent that left the registry may still have keys: revoking must not depend on it.
    mayRevoke: (c, id) => groupCaller(c, deps.snapshots.current()?.agents.get(id)?.approvalGroup),
    revokers: 'By an administrator or the group that answers for the agent.',
  });
  return group;
}
