/** Budgets as they stand: limit, spent, reserved, left. */
import type { ApiDeps } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
import { json, newGroup, pageAsk, pageOf, pageQuery, pageView, reads, Time, z } from '../http/group.ts';

const Balance = z
  .object({
    scope: z.string(),
    unit: z.enum(['microUsd', 'tokens', 'requests', 'concurrency']),
    window: z.enum(['life', 'month', 'day', 'hour', 'minute']),
    starts: Time,
    limit: z.number(),
    spent: z.number(),
    reserved: z.number(),
    left: z.number(),
    raise: z.string(),
  })
  .openapi('Budget');

const list = reads(
  '/budgets',
  { summary: 'List budgets' },
  { query: pageQuery.extend({ scope: z.string().max(256).optional() }) },
  json(pageOf(Balance), 'Budget lines of the windows that are open'),
);

export function budgetRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(list, async (c) => {
    personCaller(c);
    const { scope, ...query } = c.req.valid('query');
    const page = await deps.budgets.list(deps.org, { ...pageAsk(query), ...(scope === undefined ? {} : { scope }) });
    return c.json(
      pageView(page, (line) => ({ ...line, left: Math.max(0, line.limit - line.spent - line.reserved) })),
      200,
    );
  });
  return group;
}
