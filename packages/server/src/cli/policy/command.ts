import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function policyCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'policy', 'test, lint and try policies');
  addCommand(noun, session, {
    name: 'test [directory]',
    summary: 'run the cases beside the policies',
    examples: ['countersign policy test governance', 'countersign policy test governance --json'],
    json: true,
    load: async () => (await import('./local.ts')).test,
  });
  addCommand(noun, session, {
    name: 'lint [directory]',
    summary: 'say everything that is wrong with a governance directory',
    examples: ['countersign policy lint governance'],
    json: true,
    load: async () => (await import('./local.ts')).lint,
  });
  addCommand(noun, session, {
    name: 'coverage [directory]',
    summary: 'which policies the cases decide and spare',
    examples: ['countersign policy coverage governance'],
    json: true,
    load: async () => (await import('./local.ts')).coverage,
  });
  addCommand(noun, session, {
    name: 'usage',
    summary: 'which policies in force decided anything on record, and which never did',
    examples: ['countersign policy usage', 'countersign policy usage --from 1000 --json'],
    options: [
      ['--from <index>', 'first ledger index'],
      ['--to <index>', 'ledger index to stop before'],
    ],
    json: true,
    load: async () => (await import('./usage.ts')).usage,
  });
  addCommand(noun, session, {
    name: 'catalogue <source> [directory]',
    summary: 'newer prices and capabilities of models, from a file or a URL',
    examples: [
      'countersign policy catalogue catalogue.json governance',
      'countersign policy catalogue https://example.com/catalogue.json --write',
    ],
    options: [['--write', 'write it into the governance directory']],
    json: true,
    load: async () => (await import('./catalogue.ts')).catalogue,
  });
  addCommand(noun, session, {
    name: 'backtest [directory]',
    summary: 'try a governance directory on recorded history',
    examples: ['countersign policy backtest governance', 'countersign policy backtest governance --from 1000 --json'],
    options: [
      ['--from <index>', 'first ledger index'],
      ['--to <index>', 'ledger index to stop before'],
    ],
    json: true,
    load: async () => (await import('./backtest.ts')).backtest,
  });
  addCommand(noun, session, {
    name: 'conform <directory>',
    summary: "run cases in Cedar's public JSON test format",
    examples: ['countersign policy conform ./cedar-integration-tests', 'countersign policy conform ./tests/multi/1.json --json'],
    json: true,
    load: async () => (await import('./conform.ts')).conform,
  });
  addCommand(noun, session, {
    name: 'fmt [directory]',
    summary: 'format the policies',
    examples: ['countersign policy fmt governance', 'countersign policy fmt governance --check'],
    options: [['--check', 'change nothing, and fail when something would change']],
    load: async () => (await import('./fmt.ts')).fmt,
  });
}
