/** How commands are declared: help begins with examples, actions are imported when they are called. */
import type { Command } from 'commander';
import { type Action, Call } from './call.ts';
import type { ExitName } from './exit.ts';
import type { Io } from './io.ts';

/** What the program keeps while one command runs. */
export interface Session {
  readonly io: Io;
  ended: ExitName | number;
}

export interface Spec {
  /** `show <id>`: name and arguments, in commander's notation. */
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** `[flags, description, default?]` */
  readonly options?: readonly (readonly [flags: string, description: string, fallback?: string])[];
  /** Flags that may be given several times. */
  readonly repeated?: readonly (readonly [flags: string, description: string])[];
  /** Flags that must be given. */
  readonly required?: readonly (readonly [flags: string, description: string])[];
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly load: () => Promise<Action>;
}

const collect = (value: string, before: string[]) => [...before, value];

const examplesText = (examples: readonly string[]) => `Examples:\n${examples.map((example) => `  $ ${example}`).join('\n')}\n`;

export function addCommand(parent: Command, session: Session, spec: Spec): Command {
  const command = parent.command(spec.name).summary(spec.summary).description(spec.summary).helpOption('-h, --help', 'show this');
  command.addHelpText('before', examplesText(spec.examples));
  for (const [flags, description] of spec.required ?? []) command.requiredOption(flags, description);
  for (const [flags, description, fallback] of spec.options ?? []) command.option(flags, description, fallback);
  for (const [flags, description] of spec.repeated ?? []) command.option(flags, `${description}; may be repeated`, collect, []);
  if (spec.dryRun === true) command.option('--dry-run', 'show what would be decided, and change nothing');
  if (spec.json === true) command.option('--json', 'print JSON');
  return command.action(async (...given: unknown[]) => {
    const self = given.pop() as Command;
    given.pop();
    const run = await spec.load();
    session.ended = (await run(new Call(given, self.optsWithGlobals(), session.io))) ?? 'ok';
  });
}

/** A noun with its verbs. */
export function addNoun(parent: Command, name: string, summary: string): Command {
  return parent.command(name).summary(summary).description(summary).helpOption('-h, --help', 'show this').helpCommand(false);
}
