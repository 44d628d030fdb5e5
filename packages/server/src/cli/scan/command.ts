import type { Command } from 'commander';
import { addCommand, type Session } from '../command.ts';

export function scanCommands(program: Command, session: Session): void {
  addCommand(program, session, {
    name: 'scan [files...]',
    summary: 'find secrets and what else must not leave, in files, directories or standard input (`-`)',
    examples: [
      'countersign scan --json src/config.ts .env',
      'git diff --cached | countersign scan -',
      'countersign scan --rules',
    ],
    options: [
      ['--place <place>', 'what the text is: code, prose, data or definition (else guessed by the name)'],
      ['--region <codes>', 'regions whose national ids are wanted, as in GB,NL'],
      ['--key-file <file>', 'key of the fingerprints (else one of this run alone)'],
      ['--rules', 'list the rules instead'],
      ['--check', 'with --rules: hold every rule to its own examples'],
    ],
    json: true,
    load: async () => (await import('./scan.ts')).scan,
  });
}
