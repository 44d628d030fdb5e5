import { type Answer, pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { dryQuery, member, pageQuery, showOne, showPage, told } from '../remote.ts';

export const list = (call: Call): Promise<void> => {
  const state = call.text('state') ?? 'open';
  return showPage(call, '/api/v1/approvals', {
    query: { ...pageQuery(call), state: state === 'all' ? undefined : state },
    columns: [
      member('id', 'request'),
      member('state'),
      member('requester', 'agent'),
      member('action'),
      member('actionClass', 'class'),
      member('onBehalfOf', 'for'),
      member('expiresAt', 'until'),
    ],
    none: state === 'open' ? 'Nothing waits for a person.' : 'There is no such request.',
  });
};

const read = (call: Call): Promise<Answer> => connect(call).get(pathOf`/api/v1/approvals/${call.arg(0)}`);

export async function show(call: Call): Promise<void> {
  const { json } = await read(call);
  showOne(call, json);
  if (json['state'] === 'open')
    call.say(`next: countersign approval approve ${call.arg(0)} --digest ${cell(json['shownDigest'])} --reason ...`);
}

/** A verdict counts for what was shown: the digest that the person names, or that of what is there now. */
async function decide(call: Call, answer: 'approve' | 'deny'): Promise<ExitName> {
  const api = connect(call);
  const shownDigest = call.text('digest') ?? cell((await read(call)).json['shownDigest']);
  const given = await api.post(
    pathOf`/api/v1/approvals/${call.arg(0)}/verdict`,
    { answer, reason: call.need('reason'), shownDigest },
    { query: dryQuery(call) },
  );
  told(call, given, `${cell(given.json['state'])}: ${call.arg(0)}`);
  // One of several approvers: the request is still open.
  return answer === 'approve' && given.json['state'] === 'open' ? 'pending' : 'ok';
}

export const approve = (call: Call): Promise<ExitName> => decide(call, 'approve');
export const deny = (call: Call): Promise<ExitName> => decide(call, 'deny');

export async function withdraw(call: Call): Promise<ExitName> {
  const answer = await connect(call).post(pathOf`/api/v1/approvals/${call.arg(0)}/withdraw`, undefined, {
    query: dryQuery(call),
  });
  return told(call, answer, `withdrawn: ${call.arg(0)}`);
}
