/** Break-glass: a person opens the way past gates for a short time, with a reason; somebody else reviews it afterwards. */
import { Fault } from '@countersign/kernel/fault';
import { isoTime } from '../../ports/clock.ts';
import type { BreakGlass } from '../../ports/identity.ts';
import type { ApiDeps } from '../deps.ts';
import { groupCaller, personCaller } from '../http/auth.ts';
import {
  changes,
  creates,
  dry,
  idParams,
  json,
  jsonBody,
  Name,
  newGroup,
  pageOf,
  reads,
  Sentence,
  Time,
  z,
} from '../http/group.ts';

const Doc = z
  .object({
    id: z.string(),
    openedBy: z.string(),
    reason: z.string(),
    agent: z.string(),
    mandate: z.string().nullable(),
    gates: z.array(z.string()),
    openedAt: Time,
    expiresAt: Time,
    review: z.object({ by: z.string(), at: Time, verdict: z.enum(['justified', 'unjustified']), note: z.string() }).nullable(),
  })
  .openapi('BreakGlass');

const OpenAsk = z
  .strictObject({
    agent: Name,
    mandate: Name.optional(),
    gates: z.array(Name).min(1).max(32),
    reason: Sentence,
    ttlSeconds: z.int().min(60).max(3_600).optional(),
  })
  .openapi('BreakGlassAsk');

const list = reads('/break-glass', { summary: 'List break-glass records' }, {}, json(pageOf(Doc), 'Records, newest first'));

const open = creates(
  '/break-glass',
  {
    summary: 'Break the glass',
    description:
      'By an administrator or the group that answers for the agent. It stands in for gates, never for limits, and is recorded.',
  },
  { body: jsonBody(OpenAsk) },
  json(Doc, 'Open, until it expires'),
);

const review = changes(
  '/break-glass/{id}/review',
  {
    summary: 'Review a break-glass record',
    description: 'By an administrator or the group that answers for the agent, but never by who opened it.',
  },
  { params: idParams, body: jsonBody(z.strictObject({ verdict: z.enum(['justified', 'unjustified']), note: Sentence })) },
  json(Doc, 'The record, reviewed'),
);

function view(glass: BreakGlass): z.infer<typeof Doc> {
  const { id, openedBy, reason, agent, mandate, openedAt, expiresAt } = glass;
  return {
    id,
    openedBy,
    reason,
    agent,
    mandate,
    gates: [...glass.gates],
    openedAt,
    expiresAt,
    review: glass.review === null ? null : { ...glass.review },
  };
}

export function breakGlassRoutes(deps: ApiDeps) {
  const group = newGroup();
  const agentOf = (id: string) => deps.snapshots.current()?.agents.get(id);
  group.openapi(list, async (c) => {
    personCaller(c);
    return c.json({ data: (await deps.identity.breakGlasses(deps.org)).map(view) }, 200);
  });
  group.openapi(open, async (c) => {
    const { agent, mandate, gates, reason, ttlSeconds } = c.req.valid('json');
    const snapshot = deps.snapshots.current();
    const person = groupCaller(c, agentOf(agent)?.approvalGroup);
    if (snapshot === undefined || agentOf(agent) === undefined)
      throw new Fault('request.unknown-entity', 'The bundle in force has no such agent.');
    const longestMs = snapshot.settings.approvalExpiryMs['break-glass'];
    const ttlMs = Math.min((ttlSeconds ?? Number.POSITIVE_INFINITY) * 1_000, longestMs);
    if (c.req.valid('query').dryRun === 'true')
      return c.json(dry(`open ${gates.join(', ')} for ${agent} for ${Math.round(ttlMs / 1_000)} s`), 200);
    const expiresAt = isoTime(deps.clock.now() + ttlMs);
    const draft = {
      id: deps.newId('bgl'),
      org: deps.org,
      openedBy: person.id,
      reason,
      agent,
      mandate: mandate ?? null,
      gates,
      expiresAt,
    };
    return c.json(view(await deps.identity.openBreakGlass(draft)), 201);
  });
  group.openapi(review, async (c) => {
    const { id } = c.req.valid('param');
    const glass = (await deps.identity.breakGlasses(deps.org)).find((record) => record.id === id);
    const person = groupCaller(c, glass === undefined ? undefined : agentOf(glass.agent)?.approvalGroup);
    if (glass === undefined) throw new Fault('request.not-found', 'There is no such record.');
    if (glass.openedBy === person.id) throw new Fault('approval.forbidden', 'Nobody may review what they opened.');
    if (glass.review !== null) throw new Fault('request.conflict', 'This record was reviewed already.');
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`review ${id}`), 200);
    return c.json(view(await deps.identity.reviewBreakGlass(deps.org, id, { by: person.id, ...c.req.valid('json') })), 200);
  });
  return group;
}
