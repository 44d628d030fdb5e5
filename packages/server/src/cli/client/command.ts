import type { Command } from 'commander';
import { addCommand, addNoun, type Session, type Spec } from '../command.ts';

const SOURCE: NonNullable<Spec['options']> = [
  ['--governance <directory>', 'build them from this directory (else from the bundle in force on the server)'],
  ['--origin <url>', 'how machines reach the server, with --governance'],
  ['--workspace <directory>', 'work tree: protected paths that are in it are named to Codex’ sandbox, too'],
  ['--config-server <url>', 'where Codex fetches newer settings, from `client login codex`'],
  ['--sign-in', 'Claude Code signs a device in, instead of a key in its environment'],
];

export function clientCommands(program: Command, session: Session): void {
  const noun = addNoun(program, 'client', 'Codex and Claude Code under management');
  fileCommands(noun, session);
  deviceCommands(noun, session);
  evidenceCommands(noun, session);
}

function fileCommands(noun: Command, session: Session): void {
  addCommand(noun, session, {
    name: 'render <client>',
    summary: 'the files of a client, from the bundle',
    examples: [
      'countersign client render codex --out .',
      'countersign client render claude --sign-in --governance governance --origin https://countersign.example.com',
      'countersign client render codex --mdm --out profiles',
    ],
    options: [['--out <directory>', 'write them there'], ['--mdm', 'as a macOS configuration profile'], ...SOURCE],
    json: true,
    load: async () => (await import('./render.ts')).render,
  });
  addCommand(noun, session, {
    name: 'install [clients...]',
    summary: 'put the files where the clients of this machine read them',
    examples: ['sudo countersign client install', 'countersign client install codex --root /tmp/image --dry-run'],
    options: [['--root <directory>', 'another root than the machine’s'], ...SOURCE],
    json: true,
    dryRun: true,
    load: async () => (await import('./install.ts')).install,
  });
  addCommand(noun, session, {
    name: 'uninstall [clients...]',
    summary: 'take them away, and put back what was there before',
    examples: ['sudo countersign client uninstall'],
    options: [
      ['--root <directory>', 'another root than the machine’s'],
      ['--force', 'even where others changed them'],
    ],
    json: true,
    load: async () => (await import('./install.ts')).uninstall,
  });
  addCommand(noun, session, {
    name: 'doctor [clients...]',
    summary: 'which clients are here, and whether they keep our settings',
    examples: ['countersign client doctor', 'countersign client doctor codex --offline --json'],
    options: [
      ['--root <directory>', 'another root than the machine’s; the clients are not asked then'],
      ['--offline', 'compare with what was installed, not with the bundle'],
      ...SOURCE,
    ],
    json: true,
    load: async () => (await import('./doctor.ts')).doctor,
  });
}

function deviceCommands(noun: Command, session: Session): void {
  addCommand(noun, session, {
    name: 'login <client>',
    summary: 'sign this machine in (codex; Claude Code does it by itself)',
    examples: ['countersign client login codex --url https://countersign.example.com'],
    json: true,
    load: async () => (await import('./login.ts')).login,
  });
  addCommand(noun, session, {
    name: 'approve <code>',
    summary: 'let a client in that shows this code',
    examples: ['countersign client approve BCDF-GHJK --agent payments-test-repair-editor-dev --mandate man_0192... --person lin'],
    required: [['--agent <id>', 'agent that it is']],
    options: [
      ['--mandate <id>', 'mandate that its calls are under (else the client names one)'],
      ['--person <id>', 'person it acts for (else you)'],
      ['--label <text>', 'what people call the device'],
    ],
    json: true,
    dryRun: true,
    load: async () => (await import('./devices.ts')).approve,
  });
  addCommand(noun, session, {
    name: 'refuse <code>',
    summary: 'do not let it in',
    examples: ['countersign client refuse BCDF-GHJK'],
    json: true,
    dryRun: true,
    load: async () => (await import('./devices.ts')).refuse,
  });
  addCommand(noun, session, {
    name: 'list',
    summary: 'devices, and what their clients showed last',
    examples: ['countersign client list'],
    options: [
      ['--limit <n>', 'lines of a page'],
      ['--cursor <cursor>', 'where the page before ended'],
    ],
    json: true,
    load: async () => (await import('./devices.ts')).list,
  });
  addCommand(noun, session, {
    name: 'show <id>',
    summary: 'one device',
    examples: ['countersign client show dev_0192...'],
    json: true,
    load: async () => (await import('./devices.ts')).show,
  });
  addCommand(noun, session, {
    name: 'revoke <id>',
    summary: 'shut a device out, at every door within two seconds',
    examples: ['countersign client revoke dev_0192... --reason "laptop lost"'],
    required: [['--reason <text>', 'why, for the record']],
    json: true,
    dryRun: true,
    load: async () => (await import('./devices.ts')).revoke,
  });
  addCommand(noun, session, {
    name: 'bind <id>',
    summary: 'put a device under another mandate',
    examples: ['countersign client bind dev_0192... --mandate man_0192...'],
    options: [
      ['--mandate <id>', 'mandate that its calls are under'],
      ['--none', 'none: the client names one itself'],
    ],
    json: true,
    dryRun: true,
    load: async () => (await import('./devices.ts')).bind,
  });
}

function evidenceCommands(noun: Command, session: Session): void {
  addCommand(noun, session, {
    name: 'findings',
    summary: 'what clients say that they did and nobody was asked about',
    examples: ['countersign client findings', 'countersign client findings --agent payments-test-repair-editor-dev --json'],
    options: [
      ['--agent <id>', 'of this agent only'],
      ['--session <id>', 'of this session of a client only'],
      ['--limit <n>', 'lines of a page'],
      ['--cursor <cursor>', 'where the page before ended'],
    ],
    json: true,
    load: async () => (await import('./findings.ts')).findings,
  });
  addCommand(noun, session, {
    name: 'probe <client>',
    summary: 'try the known ways around our controls on the client that is installed here, harmlessly',
    examples: [
      'countersign client probe codex',
      'sudo countersign client probe claude --installed --report --agent payments-test-repair-editor-dev',
    ],
    options: [
      ['--installed', 'with the files that are installed on this machine, instead of those of the bundle in force'],
      ['--report', 'tell the server, which caps an agent whose client is not covered'],
      ['--agent <id>', 'agent that the report is for (else that of the key)'],
      ['--only <bypasses>', 'only these, with commas between'],
    ],
    json: true,
    load: async () => (await import('./probe.ts')).probe,
  });
}
