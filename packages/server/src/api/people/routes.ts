/** People's own keys. An administrator may issue and revoke anybody's; everyone may replace and revoke their own. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { issueKey } from '../agents/credentials.ts';
import { addKeyRoutes } from '../agents/key-routes.ts';
import { IssuedCredential } from '../agents/schema.ts';
import type { ApiDeps, Person } from '../deps.ts';
import { adminCaller, personCaller } from '../http/auth.ts';
import type { ApiEnv } from '../http/env.ts';
import { creates, dry, idParams, json, jsonBody, newGroup, pageOf, reads, z } from '../http/group.ts';

const PersonDoc = z.object({ id: z.string(), groups: z.array(z.string()), admin: z.boolean() }).openapi('Person');
const ttl = z.strictObject({
  ttlSeconds: z
    .int()
    .min(60)
    .max(366 * 86_400)
    .optional(),
});

const list = reads('/people', { summary: 'List people' }, {}, json(pageOf(PersonDoc), 'People by id'));

const issue = creates(
  '/people/{id}/credentials',
  { summary: 'Issue a key to a person', description: 'By an administrator. The key is shown once.' },
  { params: idParams, body: jsonBody(ttl) },
  json(IssuedCredential, 'The key'),
);

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
  addKeyRoutes(group, deps, {
    kind: 'person',
    path: '/people',
    of: 'a person',
    mayList: selfOrAdmin,
    mayRotate: selfOrAdmin,
    rotators: 'By themselves or an administrator.',
    mayRevoke: selfOrAdmin,
    revokers: 'By themselves or an administrator.',
  });
  return group;
}
