/** The agent registry as the bundle in force has it, and the agents' keys. */
import { Fault } from '@countersign/kernel/fault';
import type { ApiDeps } from '../deps.ts';
import { adminCaller, groupCaller, ownAgent, personCaller } from '../http/auth.ts';
import {
  createRoute,
  dry,
  DryRun,
  dryRunQuery,
  idParams,
  json,
  jsonBody,
  Name,
  newGroup,
  pageOf,
  postHeaders,
  problems,
  z,
} from '../http/group.ts';
import { issueKey, liveCredential, rotateKey } from './credentials.ts';
import { Agent, agentView, Credential, credentialView, IssueAsk, IssuedCredential, RevokeAsk } from './schema.ts';

const credentialParams = idParams.extend({ credential: Name });

const list = createRoute({
  method: 'get',
  path: '/agents',
  summary: 'List agents',
  responses: { 200: json(pageOf(Agent), 'Agents by id'), ...problems },
});

const one = createRoute({
  method: 'get',
  path: '/agents/{id}',
  summary: 'Read an agent',
  request: { params: idParams },
  responses: { 200: json(Agent.extend({ revision: z.string() }), 'The agent, and the revision that it is from'), ...problems },
});

const keys = createRoute({
  method: 'get',
  path: '/agents/{id}/credentials',
  summary: 'List the keys of an agent',
  request: { params: idParams },
  responses: { 200: json(pageOf(Credential), 'Credentials, without secrets'), ...problems },
});

const issue = createRoute({
  method: 'post',
  path: '/agents/{id}/credentials',
  summary: 'Issue a key',
  description: 'By an administrator. The key is shown once.',
  request: { params: idParams, headers: postHeaders, query: dryRunQuery, body: jsonBody(IssueAsk) },
  responses: { 200: json(DryRun, 'What would be done'), 201: json(IssuedCredential, 'The key'), ...problems },
});

const rotate = createRoute({
  method: 'post',
  path: '/agents/{id}/credentials/{credential}/rotate',
  summary: 'Replace a key',
  description: 'Issues a key with the same terms and revokes the old one. By an administrator.',
  request: { params: credentialParams, headers: postHeaders, query: dryRunQuery },
  responses: { 200: json(DryRun, 'What would be done'), 201: json(IssuedCredential, 'The new key'), ...problems },
});

const revoke = createRoute({
  method: 'post',
  path: '/agents/{id}/credentials/{credential}/revoke',
  summary: 'Revoke a key',
  description: 'In force on every node within two seconds. By an administrator or the group that answers for the agent.',
  request: { params: credentialParams, headers: postHeaders, query: dryRunQuery, body: jsonBody(RevokeAsk) },
  responses: { 200: json(z.union([Credential, DryRun]), 'The credential, revoked'), ...problems },
});

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
  group.openapi(keys, async (c) => {
    personCaller(c);
    const { id } = agentOf(c.req.valid('param').id);
    const records = await deps.identity.credentials(deps.org, id);
    return c.json({ data: records.filter(({ kind }) => kind === 'agent').map(credentialView) }, 200);
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
  group.openapi(rotate, async (c) => {
    const person = adminCaller(c);
    const { id, credential } = c.req.valid('param');
    const old = await liveCredential(deps, 'agent', agentOf(id).id, credential);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`replace key ${old.id} of ${id}`), 200);
    return c.json(await rotateKey(deps, c, old, person.id), 201);
  });
  group.openapi(revoke, async (c) => {
    const { id, credential } = c.req.valid('param');
    // An agent that left the registry may still have keys: revoking must not depend on it.
    const person = groupCaller(c, deps.snapshots.current()?.agents.get(id)?.approvalGroup);
    const old = await liveCredential(deps, 'agent', id, credential);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`revoke key ${old.id} of ${id}`), 200);
    return c.json(credentialView(await deps.identity.revoke(deps.org, old.id, person.id, c.req.valid('json').reason)), 200);
  });
  return group;
}
