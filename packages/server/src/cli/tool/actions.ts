import { type Json, isRecord, type JsonRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { type Call, cell, printable, table } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { dryQuery, linesOf, rowsOf, told } from '../remote.ts';

const STATES = ['listed', 'quarantined', 'held', 'rejected', 'refused', 'undeclared'];

const records = (value: Json | undefined): readonly JsonRecord[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isRecord) : [];

const toolsOf = (server: JsonRecord): readonly JsonRecord[] => records(server['tools']);

function serverTable(servers: readonly JsonRecord[]): string {
  const count = (server: JsonRecord, state: string): string =>
    String(toolsOf(server).filter((tool) => tool['state'] === state).length);
  return table(
    ['server', 'kind', 'status', 'state', 'listed', 'waiting', 'owner'],
    servers.map((server) => [
      cell(server['id']),
      cell(server['kind']),
      cell(server['status']),
      cell(server['state']),
      count(server, 'listed'),
      count(server, 'quarantined'),
      cell(server['owner']),
    ]),
  );
}

const toolTable = (rows: readonly (readonly [server: JsonRecord, tool: JsonRecord])[]): string =>
  table(
    ['server', 'tool', 'state', 'class', 'exposed', 'why'],
    rows.map(([server, tool]) => [
      cell(server['id']),
      cell(tool['name']),
      cell(tool['state']),
      cell(tool['class']),
      cell(tool['exposed']),
      cell(tool['reason']),
    ]),
  );

export async function list(call: Call): Promise<void> {
  const state = call.text('state');
  if (state !== undefined && !STATES.includes(state))
    throw new CliError('usage', `\`${state}\` is no state of a tool`, { why: `known are ${STATES.join(', ')}` });
  const { json } = await connect(call).get('/api/v1/tools/servers');
  const servers = rowsOf(json);
  const chosen = servers.flatMap((server) =>
    toolsOf(server)
      .filter((tool) => state === undefined || tool['state'] === state)
      .map((tool) => [server, tool] as const),
  );
  if (call.json)
    return call.print(
      state === undefined ? json : { data: chosen.map(([server, tool]) => ({ server: server['id'] ?? null, ...tool })) },
    );
  if (servers.length === 0) return call.say('No tool server is registered.');
  if (state === undefined) call.write(`${serverTable(servers)}\n`);
  if (chosen.length === 0) call.say(state === undefined ? 'None of them was asked yet.' : `No tool is ${state}.`);
  else call.write(toolTable(chosen));
}

const definitionAt = async (call: Call, server: string, tool: string | undefined): Promise<JsonRecord> =>
  (await connect(call).get(pathOf`/api/v1/tools/servers/${server}/definition`, { tool })).json;

export async function show(call: Call): Promise<void> {
  const [server, tool] = [call.arg(0), call.optionalArg(1)];
  if (tool !== undefined) {
    const json = await definitionAt(call, server, tool);
    if (call.json) return call.print(json);
    return call.write(definitionText(json));
  }
  const { json } = await connect(call).get(pathOf`/api/v1/tools/servers/${server}`);
  if (call.json) return call.print(json);
  const { tools: _, findings, ...rest } = json;
  call.write(linesOf(rest) + findingLines(findings));
  if (toolsOf(json).length > 0) call.write(`\n${toolTable(toolsOf(json).map((each) => [json, each] as const))}`);
  if (json['state'] === 'quarantined' && typeof json['pin'] === 'string')
    call.say(`next: countersign tool diff ${server}, then countersign tool approve ${server} --pin ${json['pin']} --reason ...`);
}

function definitionText(json: JsonRecord): string {
  const { definition, findings, previous: _, similar: __, ...rest } = json;
  return `${linesOf(rest)}${findingLines(findings)}\n${printable(JSON.stringify(definition, null, 2)).replaceAll('\\u{a}', '\n')}\n`;
}

const findingLines = (findings: Json | undefined): string =>
  records(findings)
    .map(({ rule, path, excerpt }) => `  found ${cell(rule)} at ${cell(path)}: ${cell(excerpt)}\n`)
    .join('');

const SIGNS: Readonly<Record<string, string>> = { added: '+', removed: '-', changed: '~' };

const changeLines = (changes: Json | undefined): string =>
  records(changes)
    .map(({ change, path, before, after }) => {
      const sides = [
        ...(before === undefined ? [] : [`    - ${cell(before)}\n`]),
        ...(after === undefined ? [] : [`    + ${cell(after)}\n`]),
      ];
      return `  ${SIGNS[String(change)] ?? '?'} ${cell(path)}\n${sides.join('')}`;
    })
    .join('');

function waitingText(json: JsonRecord): string {
  const { server, tool, state, pin, findings, previous, similar, definition } = json;
  const name = tool === null ? `${cell(server)} (the server itself)` : `${cell(server)} ${cell(tool)}`;
  const parts = [`${name}: ${cell(state)}\n  pin ${cell(pin)}\n`, findingLines(findings)];
  if (isRecord(previous)) parts.push(`  against ${cell(previous['pin'])}:\n`, changeLines(previous['changes']));
  else if (isRecord(definition)) parts.push('  nothing was approved before; all of it is new:\n', newLines(definition));
  for (const like of records(similar)) {
    const share = Math.round(Number(like['likeness']) * 100);
    parts.push(
      `  looks like ${cell(like['server'])} ${cell(like['name'])}, which went away (${share} %):\n`,
      changeLines(like['changes']),
    );
  }
  return parts.join('');
}

const newLines = (definition: JsonRecord): string =>
  Object.entries(definition)
    .map(([name, value]) => `  + ${cell(name)}\n    + ${cell(value)}\n`)
    .join('');

export async function diff(call: Call): Promise<void> {
  const [server, tool] = [call.optionalArg(0), call.optionalArg(1)];
  if (server !== undefined && tool !== undefined) {
    const json = await definitionAt(call, server, tool);
    return call.json ? call.print(json) : call.write(waitingText(json));
  }
  const { json } = await connect(call).get('/api/v1/tools/quarantine');
  const rows = rowsOf(json).filter((row) => server === undefined || row['server'] === server);
  if (call.json) return call.print({ data: rows });
  if (rows.length === 0) return call.say('Nothing waits for a person.');
  call.write(rows.map(waitingText).join('\n'));
}

async function decide(call: Call, answer: 'approve' | 'reject'): Promise<ExitName> {
  const [server, tool] = [call.arg(0), call.optionalArg(1)];
  const pin = call.need('pin');
  if (!/^[0-9a-f]{64}$/.test(pin)) throw new CliError('usage', '`--pin` must be the whole pin: 64 hex digits');
  const given = await connect(call).post(
    pathOf`/api/v1/tools/servers/${server}/verdict`,
    { tool: tool ?? null, pin, answer, reason: call.need('reason') },
    { query: dryQuery(call) },
  );
  const count = Array.isArray(given.json['tools']) ? given.json['tools'].length : 0;
  const what = tool ?? `${count} ${count === 1 ? 'definition' : 'definitions'}`;
  return told(call, given, `${answer === 'approve' ? 'pinned' : 'rejected'}: ${what} of ${server}`);
}

export const approve = (call: Call): Promise<ExitName> => decide(call, 'approve');
export const reject = (call: Call): Promise<ExitName> => decide(call, 'reject');

export async function refresh(call: Call): Promise<ExitName> {
  const server = call.arg(0);
  const { json } = await connect(call).post(pathOf`/api/v1/tools/servers/${server}/refresh`, undefined);
  if (call.json) call.print(json);
  else if (json['status'] === 'up') call.say(`${server} is up, with ${toolsOf(json).length} tools`);
  else call.say(`${server} is ${cell(json['status'])}: ${cell(json['error'])}`);
  return json['status'] === 'up' ? 'ok' : 'failed';
}
