/** Mandates: what tasks were admitted to do, and their revocation. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { ownAgent, personCaller } from '../http/auth.ts';
import type { ApiEnv } from '../http/env.ts';
import {
  createRoute,
  dry,
  DryRun,
  dryRunQuery,
  idParams,
  json,
  jsonBody,
  newGroup,
  pageAsk,
  pageOf,
  pageQuery,
  pageView,
  postHeaders,
  problems,
  Sentence,
  z,
} from '../http/group.ts';
import { MandateDoc, mandateView } from '../tasks/schema.ts';

const list = createRoute({
  method: 'get',
  path: '/mandates',
  summary: 'List mandates',
  request: { query: pageQuery.extend({ agent: z.string().max(256).optional() }) },
  responses: { 200: json(pageOf(MandateDoc), 'Mandates, newest first'), ...problems },
});

const one = createRoute({
  method: 'get',
  path: '/mandates/{id}',
  summary: 'Read a mandate',
  request: { params: idParams },
  responses: { 200: json(MandateDoc, 'The mandate'), ...problems },
});

const revoke = createRoute({
  method: 'post',
  path: '/mandates/{id}/revoke',
  summary: 'Revoke a mandate',
  description:
    'In force on every node within two seconds. By an administrator, the person it acts for, or the group that answers for the agent.',
  request: { params: idParams, headers: postHeaders, query: dryRunQuery, body: jsonBody(z.strictObject({ reason: Sentence })) },
  responses: { 200: json(z.union([MandateDoc, DryRun]), 'The mandate, revoked'), ...problems },
});

async function mandateOf(deps: ApiDeps, c: Context<ApiEnv>, id: string) {
  const found = await deps.mandates.find(deps.org, id);
  const own = ownAgent(c);
  // What is not the agent's own does not exist for it.
  if (found === undefined || (own !== undefined && found.signed.mandate.agent !== own))
    throw new Fault('request.not-found', 'There is no such mandate.');
  return found;
}

export function mandateRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(list, async (c) => {
    const query = c.req.valid('query');
    const agent = ownAgent(c) ?? query.agent;
    const page = await deps.mandates.list(deps.org, { ...pageAsk(query), ...(agent === undefined ? {} : { agent }) });
    return c.json(
      pageView(page, ({ signed, state }) => mandateView(signed.mandate, state)),
      200,
    );
  });
  group.openapi(one, async (c) => {
    const { signed, state } = await mandateOf(deps, c, c.req.valid('param').id);
    return c.json(mandateView(signed.mandate, state), 200);
  });
  group.openapi(revoke, async (c) => {
    const person = personCaller(c);
    const { signed, state } = await mandateOf(deps, c, c.req.valid('param').id);
    const { mandate } = signed;
    const answers = deps.snapshots.current()?.agents.get(mandate.agent)?.approvalGroup;
    const may = person.admin || mandate.onBehalfOf === person.id || (answers !== undefined && person.groups.includes(answers));
    if (!may)
      throw new Fault(
        'identity.forbidden',
        'Only an administrator, the person it acts for, or the group that answers for the agent may revoke it.',
      );
    if (state !== 'active') throw new Fault('request.conflict', `The mandate is ${state} already.`);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`revoke mandate ${mandate.id} of ${mandate.agent}`), 200);
    await deps.identity.revokeMandate(deps.org, mandate.id, person.id, c.req.valid('json').reason);
    return c.json(mandateView(mandate, 'revoked'), 200);
  });
  return group;
}
