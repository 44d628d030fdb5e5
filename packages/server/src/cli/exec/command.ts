import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from '../command.ts';

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

export function runnerCommands(program: Command, session: Session): void {
  const runner = addNoun(program, 'runner', 'machines that run commands for a node');
  addCommand(runner, session, {
    name: 'serve',
    summary: 'run what a node has decided, on this machine; its secret is in COUNTERSIGN_RUNNER_SECRET',
    examples: [
      'COUNTERSIGN_RUNNER_SECRET=... countersign runner serve --port 7072',
      'countersign runner serve --host 10.0.0.5 --tls-cert runner.pem --tls-key runner.key --tls-ca nodes.pem',
    ],
    options: [
      ['--port <port>', 'port to listen on (else a free one)'],
      ['--host <host>', 'address to listen on', '127.0.0.1'],
      ['--tls-cert <file>', 'certificate, PEM; needed for any address but this machine’s own'],
      ['--tls-key <file>', 'its key'],
      ['--tls-ca <file>', 'authority that signs the certificates of nodes; others are not let in'],
      ['--cgroup <path>', 'control group that was handed to you, for limits without root'],
    ],
    load: async () => (await import('../up/runner.ts')).serve,
  });
}
