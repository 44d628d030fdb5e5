/** Commands about the installation as a whole. */
import type { Command } from 'commander';
import { addCommand, addNoun, type Session } from './command.ts';

export function serverCommands(program: Command, session: Session): void {
  addCommand(program, session, {
    name: 'init [directory]',
    summary: 'write a governance directory to start from',
    examples: ['countersign init governance', 'countersign init governance --organisation acme'],
    options: [['--organisation <name>', 'name of the organisation']],
    dryRun: true,
    load: async () => (await import('./init/init.ts')).init,
  });
  addCommand(program, session, {
    name: 'up',
    summary: 'start everything here: database, doors, API',
    examples: ['countersign up --governance governance', 'DATABASE_URL=postgres://... countersign up --port 8080'],
    options: [
      ['--port <port>', 'port to listen on'],
      ['--host <host>', 'address to listen on', '127.0.0.1'],
      ['--database-url <url>', 'an external Postgres (else DATABASE_URL, else an embedded one)'],
      ['--governance <directory>', 'governance directory to put in force'],
      ['--cgroup <path>', 'control group that was handed to you, for limits without root'],
      ['--container-image <image>', 'also run commands in containers of this image, by its digest'],
      ['--container-program <program>', 'what makes them: podman or docker', 'podman'],
      ['--container-runtime <runtime>', 'OCI runtime, such as runsc'],
      ['--runner <url>', 'also run commands on this runner; its secret is in COUNTERSIGN_RUNNER_SECRET'],
      ['--public-url <url>', 'how others reach this server, for links and for the files of clients'],
      ['--tls-cert <file>', 'serve HTTPS with this certificate chain (PEM); the same on every node'],
      ['--tls-key <file>', 'private key of the certificate (PEM)'],
    ],
    repeated: [['--workspace <repository=directory>', 'checkout of a repository, where its agents may work']],
    load: async () => (await import('./up/up.ts')).up,
  });
  addCommand(program, session, {
    name: 'status',
    summary: 'what is running, who you are, what is waiting',
    examples: ['countersign status', 'countersign status --json'],
    json: true,
    load: async () => (await import('./status/status.ts')).status,
  });
  addCommand(program, session, {
    name: 'doctor',
    summary: 'check what this machine has and lacks',
    examples: ['countersign doctor', 'countersign doctor --json'],
    options: [['--port <port>', 'port that `up` would listen on']],
    json: true,
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  });
  addCommand(program, session, {
    name: 'plan [directory]',
    summary: 'show what a governance directory would change',
    examples: ['countersign plan governance', 'countersign plan governance --offline'],
    options: [['--offline', 'build here, without a server']],
    json: true,
    load: async () => (await import('./plan/plan.ts')).plan,
  });
  addCommand(program, session, {
    name: 'apply [directory]',
    summary: 'put a governance directory in force',
    examples: ['countersign apply governance', 'countersign apply governance --expect 3f9c...'],
    options: [['--expect <revision>', 'revision that must be in force now (else the one that is)']],
    json: true,
    dryRun: true,
    load: async () => (await import('./plan/apply.ts')).apply,
  });
  addCommand(program, session, {
    name: 'replay',
    summary: 're-evaluate recorded decisions, and compare',
    examples: ['countersign replay', 'countersign replay --from 1000 --json'],
    options: [
      ['--from <index>', 'first ledger index'],
      ['--to <index>', 'ledger index to stop before'],
    ],
    json: true,
    load: async () => (await import('./replay/replay.ts')).replay,
  });
  addCommand(program, session, {
    name: 'demo',
    summary: 'a real agent, governed end to end, in a minute',
    examples: ['countersign demo', 'countersign demo --keep'],
    options: [
      ['--keep', 'keep the server and its data afterwards'],
      ['--client <name>', '`codex`, `claude` or `both`'],
    ],
    load: async () => (await import('./up/demo.ts')).demo,
  });
  const budget = addNoun(program, 'budget', 'budgets as they stand');
  addCommand(budget, session, {
    name: 'list',
    summary: 'limit, spent, reserved and left of each budget line',
    examples: ['countersign budget list', 'countersign budget list --scope team:payments --json'],
    options: [
      ['--scope <scope>', 'such as `org` or `team:payments`'],
      ['--limit <n>', 'lines of a page'],
      ['--cursor <cursor>', 'where the page before ended'],
    ],
    json: true,
    load: async () => (await import('./budget/list.ts')).list,
  });
}
