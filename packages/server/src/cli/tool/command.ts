import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

const PIN = ['--pin <sha256>', 'what was shown: the pin that `show` and `diff` print'] as const;
const WHY = ['--reason <text>', 'why, for the record'] as const;

export function toolCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'tool', 'tool servers: what they offer, and what agents may see of it');
  addCommand(noun, session, {
    name: 'list',
    summary: 'tool servers and their tools, with the reason where one is not listed',
    examples: ['countersign tool list', 'countersign tool list --state quarantined'],
    options: [['--state <state>', 'only listed, quarantined, held, rejected, refused or undeclared']],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
  addCommand(noun, session, {
    name: 'show <server> [tool]',
    summary: 'one server, or the definition of one of its tools',
    examples: ['countersign tool show issue-tracker', 'countersign tool show issue-tracker add_comment'],
    json: true,
    load: async () => (await import('./actions.ts')).show,
  });
  addCommand(noun, session, {
    name: 'diff [server] [tool]',
    summary: 'what waits for a person: what changed, and what was found in it',
    examples: ['countersign tool diff', 'countersign tool diff project-files', 'countersign tool diff project-files edit_file'],
    json: true,
    load: async () => (await import('./actions.ts')).diff,
  });
  addCommand(noun, session, {
    name: 'approve <server> [tool]',
    summary: 'pin a definition, or a whole server with every tool in which nothing was found',
    examples: [
      'countersign tool approve project-files --pin 5f1c... --reason "read all of it"',
      'countersign tool approve project-files edit_file --pin 9a02... --reason "a new argument"',
    ],
    required: [PIN, WHY],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).approve,
  });
  addCommand(noun, session, {
    name: 'reject <server> [tool]',
    summary: 'refuse a definition: it stays out of reach, also when it is offered again',
    examples: ['countersign tool reject project-files edit_file --pin 9a02... --reason "it asks for the key"'],
    required: [PIN, WHY],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).reject,
  });
  addCommand(noun, session, {
    name: 'refresh <server>',
    summary: 'ask a server now what it offers',
    examples: ['countersign tool refresh project-files'],
    json: true,
    load: async () => (await import('./actions.ts')).refresh,
  });
}
