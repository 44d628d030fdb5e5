/** `replay`: every recorded decision evaluated again, on the server, compared byte for byte. */
import { isRecord } from '@countersign/kernel/json';
import type { Call } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { runJob } from '../jobs.ts';
import { showOne } from '../remote.ts';

export async function replay(call: Call): Promise<ExitName> {
  const [from, to] = [call.integer('from'), call.integer('to')];
  const report = await runJob(call, connect(call), {
    path: '/api/v1/replays',
    body: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
  });
  showOne(call, report);
  const different = report['different'];
  const count = Array.isArray(different)
    ? different.length
    : isRecord(different)
      ? Object.keys(different).length
      : Number(different ?? 0);
  return count === 0 ? 'ok' : 'unverified';
}
