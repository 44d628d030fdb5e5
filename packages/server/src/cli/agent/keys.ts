/** Keys. The secret goes to standard output alone, so that it can be piped to where it belongs; everything else is narration. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { type Answer, pathOf } from '../../client/index.ts';
import { type Action, type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { dryQuery, told } from '../remote.ts';

type Holder = 'agent' | 'person';

const base = (who: Holder, id: string): string =>
  who === 'agent' ? pathOf`/api/v1/agents/${id}/credentials` : pathOf`/api/v1/people/${id}/credentials`;

function shown(call: Call, { json }: Answer): ExitName {
  if (call.json || json['dryRun'] === true) return told(call, { json, status: 200, etag: undefined }, '');
  const credential: JsonRecord = isRecord(json['credential']) ? json['credential'] : {};
  call.write(cell(json['key']));
  call.say(`credential ${cell(credential['id'])} until ${cell(credential['expiresAt'])}. The key is shown this once.`);
  if (typeof json['rotated'] === 'string') call.say(`credential ${json['rotated']} is revoked.`);
  return 'ok';
}

export const issue =
  (who: Holder): Action =>
  async (call) => {
    const [mandate, onBehalfOf, ttlSeconds] = [call.text('mandate'), call.text('onBehalfOf'), call.integer('ttl')];
    const body = {
      ...(mandate === undefined ? {} : { mandate }),
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    };
    return shown(call, await connect(call).post(base(who, call.arg(0)), body, { query: dryQuery(call) }));
  };

export const rotate =
  (who: Holder): Action =>
  async (call) =>
    shown(
      call,
      await connect(call).post(base(who, call.arg(0)) + pathOf`/${call.arg(1)}/rotate`, undefined, { query: dryQuery(call) }),
    );

export const revoke =
  (who: Holder): Action =>
  async (call) => {
    const answer = await connect(call).post(
      base(who, call.arg(0)) + pathOf`/${call.arg(1)}/revoke`,
      { reason: call.need('reason') },
      { query: dryQuery(call) },
    );
    return told(call, answer, `revoked: ${call.arg(1)}`);
  };
