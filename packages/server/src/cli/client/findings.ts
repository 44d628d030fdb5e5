/** `client findings`: what was found in the telemetry of clients, and how much of it was asked about. */
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import { member, pageQuery, rowsOf, showPage } from '../remote.ts';

export async function findings(call: Call): Promise<void> {
  const [agent, session] = [call.text('agent'), call.text('session')];
  await showPage(call, '/api/v1/client-findings', {
    query: {
      ...pageQuery(call),
      ...(agent === undefined ? {} : { agent }),
      ...(session === undefined ? {} : { session }),
    },
    columns: [
      member('foundAt', 'found'),
      member('code'),
      member('client'),
      member('agent'),
      member('tool'),
      member('session'),
      member('call'),
    ],
    none: 'Everything that clients say they ran was asked about and allowed.',
  });
  if (call.json) return;
  const { json } = await connect(call).get('/api/v1/client-evidence', agent === undefined ? {} : { agent });
  for (const { client, ran, allowed, denied, missing, joined } of rowsOf(json))
    call.say(
      `${cell(client)}: ${cell(ran)} ran, ${cell(allowed)} of them allowed, ${cell(denied)} denied, ${cell(missing)} never asked about: ${(Number(joined) * 100).toFixed(1)} % joined`,
    );
}
