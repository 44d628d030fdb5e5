/** Tool servers: how they fare, what they offer, and what people say about it. */
import type { ApiDeps, ToolVerdict } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
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
import { Decided, Definition, definitionView, serverView, ToolServer, VerdictAsk } from './schema.ts';

const toolQuery = z.object({ tool: Name.optional() });

const list = createRoute({
  method: 'get',
  path: '/tools/servers',
  summary: 'List tool servers',
  responses: {
    200: json(pageOf(ToolServer), 'Servers of the bundle in force, with their tools, as this node knows them'),
    ...problems,
  },
});

const one = createRoute({
  method: 'get',
  path: '/tools/servers/{id}',
  summary: 'Show a tool server',
  request: { params: idParams },
  responses: { 200: json(ToolServer, 'The server and its tools'), ...problems },
});

const definition = createRoute({
  method: 'get',
  path: '/tools/servers/{id}/definition',
  summary: 'Show a definition',
  description: 'Of one tool, or without `tool` of the server itself: launch, instructions, prompts and resource templates.',
  request: { params: idParams, query: toolQuery },
  responses: {
    200: json(Definition, 'The definition that is offered now, and how it differs from the approved one'),
    ...problems,
  },
});

const quarantine = createRoute({
  method: 'get',
  path: '/tools/quarantine',
  summary: 'List definitions that wait for a person',
  responses: { 200: json(pageOf(Definition), 'New and changed definitions; agents see none of them'), ...problems },
});

const verdict = createRoute({
  method: 'post',
  path: '/tools/servers/{id}/verdict',
  summary: 'Approve or reject a definition',
  description:
    'By somebody who answers for the server. Bound to the pin that was shown. To approve a whole server approves every tool in which nothing was found; the others are approved one by one. Goes through the road as `tool.pin`.',
  request: { params: idParams, headers: postHeaders, query: dryRunQuery, body: jsonBody(VerdictAsk) },
  responses: { 200: json(z.union([Decided, DryRun]), 'What was decided'), ...problems },
});

const refresh = createRoute({
  method: 'post',
  path: '/tools/servers/{id}/refresh',
  summary: 'Ask a tool server now what it offers',
  request: { params: idParams, headers: postHeaders },
  responses: { 200: json(ToolServer, 'The server afterwards'), ...problems },
});

export function toolRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(list, async (c) => {
    personCaller(c);
    return c.json({ data: deps.tools.servers().map(serverView) }, 200);
  });
  group.openapi(one, async (c) => {
    personCaller(c);
    return c.json(serverView(deps.tools.server(c.req.valid('param').id)), 200);
  });
  group.openapi(definition, async (c) => {
    personCaller(c);
    return c.json(definitionView(deps.tools.definition(c.req.valid('param').id, c.req.valid('query').tool ?? null)), 200);
  });
  group.openapi(quarantine, async (c) => {
    personCaller(c);
    return c.json({ data: deps.tools.waiting().map(definitionView) }, 200);
  });
  group.openapi(verdict, async (c) => {
    const person = personCaller(c);
    const { id: server } = c.req.valid('param');
    const ask: ToolVerdict = { server, ...c.req.valid('json') };
    if (c.req.valid('query').dryRun === 'true') {
      const count = deps.tools.preview(ask).length;
      return c.json(dry(`${ask.answer} ${count} ${count === 1 ? 'definition' : 'definitions'} of ${server}`), 200);
    }
    const names = await deps.tools.decide(person, ask);
    return c.json({ server, answer: ask.answer, tools: names.map((name) => (name === '' ? null : name)) }, 200);
  });
  group.openapi(refresh, async (c) => {
    personCaller(c);
    return c.json(serverView(await deps.tools.refresh(c.req.valid('param').id)), 200);
  });
  return group;
}
