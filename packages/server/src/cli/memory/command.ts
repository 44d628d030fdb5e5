import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function memoryCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'memory', 'what agents remember');
  addCommand(noun, session, {
    name: 'list',
    summary: 'memories that have not ended, without what they say',
    examples: [
      'countersign memory list --agent payments-test-repair-editor-dev',
      'countersign memory list --scope team --owner payments',
      'countersign memory list --subject ada --json',
    ],
    options: [
      ['--scope <scope>', 'task, agent, team, repository or organisation'],
      ['--owner <id>', 'whose: task id, agent id, team ...'],
      ['--agent <id>', 'written by this agent'],
      ['--subject <id>', 'written while acting for this person'],
      ['--limit <n>', 'rows a page'],
      ['--cursor <cursor>', 'go on from there'],
    ],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
  addCommand(noun, session, {
    name: 'show <id>',
    summary: 'what a memory says; goes on record',
    examples: ['countersign memory show mem_0192... --reason "incident 4711"'],
    required: [['--reason <text>', 'why, for the record']],
    json: true,
    load: async () => (await import('./actions.ts')).show,
  });
  addCommand(noun, session, {
    name: 'forget <id>',
    summary: 'erase a memory for good; goes on record',
    examples: ['countersign memory forget mem_0192... --reason subject.request'],
    required: [['--reason <code>', 'a code such as subject.request: the ledger takes no free text']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).forget,
  });
}
