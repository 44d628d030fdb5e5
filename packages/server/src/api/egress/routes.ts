/** What sandboxes reached and may reach, and grants for a while. */
import type { ApiDeps } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
import {
  changes,
  creates,
  dry,
  idParams,
  json,
  jsonBody,
  limitQuery,
  Name,
  newGroup,
  pageAsk,
  pageOf,
  pageQuery,
  pageView,
  reads,
  reasonBody,
  z,
} from '../http/group.ts';
import { Checked, checkQuery, Grant, GrantAskBody, grantView, Host, hostView, HostWithGrants } from './schema.ts';

const hosts = reads(
  '/egress/hosts',
  { summary: 'List hosts', description: 'That sandboxes reached or asked for, by name.' },
  { query: pageQuery },
  json(pageOf(Host), 'What is known of each'),
);

const host = reads(
  '/egress/hosts/{id}',
  { summary: 'Show a host' },
  { params: idParams },
  json(HostWithGrants, 'What is known of it, and who let it pass'),
);

const check = reads(
  '/egress/check',
  {
    summary: 'Check an address',
    description:
      'What the rules of the bundle in force say. It grants nothing and is not recorded; policies decide when something connects.',
  },
  { query: checkQuery },
  json(Checked, 'Verdict, rule and reason'),
);

const grants = reads(
  '/egress/grants',
  { summary: 'List grants', description: 'Newest first.' },
  {
    query: limitQuery.extend({
      host: Name.optional(),
      standing: z.enum(['true', 'false']).optional(),
    }),
  },
  json(z.object({ data: z.array(Grant) }), 'Grants'),
);

const grant = creates(
  '/egress/grants',
  {
    summary: 'Let a host pass for a while',
    description: 'For one run, task or repository, never always. Goes through the road as `network.grant`.',
  },
  { body: jsonBody(GrantAskBody) },
  json(Grant, 'The grant'),
);

const revoke = changes(
  '/egress/grants/{id}/revoke',
  {
    summary: 'Take a grant back',
    description: 'What goes through under it ends within a second or two. Goes through the road as `network.grant`.',
  },
  { params: idParams, body: reasonBody },
  json(Grant, 'The grant as it is now'),
);

export function egressRoutes(deps: ApiDeps) {
  const group = newGroup();
  const { egress } = deps;
  group.openapi(hosts, async (c) => {
    personCaller(c);
    return c.json(pageView(await egress.hosts(pageAsk(c.req.valid('query'))), hostView), 200);
  });
  group.openapi(host, async (c) => {
    personCaller(c);
    const { says, grants: all, ...history } = await egress.host(c.req.valid('param').id);
    return c.json({ ...hostView(history), says, grants: all.map(grantView) }, 200);
  });
  group.openapi(check, async (c) => {
    personCaller(c);
    const { url, method, ...where } = c.req.valid('query');
    const checked = await egress.check({ url, method, ...present(where) });
    return c.json({ ...checked, methods: [...checked.methods], taints: [...checked.taints] }, 200);
  });
  group.openapi(grants, async (c) => {
    personCaller(c);
    const { host: name, standing, limit } = c.req.valid('query');
    const list = await egress.grants({ standing: standing === 'true', limit, ...(name === undefined ? {} : { host: name }) });
    return c.json({ data: list.map(grantView) }, 200);
  });
  group.openapi(grant, async (c) => {
    const person = personCaller(c);
    const ask = c.req.valid('json');
    if (c.req.valid('query').dryRun !== 'true') return c.json(grantView(await egress.grant(person, ask)), 201);
    const methods = ask.methods.length === 0 ? 'any method' : ask.methods.join(', ');
    return c.json(
      dry(`let ${ask.scope} ${ask.of} reach ${egress.grantable(ask)} with ${methods} for ${ask.minutes} minutes`),
      200,
    );
  });
  group.openapi(revoke, async (c) => {
    const person = personCaller(c);
    const { id } = c.req.valid('param');
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`take the grant ${id} back`), 200);
    return c.json(grantView(await egress.revoke(person, id, c.req.valid('json').reason)), 200);
  });
  return group;
}

/** Exact optional members. */
const present = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
