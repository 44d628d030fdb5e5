import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

export function ledgerCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'ledger', 'the record: follow it, export it, verify it offline');
  addCommand(noun, session, {
    name: 'verify <path>',
    summary: 'check an export or the proof of one entry, without a server and without us',
    examples: [
      'countersign ledger verify ./export --key log.example/acme+3b2f...+AYx...',
      'countersign ledger verify ./export --policy trust.policy --since kept-checkpoint',
      'countersign ledger verify dec.json --key log.vkey',
    ],
    options: [
      ['--key <vkey>', 'verifier key of the log, or a file that holds it'],
      ['--policy <file>', 'trust policy (C2SP tlog-policy) instead of a key'],
      ['--since <file>', 'a checkpoint that you kept from before'],
      ['--payloads <directory>', "payload files instead of the export's own"],
      ['--entry <file>', 'exact bytes of the entry, for a `.tlog-proof`'],
      ['--from <index>', 'do without the entries before, for an export that was made so'],
    ],
    json: true,
    load: async () => (await import('./verify.ts')).verify,
  });
  addCommand(noun, session, {
    name: 'prove <id>',
    summary: 'a proof that an entry or decision is in the ledger',
    examples: ['countersign ledger prove dec_0192... > dec.tlog-proof', 'countersign ledger prove 42 --json > dec.json'],
    json: true,
    load: async () => (await import('./read.ts')).prove,
  });
  addCommand(noun, session, {
    name: 'export <directory>',
    summary: 'write the ledger to files that anyone can verify',
    examples: ['countersign ledger export ./export', 'countersign ledger export ./export --payloads'],
    options: [
      ['--payloads', 'also the payloads, decrypted'],
      ['--from <index>', 'leave out the entries before, in whole bundles of 256'],
    ],
    load: async () => (await import('./export.ts')).exportLedger,
  });
  addCommand(noun, session, {
    name: 'tail',
    summary: 'follow the ledger as it grows',
    examples: ['countersign ledger tail', 'countersign ledger tail --from 0 --json | jq .type'],
    options: [['--from <index>', 'begin there instead of at the end']],
    json: true,
    load: async () => (await import('./tail.ts')).tail,
  });
  addCommand(noun, session, {
    name: 'show <id>',
    summary: 'one entry, by index, entry id or decision id',
    examples: ['countersign ledger show 42', 'countersign ledger show dec_0192... --json'],
    json: true,
    load: async () => (await import('./read.ts')).show,
  });
}
