/** Tasks: admission, which answers the five questions and issues a mandate, and the list of what was admitted. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import type { TaskAsk as Ask } from '../../ports/tasks.ts';
import type { ApiDeps } from '../deps.ts';
import { ownAgent } from '../http/auth.ts';
import type { ApiEnv } from '../http/env.ts';
import { dryRunQuery, json, jsonBody, newGroup, pageAsk, pageOf, pageQuery, pageView, posts, reads, z } from '../http/group.ts';
import { denialProblem, denialView, PROBLEM_TYPE } from '../http/problem.ts';
import { Admitted, answersView, mandateView, Preview, previewView, Task, TaskAsk, taskView, Waiting } from './schema.ts';

const admit = posts(
  '/tasks',
  {
    summary: 'Admit a task',
    description:
      'May this agent do this, in this repository, at this cost? 201 with a mandate; 202 while a person must approve; 403 with the denial. `dryRun=true` decides and issues nothing.',
  },
  { query: dryRunQuery, body: jsonBody(TaskAsk) },
  {
    200: json(Preview, 'The decision that it would get'),
    201: json(Admitted, 'Admitted, with the mandate'),
    202: json(Waiting, 'Waiting for approval; Location is the approval request'),
  },
);

const list = reads(
  '/tasks',
  { summary: 'List admitted tasks' },
  { query: pageQuery.extend({ agent: z.string().max(256).optional() }) },
  json(pageOf(Task), 'Tasks, newest first'),
);

/** Agents ask for themselves, on behalf of whom their credential says; people ask for any agent, on their own behalf unless they are administrators. */
function partiesOf(c: Context<ApiEnv>, body: z.infer<typeof TaskAsk>): Pick<Ask, 'agent' | 'onBehalfOf' | 'credential'> {
  const caller = c.get('caller');
  if (caller.kind === 'agent') {
    if (body.agent !== undefined && body.agent !== caller.id)
      throw new Fault('identity.forbidden', 'An agent may ask for itself only.');
    if (body.onBehalfOf !== undefined && body.onBehalfOf !== caller.agent.onBehalfOf)
      throw new Fault('identity.forbidden', 'Whom an agent acts for comes with its credential.');
    return { agent: caller.id, onBehalfOf: caller.agent.onBehalfOf, credential: caller.agent.credential };
  }
  const { person } = caller;
  if (body.agent === undefined) throw new Fault('request.invalid', 'Name the `agent` that the task is for.');
  if (body.onBehalfOf !== undefined && body.onBehalfOf !== person.id && !person.admin)
    throw new Fault('identity.forbidden', 'Only an administrator may admit a task on behalf of somebody else.');
  return { agent: body.agent, onBehalfOf: body.onBehalfOf ?? person.id, credential: person.credential };
}

function askOf(c: Context<ApiEnv>, body: z.infer<typeof TaskAsk>): Ask {
  const { ttlSeconds, budgetMicroUsd, ...rest } = body;
  return {
    ...rest,
    ...partiesOf(c, body),
    ...(budgetMicroUsd === undefined ? {} : { budgetMicroUsd }),
    ...(ttlSeconds === undefined ? {} : { ttlMs: ttlSeconds * 1_000 }),
    trace: c.get('trace'),
    signal: c.req.raw.signal,
  };
}

export function taskRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(admit, async (c) => {
    const ask = askOf(c, c.req.valid('json'));
    if (c.req.valid('query').dryRun === 'true') return c.json(previewView(await deps.tasks.preview(ask)), 200);
    const admission = await deps.tasks.admit(ask);
    const answers = answersView(admission.answers);
    if (admission.ok) {
      const { task, decision, signed } = admission;
      return c.json({ task, decision, mandate: mandateView(signed.mandate, 'active'), answers }, 201);
    }
    const { denial } = admission;
    if (denial.approval !== undefined) {
      c.header('location', `/api/v1/approvals/${encodeURIComponent(denial.approval.id)}`);
      return c.json({ ...denialView(denial), answers }, 202);
    }
    const { problem, status } = denialProblem(denial);
    return c.json({ ...problem, answers }, status, { 'content-type': PROBLEM_TYPE });
  });
  group.openapi(list, async (c) => {
    const query = c.req.valid('query');
    const agent = ownAgent(c) ?? query.agent;
    const page = await deps.mandates.list(deps.org, { ...pageAsk(query), ...(agent === undefined ? {} : { agent }) });
    return c.json(
      pageView(page, ({ signed, state }) => taskView(signed.mandate, state)),
      200,
    );
  });
  return group;
}
