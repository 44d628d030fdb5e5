/** Replay and backtest as jobs: started, read, watched over server-sent events, cancelled. */
import { Fault } from '@countersign/kernel/fault';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { Files } from '../bundles/schema.ts';
import type { ApiDeps } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
import type { ApiEnv } from '../http/env.ts';
import { idParams, json, jsonBody, newGroup, pageOf, posts, reads, Time, z } from '../http/group.ts';
import { JOB_KINDS, type JobDesk, type JobView } from './desk.ts';

const Job = z
  .object({
    id: z.string(),
    kind: z.enum(JOB_KINDS),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    startedBy: z.string(),
    startedAt: Time,
    endedAt: Time.nullable(),
    done: z.int(),
    total: z.int(),
    report: z.record(z.string(), z.unknown()).nullable(),
    error: z.string().nullable(),
  })
  .openapi('Job');

const range = { from: z.int().min(0).default(0), to: z.int().min(0).optional() };

const replay = posts(
  '/replays',
  { summary: 'Re-evaluate recorded decisions', description: 'Proves that N of N decisions come out identical.' },
  { body: jsonBody(z.strictObject(range)) },
  { 202: json(Job, 'Started; Location is the job') },
);

const usage = posts(
  '/policy-usage',
  {
    summary: 'Which policies in force decided anything',
    description: 'How often each policy decided on record, which never did, and which never decided without another one.',
  },
  { body: jsonBody(z.strictObject(range)) },
  { 202: json(Job, 'Started; Location is the job') },
);

const backtest = posts(
  '/backtests',
  {
    summary: 'Try a bundle on recorded history',
    description: 'Every decision that would flip, for whom, with the approvals and the money that it adds or saves.',
  },
  { body: jsonBody(z.strictObject({ ...range, files: Files })) },
  { 202: json(Job, 'Started; Location is the job') },
);

const list = reads('/jobs', { summary: 'List jobs of this node' }, {}, json(pageOf(Job), 'Newest first'));
const one = reads('/jobs/{id}', { summary: 'Read a job' }, { params: idParams }, json(Job, 'The job'));

const cancel = posts('/jobs/{id}/cancel', { summary: 'Cancel a job' }, { params: idParams }, { 202: json(Job, 'It stops soon') });

const watch = reads(
  '/jobs/{id}/events',
  { summary: 'Watch a job' },
  { params: idParams },
  {
    description: 'Events `progress` and `end`, each with the job',
    content: { 'text/event-stream': { schema: z.string() } },
  },
);

const view = (job: JobView): z.infer<typeof Job> => ({ ...job, report: job.report === null ? null : { ...job.report } });

export function jobRoutes(deps: ApiDeps, desk: JobDesk) {
  const group = newGroup();
  const started = (c: Context<ApiEnv>, job: JobView) => {
    c.header('location', `/api/v1/jobs/${job.id}`);
    return view(job);
  };
  const jobOf = (id: string): JobView => {
    const job = desk.find(id);
    if (job === undefined) throw new Fault('request.not-found', 'This node knows no such job.');
    return job;
  };
  const rangeOf = ({ from, to }: { from: number; to?: number | undefined }) => (to === undefined ? { from } : { from, to });
  group.openapi(replay, async (c) => {
    const { id } = personCaller(c);
    const query = rangeOf(c.req.valid('json'));
    return c.json(
      started(
        c,
        desk.start('replay', id, (watching) => deps.work.replay(query, watching)),
      ),
      202,
    );
  });
  group.openapi(usage, async (c) => {
    const { id } = personCaller(c);
    const query = rangeOf(c.req.valid('json'));
    const job = desk.start('policy-usage', id, (watching) => deps.work.usage(query, watching));
    return c.json(started(c, job), 202);
  });
  group.openapi(backtest, async (c) => {
    const { id } = personCaller(c);
    const { files, ...query } = c.req.valid('json');
    return c.json(
      started(
        c,
        desk.start('backtest', id, (watching) => deps.work.backtest(files, rangeOf(query), watching)),
      ),
      202,
    );
  });
  group.openapi(list, async (c) => {
    personCaller(c);
    return c.json({ data: desk.list().map(view) }, 200);
  });
  group.openapi(one, async (c) => {
    personCaller(c);
    return c.json(view(jobOf(c.req.valid('param').id)), 200);
  });
  group.openapi(cancel, async (c) => {
    const person = personCaller(c);
    const job = jobOf(c.req.valid('param').id);
    if (!person.admin && job.startedBy !== person.id)
      throw new Fault('identity.forbidden', 'Only an administrator or who started it may cancel a job.');
    return c.json(view(desk.cancel(job.id) ?? job), 202);
  });
  group.openapi(watch, (c) => {
    personCaller(c);
    const { id } = jobOf(c.req.valid('param').id);
    return streamSSE(c, async (out) => {
      let wake: () => void = () => undefined;
      const unwatch = desk.watch(id, () => wake());
      out.onAbort(() => wake());
      try {
        for (;;) {
          const changed = new Promise<void>((resolve) => {
            wake = resolve;
          });
          const job = desk.find(id);
          if (job === undefined || out.aborted) return;
          await out.writeSSE({ event: job.state === 'running' ? 'progress' : 'end', data: JSON.stringify(view(job)) });
          if (job.state !== 'running') return;
          await changed;
        }
      } finally {
        unwatch();
      }
    });
  });
  return group;
}
