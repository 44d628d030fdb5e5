import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function killCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'kill', 'stop an agent, a team, or everything');
  addCommand(noun, session, {
    name: 'set <target>',
    summary: 'stop; in force everywhere within two seconds',
    examples: [
      'countersign kill set agent:payments-test-repair-editor-dev --reason "it loops"',
      'countersign kill set team:payments --reason ...',
      'countersign kill set all --reason ...',
    ],
    required: [['--reason <text>', 'why, for the record']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).set,
  });
  addCommand(noun, session, {
    name: 'clear <target>',
    summary: 'let it go on',
    examples: ['countersign kill clear agent:payments-test-repair-editor-dev --reason "fixed in 1.2"'],
    required: [['--reason <text>', 'why, for the record']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).clear,
  });
  addCommand(noun, session, {
    name: 'list',
    summary: 'switches that are on',
    examples: ['countersign kill list'],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
}
