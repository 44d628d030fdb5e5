/** A look into the texts of a command that could not be split: what is found is a fact of its verdict, and can only make it stricter. */
import { type CommandFacts, unclearTexts } from '@countersign/kernel/command';
import type { GivenCommand } from './command-record.ts';
import type { NotInspected, ShellScript } from './shell-script.ts';

export interface Looked {
  readonly facts: CommandFacts;
  /** Why a text could not be looked into, or not at everything of it. */
  readonly notInspected?: NotInspected;
}

/** @param scripts absent: nobody looks. Never rejects. */
export async function lookInside(
  scripts: Pick<ShellScript, 'inspect'> | undefined,
  command: GivenCommand,
  facts: CommandFacts,
): Promise<Looked> {
  if (scripts === undefined) return { facts };
  const texts = 'argv' in command ? unclearTexts(command.argv, 'bash') : unclearTexts(command.text, command.dialect);
  const answers = await Promise.all(
    texts.map((text) => scripts.inspect(text).catch(() => ({ commands: [], notInspected: 'failed' as const }))),
  );
  const inner = answers.flatMap(({ commands }) => commands);
  const notInspected = answers.find((answer) => answer.notInspected !== undefined)?.notInspected;
  return {
    facts: inner.length === 0 ? facts : { ...facts, inner },
    ...(notInspected === undefined ? {} : { notInspected }),
  };
}
