import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function commandCommands(program: Command, session: Session): void {
  const command = addNoun(program, 'command', 'what shell text means, and what the command rules say of it');
  addCommand(command, session, {
    name: 'split',
    summary: 'take shell text apart: a JSON string on each line of standard input, a JSON object on each line of the answer',
    examples: [`echo '"git status && ls"' | countersign command split`, 'countersign command split --dialect sh < texts.jsonl'],
    options: [['--dialect <shell>', 'who would read the text: bash, sh, zsh, or none where it is not known', 'bash']],
    load: async () => (await import('./split.ts')).splitLines,
  });
}
