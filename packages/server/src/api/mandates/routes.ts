/** Mandates: what tasks were admitted to do, and their revocation. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import type { TaskMarks } from '../../ports/marks.ts';
import { DATA_CLASSES, TAINTS } from '../../ports/registry.ts';
import type { ApiDeps } from '../deps.ts';
import { ownAgent, personCaller } from '../http/auth.ts';
import type { ApiEnv } from '../http/env.ts';
import {
  changes,
  dry,
  idParams,
  json,
  jsonBody,
  newGroup,
  pageAsk,
  pageOf,
  pageQuery,
  pageView,
  reads,
  reasonBody,
  Sentence,
  z,
} from '../http/group.ts';
import { MandateDoc, mandateView } from '../tasks/schema.ts';

const list = reads(
  '/mandates',
  { summary: 'List mandates' },
  { query: pageQuery.extend({ agent: z.string().max(256).optional() }) },
  json(pageOf(MandateDoc), 'Mandates, newest first'),
);

const one = reads('/mandates/{id}', { summary: 'Read a mandate' }, { params: idParams }, json(MandateDoc, 'The mandate'));

const revoke = changes(
  '/mandates/{id}/revoke',
  {
    summary: 'Revoke a mandate',
    description:
      'In force on every node within two seconds. By an administrator, the person it acts for, or the group that answers for the agent.',
  },
  { params: idParams, body: reasonBody },
  json(MandateDoc, 'The mandate, revoked'),
);

const MarksDoc = z
  .object({ task: z.string(), dataClass: z.enum(DATA_CLASSES), taints: z.array(z.enum(TAINTS)) })
  .openapi('TaskMarks', { description: 'What sticks to a task: the highest class it touched, and what taints it.' });

const Lowering = z.strictObject({ dataClass: z.enum(DATA_CLASSES), taints: z.array(z.enum(TAINTS)).max(3), reason: Sentence });

const marks = reads(
  '/mandates/{id}/marks',
  { summary: 'Read what sticks to a task' },
  { params: idParams },
  json(MarksDoc, 'The marks of the task of this mandate'),
);

const declassify = changes(
  '/mandates/{id}/marks',
  {
    summary: 'Lower what sticks to a task',
    description:
      'A governed act of a person (`task.declassify`), never of the one whom the task is for. Marks can only be lowered here; actions raise them.',
  },
  { params: idParams, body: jsonBody(Lowering) },
  json(MarksDoc, 'The marks, lowered'),
);

async function mandateOf(deps: ApiDeps, c: Context<ApiEnv>, id: string) {
  const found = await deps.mandates.find(deps.org, id);
  const own = ownAgent(c);
  // What is not the agent's own does not exist for it.
  if (found === undefined || (own !== undefined && found.signed.mandate.agent !== own))
    throw new Fault('request.not-found', 'There is no such mandate.');
  return found;
}

const marksView = (task: string, { dataClass, taints }: TaskMarks): z.infer<typeof MarksDoc> => ({
  task,
  dataClass,
  taints: [...taints],
});

const marksText = ({ dataClass, taints }: TaskMarks): string =>
  taints.length === 0 ? `${dataClass}, without taints` : `${dataClass}, ${taints.join(', ')}`;

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
  group.openapi(marks, async (c) => {
    const { signed } = await mandateOf(deps, c, c.req.valid('param').id);
    return c.json(marksView(signed.mandate.task, await deps.marks.read(signed.mandate.task)), 200);
  });
  group.openapi(declassify, async (c) => {
    const person = personCaller(c);
    const { mandate } = (await mandateOf(deps, c, c.req.valid('param').id)).signed;
    if (mandate.onBehalfOf === person.id)
      throw new Fault('identity.forbidden', 'Somebody else must declassify it than the person whom the task is for.');
    const { reason, dataClass, taints } = c.req.valid('json');
    const lowered = { dataClass, taints: TAINTS.filter((taint) => taints.includes(taint)) };
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`lower task ${mandate.task} to ${marksText(lowered)}`), 200);
    await deps.marks.lower(person, mandate.task, lowered, reason);
    return c.json(marksView(mandate.task, lowered), 200);
  });
  return group;
}
