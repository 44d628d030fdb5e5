/** Approval requests: the inbox, one request with what is shown, verdicts bound to the digest of what was shown, and withdrawal. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
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
  reads,
  z,
} from '../http/group.ts';
import { checkMayDecide } from './rules.ts';
import { Approval, approvalView, VerdictAsk } from './schema.ts';

const etagHeaders = { etag: { description: 'Digest of what is shown, quoted', schema: { type: 'string' as const } } };
const ifMatch = postHeaders.extend({ 'if-match': z.string().optional() });

const list = reads(
  '/approvals',
  { summary: 'List approval requests' },
  {
    query: pageQuery.extend({
      state: z.enum(['open', 'approved', 'denied', 'expired', 'withdrawn', 'used', 'lapsed']).optional(),
    }),
  },
  json(pageOf(Approval), 'Requests, newest first; an agent sees its own'),
);

const one = reads(
  '/approvals/{id}',
  { summary: 'Read an approval request' },
  { params: idParams },
  { ...json(Approval, 'The request; ETag is the digest of what is shown'), headers: etagHeaders },
);

const verdict = createRoute({
  method: 'post',
  path: '/approvals/{id}/verdict',
  summary: 'Approve or deny',
  description:
    'By a member of an approver group who is neither the requester nor the one it acts for. `shownDigest` must be what the approver saw.',
  request: { params: idParams, headers: ifMatch, query: dryRunQuery, body: jsonBody(VerdictAsk) },
  responses: { 200: json(z.union([Approval, DryRun]), 'The request after the verdict'), ...problems },
});

const withdraw = createRoute({
  method: 'post',
  path: '/approvals/{id}/withdraw',
  summary: 'Withdraw a request',
  description: 'By the requester, the person it acts for, or an administrator.',
  request: { params: idParams, headers: ifMatch, query: dryRunQuery },
  responses: { 200: json(z.union([Approval, DryRun]), 'The request, withdrawn'), ...problems },
});

const isOwn = (c: Context<ApiEnv>, record: { requester: string }) => {
  const caller = c.get('caller');
  return caller.kind === 'person' || caller.id === record.requester;
};

/** @throws Fault request.not-found, also for what belongs to another agent */
async function found(deps: ApiDeps, c: Context<ApiEnv>, id: string) {
  const record = await deps.approvals.find(deps.org, id);
  if (record === undefined || !isOwn(c, record)) throw new Fault('request.not-found', 'There is no such approval request.');
  return record;
}

function checkIfMatch(header: string | undefined, digest: string): void {
  if (header !== undefined && header !== '*' && header !== `"${digest}"`)
    throw new Fault('request.precondition', 'The request shows something else than what you read.');
}

export function approvalRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(list, async (c) => {
    const { state, ...query } = c.req.valid('query');
    const page = await deps.approvals.list(deps.org, { ...pageAsk(query), ...(state === undefined ? {} : { state }) });
    const own = { ...page, data: page.data.filter((record) => isOwn(c, record)) };
    return c.json(
      pageView(own, (record) => approvalView(record, deps.publicUrl)),
      200,
    );
  });
  group.openapi(one, async (c) => {
    const record = await found(deps, c, c.req.valid('param').id);
    c.header('etag', `"${record.shownDigest}"`);
    return c.json(approvalView(record, deps.publicUrl), 200);
  });
  group.openapi(verdict, async (c) => {
    const person = personCaller(c);
    const record = await found(deps, c, c.req.valid('param').id);
    const { answer, reason, shownDigest } = c.req.valid('json');
    checkIfMatch(c.req.valid('header')['if-match'], record.shownDigest);
    checkMayDecide(record, person, deps.clock);
    if (shownDigest !== record.shownDigest)
      throw new Fault('approval.stale', 'What you saw is not what would be decided; read the request again.');
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`${answer} ${record.id} as ${person.id}`), 200);
    const draft = { org: deps.org, approval: record.id, approver: person.id, groups: person.groups, answer, reason, shownDigest };
    return c.json(approvalView(await deps.approvals.decide(draft), deps.publicUrl), 200);
  });
  group.openapi(withdraw, async (c) => {
    const caller = c.get('caller');
    const record = await found(deps, c, c.req.valid('param').id);
    checkIfMatch(c.req.valid('header')['if-match'], record.shownDigest);
    const may = caller.kind === 'agent' || caller.person.admin || caller.id === record.onBehalfOf;
    if (!may)
      throw new Fault('approval.forbidden', 'Only the requester, the person it acts for, or an administrator may withdraw it.');
    if (record.state !== 'open') throw new Fault('approval.closed', `This request is ${record.state} already.`);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`withdraw ${record.id}`), 200);
    return c.json(approvalView(await deps.approvals.withdraw(deps.org, record.id, caller.id), deps.publicUrl), 200);
  });
  return group;
}
