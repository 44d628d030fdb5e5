/** What clients say of themselves and what was found in it, and what the probe found on their machines. */
import { Fault } from '@countersign/kernel/fault';
import { BYPASS_OUTCOMES } from '../../ports/client-coverage.ts';
import { CLIENT_NAMES, type ClientName } from '../../ports/clients.ts';
import type { ApiDeps } from '../deps.ts';
import { adminCaller, ownAgent } from '../http/auth.ts';
import { json, jsonBody, Name, newGroup, pageAsk, pageOf, pageQuery, pageView, posts, reads, Time, z } from '../http/group.ts';

const Client = z.enum(CLIENT_NAMES);

const Finding = z
  .object({
    id: z.string(),
    agent: z.string(),
    mandate: z.string().nullable(),
    client: Client,
    session: z.string(),
    call: z.string().nullable(),
    tool: z.string().nullable(),
    code: z.string().openapi({ description: '`ran.unasked`, `ran.denied` or `ran.unsandboxed`' }),
    said: z.unknown().openapi({ description: 'What the client said, redacted; null where it is kept no more' }),
    foundAt: Time,
  })
  .openapi('ClientFinding');

const Rate = z
  .object({
    client: Client,
    ran: z.int(),
    allowed: z.int(),
    denied: z.int(),
    missing: z.int(),
    joined: z.number().openapi({ description: 'Share of what ran that was asked about and allowed; 1 where nothing ran' }),
  })
  .openapi('ClientJoinRate');

const Bypass = z.object({
  bypass: z.string().regex(/^[a-z][a-z0-9.-]{1,63}$/),
  outcome: z.enum(BYPASS_OUTCOMES),
  by: z.string().max(200),
});

const Report = z
  .object({
    agent: Name.optional(),
    client: Client,
    version: z.string().regex(/^[\w.+-]{1,64}$/),
    rows: z.array(Bypass).min(1).max(64),
  })
  .openapi('ClientCoverageReport');

const Coverage = z
  .object({
    agent: z.string(),
    client: Client,
    version: z.string(),
    rows: z.array(Bypass),
    by: z.string(),
    reportedAt: Time,
    capped: z.boolean(),
  })
  .openapi('ClientCoverage');

const findings = reads(
  '/client-findings',
  {
    summary: 'List findings in the telemetry of clients',
    description: 'What a client says that it did and that nobody was asked about, newest first. Agents see their own.',
  },
  { query: pageQuery.extend({ agent: Name.optional(), session: Name.optional() }) },
  json(pageOf(Finding), 'Findings'),
);

const rates = reads(
  '/client-evidence',
  { summary: 'Show how much of what clients ran was asked about' },
  { query: z.object({ agent: Name.optional() }) },
  json(pageOf(Rate), 'By client, over what is still kept'),
);

const report = posts(
  '/client-coverage',
  {
    summary: 'Report what the probe found on a machine',
    description:
      'By an agent for itself, or by an administrator. A way around that is open, and that the bundle does not accept, caps the agent to reading through this client; only a clean report of an administrator lifts that.',
  },
  { body: jsonBody(Report) },
  { 200: json(z.object({ capped: z.boolean() }), 'Whether the client is capped now') },
);

const coverage = reads(
  '/client-coverage',
  { summary: 'List the newest reports of the probe' },
  { query: z.object({ agent: Name.optional() }) },
  json(pageOf(Coverage), 'By agent and client'),
);

/** Ways around that the bundle in force lives with. */
function acceptedFor({ snapshots, clock }: ApiDeps, client: ClientName): readonly string[] {
  const accepted = snapshots.current()?.settings.clients?.accepted ?? [];
  return accepted
    .filter((one) => one.client === client && (one.until === null || Date.parse(one.until) > clock.now()))
    .map(({ bypass }) => bypass);
}

export function evidenceRoutes(deps: ApiDeps) {
  const group = newGroup();
  const { org } = deps;
  group.openapi(findings, async (c) => {
    const { agent, session, ...query } = c.req.valid('query');
    const narrowed = ownAgent(c) ?? agent;
    const page = await deps.evidence.findings(org, {
      ...pageAsk(query),
      ...(narrowed === undefined ? {} : { agent: narrowed }),
      ...(session === undefined ? {} : { session }),
    });
    const view = pageView(page, ({ said, ...rest }) => ({ ...rest, said: said === null ? null : (JSON.parse(said) as unknown) }));
    return c.json(view, 200);
  });
  group.openapi(rates, async (c) => {
    const data = await deps.evidence.rates(org, ownAgent(c) ?? c.req.valid('query').agent);
    return c.json({ data: data.map((rate) => ({ ...rate, joined: rate.ran === 0 ? 1 : rate.allowed / rate.ran })) }, 200);
  });
  group.openapi(report, async (c) => {
    const { agent: named, ...body } = c.req.valid('json');
    const own = ownAgent(c);
    if (own !== undefined && named !== undefined && named !== own)
      throw new Fault('identity.forbidden', 'An agent reports for itself only.');
    const agent = own ?? named;
    if (agent === undefined || deps.snapshots.current()?.agents.has(agent) !== true)
      throw new Fault('request.unknown-entity', 'Name an agent of the registry.');
    const by = own === undefined ? { kind: 'person' as const, id: adminCaller(c).id } : { kind: 'agent' as const, id: own };
    const accepted = acceptedFor(deps, body.client);
    return c.json({ capped: await deps.coverage.report({ org, agent, by, accepted, ...body }) }, 200);
  });
  group.openapi(coverage, async (c) => {
    const data = await deps.coverage.list(org, ownAgent(c) ?? c.req.valid('query').agent);
    return c.json({ data: data.map((one) => ({ ...one, rows: [...one.rows] })) }, 200);
  });
  return group;
}
