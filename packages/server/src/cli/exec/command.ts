import type { Command } from 'commander';
import { addCommand, type Session } from '../command.ts';

export function execCommand(program: Command, session: Session): void {
  addCommand(program, session, {
    name: 'exec <command...>',
    summary: 'run a command: judged, in a sandbox, on record',
    examples: [
      'countersign exec -- ls -la',
      "countersign exec --shell -- 'npm ci && npm test 2>&1'",
      'countersign exec --profile node-build --mandate man_0192... -- npm ci',
      'countersign exec --profile ./strict.yaml --receipt receipt.json -- make test',
    ],
    options: [
      ['--profile <name|file>', 'sandbox profile of the bundle, or a file (else `default`)'],
      ['--mandate <id>', 'mandate of the task (else COUNTERSIGN_MANDATE, else that of the key)'],
      ['--cwd <directory>', 'where it runs (else here)'],
      ['--wait <seconds>', 'how long to wait for a person to approve', '0'],
      ['--receipt <file>', 'write the receipt there; `-` is standard error'],
      ['--shell', 'the command is one text, read as a shell reads it'],
      ['-n, --no-stdin', 'leave standard input alone'],
    ],
    json: true,
    load: async () => (await import('./exec.ts')).exec,
  });
}
