import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

/** Keys of agents and of people are handled alike. */
function keyCommands(noun: Command, session: Session, who: 'agent' | 'person'): void {
  const example = who === 'agent' ? 'payments-test-repair-editor-dev' : 'ada';
  const bound: [string, string][] =
    who === 'agent'
      ? [
          ['--mandate <id>', 'bind the key to a mandate'],
          ['--on-behalf-of <id>', 'person it acts for'],
        ]
      : [];
  addCommand(noun, session, {
    name: `key-issue <${who}>`,
    summary: 'a new key, shown once',
    examples: [`countersign ${who} key-issue ${example} --ttl 86400`],
    options: [...bound, ['--ttl <seconds>', 'how long it lives (else 90 days)']],
    json: true,
    dryRun: true,
    load: async () => (await import('./keys.ts')).issue(who),
  });
  addCommand(noun, session, {
    name: `key-rotate <${who}> <credential>`,
    summary: 'a new key with the same terms; the old one stops',
    examples: [`countersign ${who} key-rotate ${example} crd_0192...`],
    json: true,
    dryRun: true,
    load: async () => (await import('./keys.ts')).rotate(who),
  });
  addCommand(noun, session, {
    name: `key-revoke <${who}> <credential>`,
    summary: 'stop a key; in force everywhere within two seconds',
    examples: [`countersign ${who} key-revoke ${example} crd_0192... --reason "it was in a log"`],
    required: [['--reason <text>', 'why, for the record']],
    json: true,
    dryRun: true,
    load: async () => (await import('./keys.ts')).revoke(who),
  });
}

export function agentCommands(program: Command, session: Session): void {
  const agent = addNoun(program, 'agent', 'registered agents and their keys');
  addCommand(agent, session, {
    name: 'list',
    summary: 'agents of the bundle in force',
    examples: ['countersign agent list', 'countersign agent list --json'],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
  addCommand(agent, session, {
    name: 'show <agent>',
    summary: 'one agent, and its keys',
    examples: ['countersign agent show payments-test-repair-editor-dev'],
    json: true,
    load: async () => (await import('./actions.ts')).show,
  });
  keyCommands(agent, session, 'agent');
  const person = addNoun(program, 'person', 'people and their keys');
  addCommand(person, session, {
    name: 'list',
    summary: 'people of the bundle in force',
    examples: ['countersign person list'],
    json: true,
    load: async () => (await import('./actions.ts')).people,
  });
  keyCommands(person, session, 'person');
}
