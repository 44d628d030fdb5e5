import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function reviewCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'review', 'auto-review of approval requests: what it did, and how far it is trusted');
  addCommand(noun, session, {
    name: 'list',
    summary: 'what auto-review made of requests, newest first',
    examples: ['countersign review list', 'countersign review list --json'],
    options: [
      ['--limit <n>', 'rows a page'],
      ['--cursor <cursor>', 'go on from there'],
    ],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
  addCommand(noun, session, {
    name: 'show <approval>',
    summary: 'what it made of one request; hidden while people decide it without knowing',
    examples: ['countersign review show apr_0192...'],
    json: true,
    load: async () => (await import('./actions.ts')).show,
  });
  addCommand(noun, session, {
    name: 'classes',
    summary: 'shadow, live or suspended, with the interval of false approvals',
    examples: ['countersign review classes'],
    json: true,
    load: async () => (await import('./actions.ts')).classes,
  });
  addCommand(noun, session, {
    name: 'contest <approval>',
    summary: 'say that an approval of auto-review was false; it counts at once',
    examples: ['countersign review contest apr_0192... --reason too-broad'],
    required: [['--reason <code>', 'a code such as too-broad: the ledger takes no free text']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).contest,
  });
  addCommand(noun, session, {
    name: 'resume <class>',
    summary: 'let a suspended class earn its trust anew',
    examples: ['countersign review resume command/draft --reason prompt-changed'],
    required: [['--reason <code>', 'a code such as prompt-changed']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).resume,
  });
}
