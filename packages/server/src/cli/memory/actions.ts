import { pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { dryQuery, member, pageQuery, showOne, showPage, told } from '../remote.ts';

export const list = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/memories', {
    query: {
      ...pageQuery(call),
      scope: call.text('scope'),
      owner: call.text('owner'),
      agent: call.text('agent'),
      subject: call.text('subject'),
    },
    columns: [
      member('id', 'memory'),
      ['of', ({ scope, owner }) => `${cell(scope)}:${cell(owner)}`],
      member('class'),
      member('agent', 'written by'),
      member('subject', 'for'),
      member('createdAt', 'since'),
      member('expiresAt', 'until'),
    ],
    none: 'Nothing is remembered.',
  });

export async function show(call: Call): Promise<void> {
  const { json } = await connect(call).get(pathOf`/api/v1/memories/${call.arg(0)}`, { reason: call.need('reason') });
  showOne(call, json);
}

export async function forget(call: Call): Promise<ExitName> {
  const answer = await connect(call).delete(pathOf`/api/v1/memories/${call.arg(0)}`, {
    ...dryQuery(call),
    reason: call.need('reason'),
  });
  return told(call, answer, `forgotten: ${call.arg(0)}`);
}
