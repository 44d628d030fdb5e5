import { isRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import { linesOf } from '../remote.ts';

export async function prove(call: Call): Promise<void> {
  const { json } = await connect(call).get(pathOf`/api/v1/ledger/entries/${call.arg(0)}/proof`);
  if (call.json) return call.print(json);
  call.io.out(typeof json['proof'] === 'string' ? json['proof'] : '');
  call.say(`entry ${cell(json['seq'])}; verifies with ${cell(json['verifierKey'])}`);
}

export async function show(call: Call): Promise<void> {
  const { json } = await connect(call).get(pathOf`/api/v1/ledger/entries/${call.arg(0)}`);
  if (call.json) return call.print(json);
  call.write(`entry ${cell(json['seq'])}`);
  call.write(linesOf(isRecord(json['entry']) ? json['entry'] : {}));
}
