/** `policy backtest`: a candidate directory over what was really asked; every decision that would flip, and what it would cost or save. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { readDirectory } from '../../config/index.ts';
import { type Call, cell, dollars, table } from '../call.ts';
import { connect } from '../connect.ts';
import { governanceDir } from '../governance.ts';
import { runJob } from '../jobs.ts';

const records = (value: Json | undefined): readonly JsonRecord[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isRecord) : [];
const within = (row: JsonRecord, name: string): JsonRecord => {
  const value = row[name];
  return isRecord(value) ? value : {};
};

type Column = readonly [head: string, value: (row: JsonRecord) => string];

const FLIPS: readonly Column[] = [
  ['flip', (row) => cell(row['direction'])],
  ['agent', (row) => cell(row['agent'])],
  ['for', (row) => cell(row['onBehalfOf'])],
  ['action', (row) => cell(row['action'])],
  ['on', (row) => cell(row['resource'])],
  ['was', (row) => cell(within(row, 'before')['code'])],
  ['would be', (row) => cell(within(row, 'after')['code'])],
  ['at', (row) => cell(row['at'])],
  ['decision', (row) => cell(row['decision'])],
];

const GROUPS: readonly Column[] = [
  ['count', (row) => cell(row['count'])],
  ['flip', (row) => cell(row['direction'])],
  ['code', (row) => cell(row['code'])],
  ['team', (row) => cell(row['team'])],
  ['repository', (row) => cell(row['repository'])],
];

function tableOf(rows: readonly JsonRecord[], columns: readonly Column[]): string {
  const heads = columns.map(([head]) => head);
  return table(
    heads,
    rows.map((row) => columns.map(([, value]) => value(row))),
  );
}

/** What could not be compared, by reason; a history that cannot be re-evaluated proves nothing. */
function left(report: JsonRecord): string {
  const reasons = Object.entries(within(report, 'notReplayable')).filter(([, count]) => count !== 0);
  return reasons.map(([reason, count]) => `${cell(count)} ${reason}`).join(', ');
}

export async function backtest(call: Call): Promise<void> {
  const files = await readDirectory(governanceDir(call));
  const [from, to] = [call.integer('from'), call.integer('to')];
  const body = { files, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const report = await runJob(call, connect(call), { path: '/api/v1/backtests', body });
  if (call.json) return call.print(report);
  const [flips, groups] = [records(report['flips']), records(report['groups'])];
  const total = Object.values(within(report, 'flipped')).reduce<number>((sum, count) => sum + Number(count), 0);
  if (flips.length > 0) call.write(`${tableOf(flips, FLIPS)}${total > flips.length ? `and ${total - flips.length} more\n` : ''}`);
  if (groups.length > 0) call.write(`\n${tableOf(groups, GROUPS)}`);
  const [approvals, money] = [within(report, 'approvals'), within(report, 'money')];
  call.write(
    `${cell(report['compared'])} of ${cell(report['decisions'])} decisions compared, ${cell(report['same'])} the same, ${total} would flip`,
  );
  if (left(report) !== '') call.write(`not compared: ${left(report)}`);
  call.write(`approvals: ${cell(approvals['added'])} more, ${cell(approvals['saved'])} fewer`);
  call.write(`money: ${dollars(money['saved'])} would not have been spent, ${dollars(money['added'])} more would have been`);
}
