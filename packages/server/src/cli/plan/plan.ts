/** `plan`: what a directory would change. With a server against the revision in force there; with `--offline` built here, against nothing. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { exampleLines, planBundle, planJson, planText, readDirectory } from '../../config/index.ts';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import type { ExitName } from '../exit.ts';
import { exitOf, governanceDir } from '../governance.ts';

const VERDICTS = ['allow', 'ask', 'forbid'] as const;

const SIGNS: Readonly<Record<string, string>> = { added: '+', changed: '~', removed: '-' };

const records = (value: Json | undefined): readonly JsonRecord[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isRecord) : [];

/** The plan of a server, for people. */
export function showPlan(call: Call, json: JsonRecord): void {
  for (const change of records(json['changes'])) call.write(`${SIGNS[cell(change['change'])] ?? '?'} ${cell(change['file'])}`);
  for (const { file, line, severity, message, hint } of records(json['findings']))
    call.say(
      `${cell(file)}:${cell(line)}: ${cell(severity)}: ${cell(message)}${typeof hint === 'string' ? ` (${cell(hint)})` : ''}`,
    );
  showCommands(call, json['commands']);
  const tests = isRecord(json['tests']) ? json['tests'] : {};
  call.say(`cases: ${cell(tests['passed'])} passed, ${cell(tests['failed'])} failed`);
  if (json['revision'] === null) call.say('refused: the revision in force stays');
  else if (json['revision'] === json['base']) call.say('nothing would change');
  else call.say(`revision ${cell(json['revision']).slice(0, 12)} would replace ${cell(json['base']).slice(0, 12)}`);
}

/** Examples of command rules, where those change. */
function showCommands(call: Call, commands: Json | undefined): void {
  if (!isRecord(commands)) return;
  const examples = records(commands['examples']).map(({ verdict, example, rules }) => ({
    verdict: VERDICTS.find((each) => each === verdict) ?? 'forbid',
    example: cell(example),
    rules: Array.isArray(rules) ? rules.map(cell) : [],
  }));
  const unsafe = records(commands['unsafe']).map(({ rule, reason }) => ({ rule: cell(rule), reason: cell(reason) }));
  for (const line of exampleLines({ examples, unsafe })) call.say(line);
}

export async function plan(call: Call): Promise<ExitName> {
  const dir = governanceDir(call);
  const files = await readDirectory(dir);
  if (call.flag('offline')) {
    const planned = await planBundle(files, { cedar: await call.io.tools.cedar() });
    if (call.json) call.print(planJson(planned));
    else call.write(planText(planned));
    return exitOf(planned.result.ok);
  }
  const { json } = await connect(call).post('/api/v1/bundles/plan', { files });
  if (call.json) call.print(json);
  else showPlan(call, json);
  return exitOf(json['revision'] !== null);
}
