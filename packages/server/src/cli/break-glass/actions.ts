import { isRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { dryQuery, member, showPage, told } from '../remote.ts';

export async function open(call: Call): Promise<ExitName> {
  const [gates, mandate, ttlSeconds] = [call.list('gate'), call.text('mandate'), call.integer('ttl')];
  if (gates.length === 0) throw new CliError('usage', '`--gate` is missing', { why: 'it opens nothing that is not named' });
  const body = {
    agent: call.need('agent'),
    reason: call.need('reason'),
    gates,
    ...(mandate === undefined ? {} : { mandate }),
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
  };
  const answer = await connect(call).post('/api/v1/break-glass', body, { query: dryQuery(call) });
  return told(
    call,
    answer,
    `open: ${cell(answer.json['id'])} until ${cell(answer.json['expiresAt'])}. Somebody else must review it.`,
  );
}

export async function review(call: Call): Promise<ExitName> {
  const verdict = call.need('verdict');
  if (verdict !== 'justified' && verdict !== 'unjustified')
    throw new CliError('usage', '`--verdict` is `justified` or `unjustified`');
  const answer = await connect(call).post(
    pathOf`/api/v1/break-glass/${call.arg(0)}/review`,
    { verdict, note: call.need('note') },
    { query: dryQuery(call) },
  );
  return told(call, answer, `reviewed: ${call.arg(0)}, ${verdict}`);
}

export const list = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/break-glass', {
    columns: [
      member('id', 'record'),
      member('agent'),
      ['gates', ({ gates }) => (Array.isArray(gates) ? cell(gates.join(', ')) : '-')],
      member('openedBy', 'by'),
      member('openedAt', 'opened'),
      member('expiresAt', 'until'),
      ['review', ({ review: done }) => (isRecord(done) ? `${cell(done['verdict'])} by ${cell(done['by'])}` : 'waiting')],
    ],
    none: 'The glass was never broken.',
  });
