/** Live events: the ledger as it grows. `Last-Event-ID` is the ledger index, so nothing is missed over a reconnect. */
import { streamSSE } from 'hono/streaming';
import { timelineItem } from '../decisions/timeline.ts';
import type { ApiDeps } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
import { LedgerIndex, newGroup, reads, z } from '../http/group.ts';
import { parsed } from '../ledger/entries.ts';

/** How often the ledger is looked at while a stream is open, milliseconds. */
export const EVENTS_POLL_MS = 400;
/** A comment at least this often keeps proxies from closing the stream, milliseconds. */
const HEARTBEAT_MS = 15_000;
/** Streams at once on a node; each one polls. */
const STREAMS_MAX = 100;
const BATCH = 500;

const events = reads(
  '/events',
  {
    summary: 'Follow the ledger',
    description:
      'Server-sent events, one an entry: `event` is its type, `id` its index. Without `Last-Event-ID` it begins at the end; `from` begins at an index.',
  },
  { headers: z.object({ 'last-event-id': LedgerIndex.optional() }), query: z.object({ from: LedgerIndex.optional() }) },
  { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
);

/** @param stopping ends every stream: whoever follows comes back, to this process or another */
export function eventRoutes(deps: ApiDeps, stopping: AbortSignal) {
  const group = newGroup();
  let open = 0;
  group.openapi(events, async (c) => {
    personCaller(c);
    const last = c.req.valid('header')['last-event-id'];
    const { from } = c.req.valid('query');
    let next = last === undefined ? Number(from ?? (await deps.ledger.size(deps.org))) : Number(last) + 1;
    if (open >= STREAMS_MAX) return c.body(null, 503, { 'retry-after': '5' });
    open++;
    return streamSSE(
      c,
      async (out) => {
        try {
          let quietMs = 0;
          await out.write(': open\n\n');
          while (!out.aborted && !stopping.aborted) {
            const rows = await deps.ledger.read(deps.org, next, BATCH);
            for (const row of rows) {
              const entry = parsed(row);
              await out.writeSSE({
                id: String(row.seq),
                event: entry.type,
                data: JSON.stringify({ id: entry.id, ...timelineItem(row.seq, entry) }),
              });
              next = row.seq + 1;
            }
            quietMs = rows.length > 0 ? 0 : quietMs + EVENTS_POLL_MS;
            if (quietMs >= HEARTBEAT_MS) {
              quietMs = 0;
              await out.write(': still here\n\n');
            }
            if (rows.length < BATCH) await out.sleep(EVENTS_POLL_MS);
          }
        } finally {
          open--;
        }
      },
      async (error) => deps.log.error('api.events', { requestId: c.get('requestId'), internal: error.message }),
    );
  });
  return group;
}
