import { pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { dryQuery, member, showPage, told } from '../remote.ts';

function target(call: Call): string {
  const text = call.arg(0);
  if (!/^(?:all|(?:team|agent):[\x21-\x7e]+)$/.test(text))
    throw new CliError('usage', `\`${text}\` is no target`, { why: 'a target is `all`, `team:<id>` or `agent:<id>`' });
  return text;
}

export async function set(call: Call): Promise<ExitName> {
  const answer = await connect(call).put(
    pathOf`/api/v1/kill-switches/${target(call)}`,
    { reason: call.need('reason') },
    dryQuery(call),
  );
  return told(call, answer, `stopped: ${call.arg(0)}`);
}

export async function clear(call: Call): Promise<ExitName> {
  const answer = await connect(call).delete(pathOf`/api/v1/kill-switches/${target(call)}`, {
    ...dryQuery(call),
    reason: call.need('reason'),
  });
  return told(call, answer, `cleared: ${call.arg(0)}`);
}

export const list = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/kill-switches', {
    columns: [
      ['target', ({ kind, id }) => (kind === 'all' ? 'all' : `${cell(kind)}:${cell(id)}`)],
      member('setBy', 'by'),
      member('setAt', 'since'),
      member('reason'),
    ],
    none: 'No kill switch is on.',
  });
