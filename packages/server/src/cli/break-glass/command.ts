import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function breakGlassCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'break-glass', 'open the way for a short time, and answer for it');
  addCommand(noun, session, {
    name: 'open',
    summary: 'let gates count as approved for one agent, for minutes',
    examples: [
      'countersign break-glass open --agent payments-test-repair-editor-dev --gate code-owner --reason "production is down, INC-3"',
    ],
    required: [
      ['--agent <id>', 'agent it is for'],
      ['--reason <text>', 'why, for the record'],
    ],
    options: [
      ['--mandate <id>', 'one mandate only'],
      ['--ttl <seconds>', 'how long (else as long as the bundle allows)'],
    ],
    repeated: [['--gate <class>', 'gate that counts as approved']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).open,
  });
  addCommand(noun, session, {
    name: 'review <id>',
    summary: 'say afterwards whether it was justified; not by who opened it',
    examples: ['countersign break-glass review bgl_0192... --verdict justified --note "the outage was real"'],
    required: [
      ['--verdict <verdict>', 'justified or unjustified'],
      ['--note <text>', 'what you found'],
    ],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).review,
  });
  addCommand(noun, session, {
    name: 'list',
    summary: 'break-glass records, and which await review',
    examples: ['countersign break-glass list'],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
}
