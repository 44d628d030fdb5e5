import { pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import { member, rowsOf, showOne, showPage } from '../remote.ts';

export const list = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/agents', {
    columns: [
      member('id', 'agent'),
      member('role'),
      member('tier'),
      member('team'),
      member('environment'),
      member('owner'),
      ['state', ({ disabled }) => (disabled === true ? 'disabled' : 'enabled')],
    ],
    none: 'No agent is registered. Agents stand in agents/*.yaml of the governance directory.',
  });

export const people = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/people', {
    columns: [
      member('id', 'person'),
      ['groups', ({ groups }) => (Array.isArray(groups) ? cell(groups.join(', ')) : '-')],
      member('admin', 'administrator'),
    ],
    none: 'Nobody is registered. People stand in countersign.yaml of the governance directory.',
  });

export async function show(call: Call): Promise<void> {
  const api = connect(call);
  const id = call.arg(0);
  const [agent, keys] = await Promise.all([
    api.get(pathOf`/api/v1/agents/${id}`),
    api.get(pathOf`/api/v1/agents/${id}/credentials`),
  ]);
  if (call.json) return call.print({ ...agent.json, credentials: keys.json['data'] });
  showOne(call, agent.json);
  for (const key of rowsOf(keys.json))
    call.write(
      `key ${cell(key['id'])}  ${key['revokedAt'] === null ? `until ${cell(key['expiresAt'])}` : `revoked ${cell(key['revokedAt'])}`}`,
    );
}
