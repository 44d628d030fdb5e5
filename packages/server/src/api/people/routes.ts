/** People's own keys. An administrator may issue and revoke anybody's; everyone may replace and revoke their own. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { issueKey, liveCredential, rotateKey } from '../agents/credentials.ts';
import { Credential, credentialView, IssuedCredential, RevokeAsk } from '../agents/schema.ts';
import type { ApiDeps, Person } from '../deps.ts';
import { adminCaller, personCaller } from '../http/auth.ts';
import type { ApiEnv } from '../http/env.ts';
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

const PersonDoc = z.object({ id: z.string(), groups: z.array(z.string()), admin: z.boolean() }).openapi('Person');
const credentialParams = idParams.extend({ credential: Name });
const ttl = z.strictObject({
  ttlSeconds: z
    .int()
    .min(60)
    .max(366 * 86_400)
    .optional(),
});

const list = createRoute({
  method: 'get',
  path: '/people',
  summary: 'List people',
  responses: { 200: json(pageOf(PersonDoc), 'People by id'), ...problems },
});

const keys = createRoute({
  method: 'get',
  path: '/people/{id}/credentials',
  summary: 'List the keys of a person',
  request: { params: idParams },
  responses: { 200: json(pageOf(Credential), 'Credentials, without secrets'), ...problems },
});

const issue = createRoute({
  method: 'post',
  path: '/people/{id}/credentials',
  summary: 'Issue a key to a person',
  description: 'By an administrator. The key is shown once.',
  request: { params: idParams, headers: postHeaders, query: dryRunQuery, body: jsonBody(ttl) },
  responses: { 200: json(DryRun, 'What would be done'), 201: json(IssuedCredential, 'The key'), ...problems },
});

const rotate = createRoute({
  method: 'post',
  path: '/people/{id}/credentials/{credential}/rotate',
  summary: 'Replace a key of a person',
  request: { params: credentialParams, headers: postHeaders, query: dryRunQuery },
  responses: { 200: json(DryRun, 'What would be done'), 201: json(IssuedCredential, 'The new key'), ...problems },
});

const revoke = createRoute({
  method: 'post',
  path: '/people/{id}/credentials/{credential}/revoke',
  summary: 'Revoke a key of a person',
  request: { params: credentialParams, headers: postHeaders, query: dryRunQuery, body: jsonBody(RevokeAsk) },
  responses: { 200: json(z.union([Credential, DryRun]), 'The credential, revoked'), ...problems },
});

function selfOrAdmin(c: Context<ApiEnv>, id: string): Person {
  const person = personCaller(c);
  if (!person.admin && person.id !== id)
    throw new Fault('identity.forbidden', 'Only an administrator may touch the keys of somebody else.');
  return person;
}

export function peopleRoutes(deps: ApiDeps) {
  const group = newGroup();
  const peopleOf = () => {
    const snapshot = deps.snapshots.current();
    if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force.');
    return snapshot.people;
  };
  group.openapi(list, async (c) => {
    personCaller(c);
    const people = [...peopleOf().values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return c.json({ data: people.map(({ id, groups, admin }) => ({ id, groups: [...groups], admin })) }, 200);
  });
  group.openapi(keys, async (c) => {
    const { id } = c.req.valid('param');
    selfOrAdmin(c, id);
    const records = await deps.identity.credentials(deps.org, id);
    return c.json({ data: records.filter(({ kind }) => kind === 'person').map(credentialView) }, 200);
  });
  group.openapi(issue, async (c) => {
    const by = adminCaller(c);
    const { id } = c.req.valid('param');
    if (!peopleOf().has(id)) throw new Fault('request.not-found', 'The bundle in force knows no such person.');
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`issue a key to ${id}`), 200);
    const terms = {
      kind: 'person' as const,
      subject: id,
      mandate: null,
      onBehalfOf: null,
      ttlSeconds: c.req.valid('json').ttlSeconds,
    };
    return c.json(await issueKey(deps, c, terms, by.id), 201);
  });
  group.openapi(rotate, async (c) => {
    const { id, credential } = c.req.valid('param');
    const by = selfOrAdmin(c, id);
    const old = await liveCredential(deps, 'person', id, credential);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`replace key ${old.id} of ${id}`), 200);
    return c.json(await rotateKey(deps, c, old, by.id), 201);
  });
  group.openapi(revoke, async (c) => {
    const { id, credential } = c.req.valid('param');
    const by = selfOrAdmin(c, id);
    const old = await liveCredential(deps, 'person', id, credential);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`revoke key ${old.id} of ${id}`), 200);
    return c.json(credentialView(await deps.identity.revoke(deps.org, old.id, by.id, c.req.valid('json').reason)), 200);
  });
  return group;
}
