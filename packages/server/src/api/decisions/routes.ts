/** Decisions: one with its record, and the timeline of a task. */
import { Fault } from '@countersign/kernel/fault';
import type { ApiDeps } from '../deps.ts';
import { ownAgent } from '../http/auth.ts';
import { idParams, json, LedgerIndex, limitOf, Name, newGroup, pageOf, reads, z } from '../http/group.ts';
import { Entry, entryView } from '../ledger/entries.ts';
import { timeline } from './timeline.ts';

const Item = z
  .object({
    seq: z.int(),
    ts: z.string(),
    type: z.string(),
    decision: z.string().nullable(),
    agent: z.string().nullable(),
    action: z.string().nullable(),
    resource: z.string().nullable(),
    answer: z.string().nullable(),
    code: z.string().nullable(),
    status: z.string().nullable(),
    microUsd: z.number().nullable(),
  })
  .openapi('TimelineItem');

const one = reads('/decisions/{id}', { summary: 'Read a decision' }, { params: idParams }, json(Entry, 'Its ledger entry'));

const list = reads(
  '/decisions',
  { summary: 'Timeline of a task', description: 'Everything that the ledger has about a task, in order.' },
  {
    query: z.object({
      task: Name,
      limit: limitOf(1_000, 200),
      cursor: LedgerIndex.optional(),
    }),
  },
  json(pageOf(Item), 'Oldest first'),
);

export function decisionRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(one, async (c) => {
    const { id } = c.req.valid('param');
    const stored = await deps.ledger.find(deps.org, id);
    const view = stored === undefined ? undefined : entryView(stored);
    const own = ownAgent(c);
    if (view === undefined || view.type !== 'decision' || (own !== undefined && view.entry.principal !== own))
      throw new Fault('request.not-found', 'There is no such decision.');
    return c.json(view, 200);
  });
  group.openapi(list, async (c) => {
    const { task, limit, cursor } = c.req.valid('query');
    const own = ownAgent(c);
    const page = await timeline(deps.ledger, deps.org, {
      task,
      limit,
      from: Number(cursor ?? 0),
      ...(own === undefined ? {} : { agent: own }),
    });
    return c.json(
      { data: page.data.map((item) => ({ ...item })), ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }) },
      200,
    );
  });
  return group;
}
