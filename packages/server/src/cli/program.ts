/** The whole command line. Nothing but declarations is loaded before a command is known. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { agentCommands } from './agent/command.ts';
import { approvalCommands } from './approval/command.ts';
import { breakGlassCommands } from './break-glass/command.ts';
import type { Session } from './command.ts';
import { commandCommands } from './command/command.ts';
import { egressCommands } from './egress/command.ts';
import { asCliError, errorText } from './errors.ts';
import { execCommand, runnerCommands } from './exec/command.ts';
import { EXITS, exitTable } from './exit.ts';
import type { Io } from './io.ts';
import { killCommands } from './kill/command.ts';
import { ledgerCommands } from './ledger/command.ts';
import { memoryCommands } from './memory/command.ts';
import { policyCommands } from './policy/command.ts';
import { reviewCommands } from './review/command.ts';
import { scanCommands } from './scan/command.ts';
import { serverCommands } from './server.ts';
import { taskCommands } from './task/command.ts';
import { toolCommands } from './tool/command.ts';

const EXAMPLES = `Examples:
  $ countersign demo                      a real agent, governed end to end, in a minute
  $ countersign init governance           a governance directory to start from
  $ countersign up --governance governance
  $ countersign approval list
`;

/** From both `src/cli` and `dist/cli` this is the package's own. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}

export function buildProgram(session: Session): Command {
  const { io } = session;
  const program = new Command('countersign')
    .description('Nothing an agent does takes effect until it is countersigned.')
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .version(ownVersion(), '--version', 'show the version')
    .option('--url <url>', 'server (else COUNTERSIGN_URL, else what `up` left here)')
    .option('--key <key>', 'your key (else COUNTERSIGN_KEY, else what `up` left here)')
    .option('--dir <dir>', 'data directory (else COUNTERSIGN_DIR, else ./.countersign)')
    .addHelpText('after', `\n${exitTable()}`)
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .exitOverride();
  program.addHelpText('before', EXAMPLES);
  serverCommands(program, session);
  for (const register of [
    execCommand,
    runnerCommands,
    policyCommands,
    taskCommands,
    approvalCommands,
    reviewCommands,
    breakGlassCommands,
    agentCommands,
    killCommands,
    toolCommands,
    ledgerCommands,
    scanCommands,
    commandCommands,
    memoryCommands,
    egressCommands,
  ])
    register(program, session);
  return program;
}

function usageExit(error: CommanderError): number {
  return error.exitCode === 0 ? EXITS.ok.code : EXITS.usage.code;
}

/** Runs one command line. @returns the exit code; never throws */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const session: Session = { io, ended: 'ok' };
  const program = buildProgram(session);
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXITS.usage.code;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return typeof session.ended === 'number' ? session.ended : EXITS[session.ended].code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return usageExit(thrown);
    const error = asCliError(thrown);
    io.err(errorText(error));
    return EXITS[error.exit].code;
  }
}
