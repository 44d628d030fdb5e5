/** Devices, from a terminal. */
import type { JsonRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { dryQuery, member, rowsOf, pageQuery, showOne, showPage, told } from '../remote.ts';

export async function approve(call: Call): Promise<ExitName> {
  const api = connect(call);
  const code = call.arg(0);
  const { json: login } = await api.get(pathOf`/api/v1/device-logins/${code}`);
  call.say(`${cell(login['client'])} asks, and calls itself ${cell(login['userAgent'])}.`);
  const given = { mandate: call.text('mandate'), onBehalfOf: call.text('person'), label: call.text('label') };
  const body = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as JsonRecord;
  const answer = await api.post(
    pathOf`/api/v1/device-logins/${code}/approve`,
    { agent: call.need('agent'), ...body },
    dryQuery(call),
  );
  return told(call, answer, `let in: ${cell(answer.json['id'])}`);
}

export async function refuse(call: Call): Promise<ExitName> {
  const answer = await connect(call).post(pathOf`/api/v1/device-logins/${call.arg(0)}/refuse`, {}, dryQuery(call));
  return told(call, answer, `refused: ${call.arg(0)}`);
}

export async function list(call: Call): Promise<void> {
  await showPage(call, '/api/v1/devices', {
    query: pageQuery(call),
    columns: [
      member('id', 'device'),
      member('client'),
      member('version'),
      ['state', ({ revokedAt, state }) => (revokedAt === null ? cell(state) : 'revoked')],
      member('agent'),
      member('onBehalfOf', 'for'),
      member('seenAt', 'seen'),
    ],
    none: 'No device is let in.',
  });
  if (call.json) return;
  const { json } = await connect(call).get('/api/v1/clients');
  const drift = rowsOf(json).filter(({ state, subject }) => state !== 'covered' && !cell(subject).startsWith('dev_'));
  for (const { subject, client, version, state, since } of drift)
    call.say(`${cell(client)} ${cell(version)} with the key ${cell(subject)} is ${cell(state)} since ${cell(since)}`);
}

export async function show(call: Call): Promise<void> {
  showOne(call, (await connect(call).get(pathOf`/api/v1/devices/${call.arg(0)}`)).json);
}

export async function revoke(call: Call): Promise<ExitName> {
  const answer = await connect(call).post(
    pathOf`/api/v1/devices/${call.arg(0)}/revoke`,
    { reason: call.need('reason') },
    dryQuery(call),
  );
  return told(call, answer, `revoked: ${call.arg(0)}`);
}

export async function bind(call: Call): Promise<ExitName> {
  const mandate = call.text('mandate');
  if ((mandate === undefined) === !call.flag('none'))
    throw new CliError('usage', 'Give `--mandate`, or `--none` for a client that names one itself');
  const answer = await connect(call).put(
    pathOf`/api/v1/devices/${call.arg(0)}/mandate`,
    { mandate: mandate ?? null },
    dryQuery(call),
  );
  return told(call, answer, `bound: ${call.arg(0)}`);
}
