import type { JsonRecord } from '@countersign/kernel/json';
import { type Client, pathOf } from '../../client/index.ts';
import { type Call, cell, dollars, table } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { dryQuery, member, pageQuery, rowsOf, showOne, showPage, told } from '../remote.ts';

export const list = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/tasks', {
    query: { ...pageQuery(call), agent: call.text('agent') },
    columns: [
      member('id', 'task'),
      member('state'),
      member('agent'),
      member('repository'),
      member('ticket'),
      member('onBehalfOf', 'for'),
      member('expiresAt', 'until'),
    ],
    none: 'No task was admitted yet. `countersign task admit` admits one.',
  });

const TIMELINE = [
  ['time', (row: JsonRecord) => cell(row['ts'])],
  ['what', (row: JsonRecord) => cell(row['type'])],
  ['action', (row: JsonRecord) => cell(row['action'])],
  ['on', (row: JsonRecord) => cell(row['resource'])],
  ['answer', (row: JsonRecord) => cell(row['answer'] ?? row['status'])],
  ['code', (row: JsonRecord) => cell(row['code'])],
  ['cost', (row: JsonRecord) => dollars(row['microUsd'])],
  ['decision', (row: JsonRecord) => cell(row['decision'])],
] as const;

export async function show(call: Call): Promise<void> {
  const api = connect(call);
  const task = call.arg(0);
  const rows: JsonRecord[] = [];
  for (let cursor: string | undefined = '0'; cursor !== undefined; ) {
    const { json } = await api.get('/api/v1/decisions', { task, cursor, limit: 1_000 });
    rows.push(...rowsOf(json));
    cursor = typeof json['nextCursor'] === 'string' ? json['nextCursor'] : undefined;
  }
  if (call.json) return call.print(rows);
  if (rows.length === 0)
    throw new CliError('failed', `The ledger has nothing about \`${task}\``, { next: '`countersign task list` shows the tasks' });
  call.write(
    table(
      TIMELINE.map(([head]) => head),
      rows.map((row) => TIMELINE.map(([, value]) => value(row))),
    ),
  );
}

/** The mandate of a task; a mandate id is taken as it is. */
async function mandateOf(api: Client, task: string): Promise<string> {
  if (task.startsWith('man_')) return task;
  for (let cursor: string | undefined = '0', first = true; cursor !== undefined; first = false) {
    const { json } = await api.get('/api/v1/tasks', { limit: 200, cursor: first ? undefined : cursor });
    const found = rowsOf(json).find(({ id }) => id === task);
    if (typeof found?.['mandate'] === 'string') return found['mandate'];
    cursor = typeof json['nextCursor'] === 'string' ? json['nextCursor'] : undefined;
  }
  throw new CliError('failed', `There is no task \`${task}\``, { next: '`countersign task list` shows the tasks' });
}

export async function revoke(call: Call): Promise<ExitName> {
  const api = connect(call);
  const mandate = await mandateOf(api, call.arg(0));
  const answer = await api.post(
    pathOf`/api/v1/mandates/${mandate}/revoke`,
    { reason: call.need('reason') },
    { query: dryQuery(call) },
  );
  return told(call, answer, `revoked: mandate ${mandate}`);
}

export async function marks(call: Call): Promise<void> {
  const api = connect(call);
  const mandate = await mandateOf(api, call.arg(0));
  const { json } = await api.get(pathOf`/api/v1/mandates/${mandate}/marks`);
  showOne(call, json);
}

export async function declassify(call: Call): Promise<ExitName> {
  const api = connect(call);
  const mandate = await mandateOf(api, call.arg(0));
  const dataClass = call.need('class');
  const body = { dataClass, taints: call.list('taint'), reason: call.need('reason') };
  const answer = await api.post(pathOf`/api/v1/mandates/${mandate}/marks`, body, { query: dryQuery(call) });
  return told(call, answer, `lowered: task ${call.arg(0)} to ${dataClass}`);
}
