import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function taskCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'task', 'admit tasks, see them, revoke them');
  addCommand(noun, session, {
    name: 'admit',
    summary: 'ask the five questions; a yes is a mandate',
    examples: [
      'countersign task admit --agent payments-test-repair-editor-dev --repository payments --ticket PAY-7 --use-case test-repair --estimate 0.50',
      'countersign task admit ... --dry-run',
    ],
    required: [
      ['--agent <id>', 'agent that would do it'],
      ['--repository <id>', 'repository that it would change'],
      ['--ticket <id>', 'ticket that asks for it'],
      ['--use-case <name>', 'use case, as the bundle names it'],
      ['--estimate <usd>', 'what it may cost, in dollars'],
    ],
    options: [
      ['--budget <usd>', 'what it may spend (else the estimate)'],
      ['--change-class <name>', 'kind of change, such as code or docs'],
      ['--data-class <name>', 'public, internal, confidential or restricted'],
      ['--on-behalf-of <id>', 'person it is for (else you)'],
      ['--ttl <seconds>', 'life of the mandate'],
    ],
    repeated: [
      ['--path <pattern>', 'path that it may change'],
      ['--module <id>', 'module that it touches'],
      ['--capability <name>', 'capability that it needs'],
      ['--action <name>', 'action that the mandate covers'],
    ],
    json: true,
    dryRun: true,
    load: async () => (await import('./admit.ts')).admit,
  });
  addCommand(noun, session, {
    name: 'list',
    summary: 'tasks that were admitted',
    examples: ['countersign task list', 'countersign task list --agent payments-test-repair-editor-dev --json'],
    options: [
      ['--agent <id>', 'tasks of one agent'],
      ['--limit <n>', 'lines of a page'],
      ['--cursor <cursor>', 'where the page before ended'],
    ],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
  addCommand(noun, session, {
    name: 'show <task>',
    summary: 'everything the ledger has about a task, in order',
    examples: ['countersign task show tsk_0192...', 'countersign task show tsk_0192... --json'],
    json: true,
    load: async () => (await import('./actions.ts')).show,
  });
  addCommand(noun, session, {
    name: 'revoke <task>',
    summary: 'take the mandate back; in force everywhere within two seconds',
    examples: ['countersign task revoke tsk_0192... --reason "the ticket was closed"'],
    required: [['--reason <text>', 'why, for the record']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).revoke,
  });
  addCommand(noun, session, {
    name: 'marks <task>',
    summary: 'what sticks to a task: the highest data class it touched, and its taints',
    examples: ['countersign task marks tsk_0192...'],
    json: true,
    load: async () => (await import('./actions.ts')).marks,
  });
  addCommand(noun, session, {
    name: 'declassify <task>',
    summary: 'lower what sticks to a task; on record, and never by the person whom it is for',
    examples: ['countersign task declassify tsk_0192... --class internal --reason "the file was a fixture"'],
    required: [
      ['--class <name>', 'class that stands afterwards'],
      ['--reason <text>', 'why, for the record'],
    ],
    repeated: [['--taint <name>', 'taint that stays: private, untrusted, egress']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).declassify,
  });
}
