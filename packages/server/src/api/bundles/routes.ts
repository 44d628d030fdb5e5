/** Bundles: the revision in force, its history, what files would change, and applying them. */
import { Fault } from '@countersign/kernel/fault';
import type { ApiDeps } from '../deps.ts';
import { adminCaller, personCaller } from '../http/auth.ts';
import {
  createRoute,
  dryRunQuery,
  json,
  jsonBody,
  limitQuery,
  newGroup,
  pageOf,
  postHeaders,
  posts,
  problems,
  reads,
  Time,
  z,
} from '../http/group.ts';
import { Files, Plan, planView } from './schema.ts';

const Current = z.object({ revision: z.string(), files: z.record(z.string(), z.string()) }).openapi('Bundle');
const current = reads('/bundles/current', { summary: 'Bundle in force' }, {}, json(Current, 'Its files; ETag is the revision'));

const Applied = z.object({ revision: z.string(), appliedAt: Time, by: z.string() }).openapi('AppliedRevision');
const history = reads(
  '/bundles',
  { summary: 'Revisions that were in force' },
  { query: limitQuery },
  json(pageOf(Applied), 'Newest first'),
);

const plan = posts(
  '/bundles/plan',
  { summary: 'What would these files change' },
  { body: jsonBody(z.strictObject({ files: Files })) },
  { 200: json(Plan, 'Findings, changes, and the revision that it would make') },
);

const apply = createRoute({
  method: 'post',
  path: '/bundles/apply',
  summary: 'Put these files in force',
  description:
    'By an administrator. Parsed, linted, tested, signed, stored and switched, or refused whole. `If-Match` (or `expect`) is the revision that you planned against; none means that there is none yet.',
  request: {
    headers: postHeaders.extend({ 'if-match': z.string().optional() }),
    query: dryRunQuery,
    body: jsonBody(z.strictObject({ files: Files, expect: z.string().max(128).nullable().optional() })),
  },
  responses: { 200: json(Plan, 'A dry run, or the same revision again'), 201: json(Plan, 'In force'), ...problems },
});

/** @throws Fault request.invalid when header and body contradict each other */
function expected(header: string | undefined, member: string | null | undefined): string | null {
  const fromHeader = header === undefined ? undefined : header.replace(/^"(.*)"$/, '$1');
  if (fromHeader !== undefined && member !== undefined && fromHeader !== member)
    throw new Fault('request.invalid', '`If-Match` and `expect` name different revisions.');
  return fromHeader ?? member ?? null;
}

export function bundleRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(current, async (c) => {
    personCaller(c);
    const bundle = await deps.bundles.current();
    if (bundle === undefined) throw new Fault('request.not-found', 'No bundle is in force yet.');
    c.header('etag', `"${bundle.revision}"`);
    return c.json({ revision: bundle.revision, files: { ...bundle.files } }, 200);
  });
  group.openapi(history, async (c) => {
    personCaller(c);
    const rows = await deps.bundles.history(c.req.valid('query').limit);
    return c.json({ data: rows.map((row) => ({ ...row })) }, 200);
  });
  group.openapi(plan, async (c) => {
    personCaller(c);
    return c.json(planView(await deps.bundles.plan(c.req.valid('json').files)), 200);
  });
  group.openapi(apply, async (c) => {
    const person = adminCaller(c);
    const { files, expect } = c.req.valid('json');
    const base = expected(c.req.valid('header')['if-match'], expect);
    if (c.req.valid('query').dryRun === 'true') return c.json(planView(await deps.bundles.plan(files)), 200);
    const done = await deps.bundles.apply(files, person.id, base);
    return c.json(planView(done), done.revision === done.base ? 200 : 201);
  });
  return group;
}
