import { isRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { dryQuery, member, pageQuery, showOne, showPage, told } from '../remote.ts';

const percent = (share: unknown): string => (typeof share === 'number' ? `${(share * 100).toFixed(1)} %` : '-');

export const list = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/reviews', {
    query: pageQuery(call),
    columns: [
      member('approval'),
      member('class'),
      member('outcome', 'answer'),
      ['counted', ({ applied }) => (applied === true ? 'yes' : 'no')],
      ['because', ({ codes }) => (Array.isArray(codes) && codes.length > 0 ? cell(codes.join(', ')) : '-')],
      member('label', 'people said'),
      member('at'),
    ],
    none: 'Auto-review looked at nothing.',
  });

export async function show(call: Call): Promise<void> {
  const { json } = await connect(call).get(pathOf`/api/v1/reviews/${call.arg(0)}`);
  showOne(call, json);
}

export const classes = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/review-classes', {
    columns: [
      member('class'),
      member('state'),
      member('right'),
      member('wrong'),
      [
        'false approvals',
        ({ falseApprovals: share }) => (isRecord(share) ? `${percent(share['low'])} to ${percent(share['high'])}` : '-'),
      ],
      member('since'),
    ],
    none: 'People have said nothing about auto-review yet.',
  });

export async function contest(call: Call): Promise<ExitName> {
  const path = pathOf`/api/v1/reviews/${call.arg(0)}/contest`;
  const answer = await connect(call).post(path, { code: call.need('reason') }, { query: dryQuery(call) });
  return told(call, answer, `contested: ${call.arg(0)}`);
}

export async function resume(call: Call): Promise<ExitName> {
  const body = { class: call.arg(0), code: call.need('reason') };
  const answer = await connect(call).post('/api/v1/review-classes/resume', body, { query: dryQuery(call) });
  return told(call, answer, `in shadow: ${call.arg(0)}`);
}
