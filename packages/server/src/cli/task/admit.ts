/** `task admit`: prints the five answers; a mandate, a denial, or an approval to wait for. */
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { isRecord } from '@countersign/kernel/json';
import { ProblemError } from '../../client/index.ts';
import { type Call, cell, dollars, table } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { dryQuery } from '../remote.ts';

/** Dollars with at most six decimals, as integer micro-USD: money never passes through a fraction. */
export function microUsd(text: string, option: string): number {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new CliError('usage', `\`--${option}\` must be dollars such as 0.50, not \`${text}\``);
  return Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

function bodyOf(call: Call): JsonRecord {
  const optional: [string, Json | undefined][] = [
    ['budgetMicroUsd', call.text('budget') === undefined ? undefined : microUsd(call.need('budget'), 'budget')],
    ['changeClass', call.text('changeClass')],
    ['dataClass', call.text('dataClass')],
    ['onBehalfOf', call.text('onBehalfOf')],
    ['ttlSeconds', call.integer('ttl')],
    ['paths', listed(call, 'path')],
    ['modules', listed(call, 'module')],
    ['capabilities', listed(call, 'capability')],
    ['actions', listed(call, 'action')],
  ];
  return {
    agent: call.need('agent'),
    repository: call.need('repository'),
    ticket: call.need('ticket'),
    useCase: call.need('useCase'),
    estimateMicroUsd: microUsd(call.need('estimate'), 'estimate'),
    ...Object.fromEntries(optional.filter((pair): pair is [string, Json] => pair[1] !== undefined)),
  };
}

function listed(call: Call, name: string): string[] | undefined {
  const values = call.list(name);
  return values.length === 0 ? undefined : values;
}

function answersTable(json: JsonRecord): string {
  const answers = Array.isArray(json['answers']) ? (json['answers'] as readonly Json[]).filter(isRecord) : [];
  return table(
    ['question', 'answer'],
    answers.map((row) => [cell(row['text']), cell(row['answer'])]),
  );
}

export async function admit(call: Call): Promise<ExitName> {
  const api = connect(call);
  try {
    const { status, json } = await api.post('/api/v1/tasks', bodyOf(call), { query: dryQuery(call) });
    if (call.json) call.print(json);
    else call.write(answersTable(json));
    if (call.dryRun) return previewed(call, json);
    if (status === 202) return waiting(call, json);
    const mandate = isRecord(json['mandate']) ? json['mandate'] : {};
    call.say(
      `admitted: task ${cell(json['task'])}, mandate ${cell(mandate['id'])}, up to ${dollars(mandate['budgetMicroUsd'])}, until ${cell(mandate['expiresAt'])}`,
    );
    return 'ok';
  } catch (thrown) {
    if (thrown instanceof ProblemError && Array.isArray(thrown.problem['answers']) && !call.json)
      call.write(answersTable(thrown.problem));
    throw thrown;
  }
}

function previewed(call: Call, json: JsonRecord): ExitName {
  const decision = isRecord(json['decision']) ? json['decision'] : {};
  call.say(`would be: ${cell(decision['answer'])} (${cell(decision['code'])})`);
  if (decision['answer'] === 'allow') return 'ok';
  return decision['answer'] === 'requireApproval' ? 'pending' : 'denied';
}

function waiting(call: Call, json: JsonRecord): ExitName {
  const approval = isRecord(json['approval']) ? json['approval'] : {};
  call.say(`a person must approve: ${cell(json['message'])}`);
  call.say(`  next: ${cell(approval['url'])} or \`countersign approval show ${cell(approval['id'])}\`, then admit again`);
  return 'pending';
}
