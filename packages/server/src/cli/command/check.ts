/** `command check`: one command against the rules. Nothing is decided and nothing is recorded; policies may still be stricter. */
import { resolve } from 'node:path';
import { type Dialect, renderArgv } from '@countersign/kernel/command';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { type GivenCommand, verdictOn, verdictView } from '../../ports/command-record.ts';
import { lookInside } from '../../ports/script-look.ts';
import { type Call, cell } from '../call.ts';
import { connect, isConnected } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { GOVERNANCE_DIR } from '../governance.ts';
import { hasRules, isDirectory, rulesOf } from './rules.ts';

const EXITS: Readonly<Record<string, ExitName>> = { allow: 'ok', ask: 'pending', forbid: 'denied' };
const DIALECTS: readonly Dialect[] = ['bash', 'sh', 'zsh', 'none'];

interface Asked {
  readonly command: GivenCommand;
  readonly cwd: string;
  readonly roots: readonly string[];
}

export async function check(call: Call): Promise<ExitName> {
  const asked = askedOf(call);
  const directory = directoryOf(call);
  const verdict = directory === undefined ? await ofServer(call, asked) : await ofDirectory(call, asked, directory);
  if (call.json) call.print(verdict);
  else show(call, verdict);
  return EXITS[String(verdict['verdict'])] ?? 'failed';
}

function askedOf(call: Call): Asked {
  const words = Array.isArray(call.args[0]) ? call.args[0].map(String) : [];
  const [text] = words;
  if (text === undefined)
    throw new CliError('usage', 'There is no command', { next: "countersign command check -- 'git status'" });
  const named = call.text('dialect') ?? 'bash';
  const dialect = DIALECTS.find((each) => each === named);
  if (dialect === undefined) throw new CliError('usage', `\`--dialect\` must be one of ${DIALECTS.join(', ')}, not \`${named}\``);
  const cwd = resolve(call.io.cwd, call.text('cwd') ?? '.');
  const roots = call.list('root').map((root) => resolve(call.io.cwd, root));
  return {
    command: words.length === 1 ? { text, dialect } : { argv: words },
    cwd,
    roots: roots.length === 0 ? [cwd] : roots,
  };
}

/** Undefined where the server is asked. */
function directoryOf(call: Call): string | undefined {
  const named = call.text('governance');
  if (named !== undefined) {
    const directory = resolve(call.io.cwd, named);
    if (!isDirectory(directory)) throw new CliError('usage', `There is no governance directory ${directory}`);
    return directory;
  }
  if (isConnected(call)) return undefined;
  const near = resolve(call.io.cwd, GOVERNANCE_DIR);
  if (hasRules(near)) return near;
  throw new CliError('failed', 'There are no command rules here', {
    why: 'no server is named, and ./governance has no commands.yaml',
    next: 'name a directory with `--governance`, or a server with `--url`',
  });
}

async function ofDirectory(call: Call, { command, cwd, roots }: Asked, directory: string): Promise<JsonRecord> {
  const rules = await rulesOf(call, directory);
  const scripts = await call.io.tools.scripts();
  try {
    const { facts } = await lookInside(scripts, command, { cwd, roots });
    return { ...verdictView(verdictOn(command, facts, rules)) };
  } finally {
    await scripts?.close();
  }
}

async function ofServer(call: Call, { command, cwd, roots }: Asked): Promise<JsonRecord> {
  const body: JsonRecord = {
    ...('argv' in command ? { argv: command.argv } : { text: command.text, dialect: command.dialect }),
    cwd,
    roots,
  };
  const { json } = await connect(call).post('/api/v1/commands/check', body);
  return json;
}

function show(call: Call, verdict: JsonRecord): void {
  const lists = (name: string): readonly Json[] => (Array.isArray(verdict[name]) ? (verdict[name] as readonly Json[]) : []);
  const { class: actionClass } = verdict;
  const gates = lists('gates').map(cell);
  call.write(`${cell(verdict['verdict'])}, class ${cell(actionClass)}${gates.length === 0 ? '' : `, asks ${gates.join(', ')}`}`);
  for (const reason of lists('reasons').filter(isRecord)) {
    call.write(`  ${cell(reason['rule'] ?? reason['code'] ?? 'no rule')}: ${cell(reason['text'])}`);
    if (reason['instead'] !== undefined) call.write(`    instead: ${cell(reason['instead'])}`);
  }
  for (const argv of lists('commands')) if (Array.isArray(argv)) call.say(`  read as: ${renderArgv(argv.map(String))}`);
}
