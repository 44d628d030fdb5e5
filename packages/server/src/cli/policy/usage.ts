/** `policy usage`: which policies in force decided anything in recorded history, which never did, and which never alone. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { type Call, cell, table } from '../call.ts';
import { connect } from '../connect.ts';
import { runJob } from '../jobs.ts';

const records = (value: Json | undefined): readonly JsonRecord[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const textsOf = (value: Json | undefined): string => (Array.isArray(value) ? value.map(cell).join(', ') : '');

export async function usage(call: Call): Promise<void> {
  const [from, to] = [call.integer('from'), call.integer('to')];
  const body = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const report = await runJob(call, connect(call), { path: '/api/v1/policy-usage', body });
  if (call.json) return call.print(report);
  const rows = records(report['policies']).map((row) => [
    cell(row['policy']),
    cell(row['layer']),
    cell(row['decided']),
    cell(row['lastAt']),
    textsOf(row['coveredBy']) || '-',
  ]);
  call.write(table(['policy', 'layer', 'decided', 'last', 'never without'], rows));
  call.write(`${cell(report['decisions'])} decisions; never decided: ${textsOf(report['never']) || 'none'}`);
}
