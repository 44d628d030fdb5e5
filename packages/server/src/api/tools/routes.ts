/** Tool servers: how they fare, what they offer, and what people say about it. */
import type { ApiDeps, ToolVerdict } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
import { changes, dry, idParams, json, jsonBody, Name, newGroup, pageOf, posts, reads, z } from '../http/group.ts';
import { Decided, Definition, definitionView, serverView, ToolServer, VerdictAsk } from './schema.ts';

const toolQuery = z.object({ tool: Name.optional() });

const list = reads(
  '/tools/servers',
  { summary: 'List tool servers' },
  {},
  json(pageOf(ToolServer), 'Servers of the bundle in force, with their tools, as this node knows them'),
);

const one = reads(
  '/tools/servers/{id}',
  { summary: 'Show a tool server' },
  { params: idParams },
  json(ToolServer, 'The server and its tools'),
);

const definition = reads(
  '/tools/servers/{id}/definition',
  {
    summary: 'Show a definition',
    description: 'Of one tool, or without `tool` of the server itself: launch, instructions, prompts and resource templates.',
  },
  { params: idParams, query: toolQuery },
  json(Definition, 'The definition that is offered now, and how it differs from the approved one'),
);

const quarantine = reads(
  '/tools/quarantine',
  { summary: 'List definitions that wait for a person' },
  {},
  json(pageOf(Definition), 'New and changed definitions; agents see none of them'),
);

const verdict = changes(
  '/tools/servers/{id}/verdict',
  {
    summary: 'Approve or reject a definition',
    description:
      'By somebody who answers for the server. Bound to the pin that was shown. To approve a whole server approves every tool in which nothing was found; the others are approved one by one. Goes through the road as `tool.pin`.',
  },
  { params: idParams, body: jsonBody(VerdictAsk) },
  json(Decided, 'What was decided'),
);

const refresh = posts(
  '/tools/servers/{id}/refresh',
  { summary: 'Ask a tool server now what it offers' },
  { params: idParams },
  { 200: json(ToolServer, 'The server afterwards') },
);

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
