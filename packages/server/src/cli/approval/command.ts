import type { Command } from 'commander';
import { addCommand, addNoun, type Session, type Spec } from '../command.ts';

const verdict = (name: 'approve' | 'deny', session: Session, noun: Command): void => {
  const spec: Spec = {
    name: `${name} <id>`,
    summary: name === 'approve' ? 'approve exactly what is shown, once' : 'deny it',
    examples: [
      `countersign approval ${name} apr_0192... --reason "${name === 'approve' ? 'tried it on a copy' : 'not before the freeze ends'}"`,
      `countersign approval ${name} apr_0192... --reason ... --digest 3f9c...`,
    ],
    required: [['--reason <text>', 'why, for the record']],
    options: [['--digest <hex>', 'digest of what you were shown (else of what is shown now)']],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts'))[name],
  };
  addCommand(noun, session, spec);
};

export function approvalCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'approval', 'what waits for a person');
  addCommand(noun, session, {
    name: 'list',
    summary: 'approval requests',
    examples: ['countersign approval list', 'countersign approval list --state approved --json'],
    options: [
      ['--state <state>', 'open, approved, denied, expired, withdrawn, used, lapsed or all', 'open'],
      ['--limit <n>', 'lines of a page'],
      ['--cursor <cursor>', 'where the page before ended'],
    ],
    json: true,
    load: async () => (await import('./actions.ts')).list,
  });
  addCommand(noun, session, {
    name: 'show <id>',
    summary: 'what is asked, why, and under which policy',
    examples: ['countersign approval show apr_0192...'],
    json: true,
    load: async () => (await import('./actions.ts')).show,
  });
  verdict('approve', session, noun);
  verdict('deny', session, noun);
  addCommand(noun, session, {
    name: 'withdraw <id>',
    summary: 'take the request back',
    examples: ['countersign approval withdraw apr_0192...'],
    json: true,
    dryRun: true,
    load: async () => (await import('./actions.ts')).withdraw,
  });
}
