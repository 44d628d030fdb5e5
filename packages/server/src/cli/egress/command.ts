import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

const WHY = ['--reason <text>', 'why, for the record'] as const;

export function egressCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'egress', 'what sandboxes reached, and may reach');
  addCommand(noun, session, {
    name: 'list',
    summary: 'hosts that sandboxes reached or asked for; with --grants what people let pass for a while',
    examples: ['countersign egress list', 'countersign egress list --grants', 'countersign egress list --grants --all --json'],
    options: [
      ['--grants', 'grants that stand, instead of hosts'],
      ['--all', 'with --grants: also those that ended or were revoked'],
      ['--limit <n>', 'rows a page'],
      ['--cursor <cursor>', 'go on from there'],
    ],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
  addCommand(noun, session, {
    name: 'show <host>',
    summary: 'what is known of a host: since when, from where, how much, and who let it pass',
    examples: ['countersign egress show api.example.com'],
    json: true,
    load: async () => (await import('./actions.ts')).show,
  });
  addCommand(noun, session, {
    name: 'check <url>',
    summary: 'what the rules in force say about an address; decides and records nothing',
    examples: [
      'countersign egress check https://pypi.org/simple/requests/',
      'countersign egress check https://api.example.com/v1/ --method POST --environment prod --json',
    ],
    options: [
      ['--method <method>', 'GET, POST ...', 'GET'],
      ['--environment <id>', 'else the first of the bundle'],
      ['--repository <id>', 'rules of this repository'],
      ['--use-case <id>', 'rules of this use case'],
      ['--profile <id>', 'a profile of egress.yaml'],
    ],
    json: true,
    load: async () => (await import('./actions.ts')).check,
  });
  addCommand(noun, session, {
    name: 'grant <host>',
    summary: 'let one run, task or repository reach a host for a while; goes on record',
    examples: [
      'countersign egress grant api.example.com --task tsk_0192... --minutes 120 --reason "reads the public schema"',
      'countersign egress grant api.example.com --repository payments --method GET --method POST --minutes 60 --reason "migration"',
    ],
    required: [WHY],
    options: [
      ['--run <id>', 'for this run'],
      ['--task <id>', 'for this task'],
      ['--repository <id>', 'for this repository'],
      ['--minutes <n>', 'how long, at most 10080', '60'],
      ['--any-method', 'whatever the method'],
    ],
    repeated: [['--method <method>', 'method that passes; without any, GET and HEAD']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).grant,
  });
  addCommand(noun, session, {
    name: 'revoke <id>',
    summary: 'take a grant back; what goes through under it ends',
    examples: ['countersign egress revoke egr_0192... --reason "not needed any more"'],
    required: [WHY],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).revoke,
  });
}
