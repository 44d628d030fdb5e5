/** Runs a job of the server to its end: progress as narration, Ctrl-C cancels it there too. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { type Client, pathOf } from '../client/index.ts';
import { type Call, cell } from './call.ts';
import { CliError } from './exit.ts';

/** @returns its report @throws CliError when it failed or was cancelled */
export async function runJob(call: Call, api: Client, job: { path: string; body: JsonRecord }): Promise<JsonRecord> {
  const { json } = await api.post(job.path, job.body);
  const id = cell(json['id']);
  let last = json;
  try {
    for await (const { data } of api.events(pathOf`/api/v1/jobs/${id}/events`)) {
      const parsed: unknown = JSON.parse(data);
      if (!isRecord(parsed)) continue;
      last = parsed;
      if (last['state'] === 'running' && Number(last['total']) > 0)
        call.say(`${cell(last['kind'])}: ${cell(last['done'])} of ${cell(last['total'])}`);
    }
  } catch (thrown) {
    if (call.io.signal.aborted) await cancel(call, id);
    throw thrown;
  }
  if (last['state'] === 'done' && isRecord(last['report'])) return last['report'];
  const why = typeof last['error'] === 'string' ? { why: last['error'] } : {};
  throw new CliError(
    'failed',
    `The ${cell(last['kind'])} ${last['state'] === 'cancelled' ? 'was cancelled' : 'did not come to its end'}`,
    why,
  );
}

/** The client's own signal has fired, so this goes out on a connection of its own. */
async function cancel(call: Call, id: string): Promise<void> {
  const { connect } = await import('./connect.ts');
  const { Call: Fresh } = await import('./call.ts');
  const free = new Fresh(
    [],
    { url: call.text('url'), key: call.text('key'), dir: call.text('dir') },
    { ...call.io, signal: AbortSignal.timeout(5_000) },
  );
  await connect(free)
    .post(pathOf`/api/v1/jobs/${id}/cancel`, undefined)
    .catch(() => undefined);
}
