/**
 * Codex, unmodified, at work in a sandbox: its model calls, its questions before it acts and its connections all go through our doors, which it
 * reaches by the name that sandboxes have for them.
 */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { ScriptedTools } from '../../packages/server/src/cli/client/probe/model.ts';
import { cedarText } from '../../packages/server/src/adapters/cedar/index.ts';
import { buildBundle } from '../../packages/server/src/config/build/build.ts';
import { clientFilesIn } from '../../packages/server/src/config/clients/render.ts';
import { readDirectory } from '../../packages/server/src/config/read/files.ts';
import { editYaml, ledgerOf } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';
import { COMMAND_ACTIONS, Stage } from './stage.ts';

const ACTIONS = [...COMMAND_ACTIONS, 'model.call', 'repository.read', 'file.edit', 'tool.read'];
const OWN_DOORS = 'http://countersign.internal';

let stage: Stage;
let model: ScriptedTools;

beforeAll(async () => {
  model = await ScriptedTools.open();
  stage = await Stage.open({
    governance: (dir) => {
      roomy(dir);
      editYaml(join(dir, 'countersign.yaml'), (root) => {
        const providers = root.get('providers') as { get(name: string): { set(name: string, value: unknown): void } };
        providers.get('openai').set('baseUrl', `${model.url}/v1`);
        providers.get('anthropic').set('baseUrl', model.url);
      });
    },
  });
});
afterAll(async () => {
  await stage?.close();
  await model?.close();
});

/** What `client render` writes, as a folder that the sandbox sees as `/etc/codex`. */
async function settings(client: 'codex' | 'claude'): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'countersign-settings-'));
  chmodSync(out, 0o755);
  const built = await buildBundle(await readDirectory(stage.at.governance), { cedar: cedarText });
  const clients = built.ok ? built.snapshot.settings.clients : undefined;
  if (!built.ok || clients === undefined) throw new Error('the bundle has no clients');
  const files = clientFilesIn(client, {
    settings: clients,
    origin: OWN_DOORS,
    commands: built.snapshot.commands,
    profile: false,
  });
  for (const { name, text } of files) writeFileSync(join(out, basename(name)), text);
  return out;
}

test('Codex completes a task in a sandbox, through all doors', async () => {
  const task = await stage.at.task({ actions: ACTIONS, capabilities: ['file.edit'] });
  const codex = locateClients(process.env).codex;
  if (codex === undefined) throw new Error('Codex is not installed');
  const out = await settings('codex');
  const profile = `
name: codex-run
about: Codex, whole, in a sandbox with its own inside.
nested: true
mounts:
  - { path: ${dirname(dirname(codex))}, at: /opt/codex, mode: read }
  - { path: ${out}, at: /etc/codex, mode: read }
environment: { CODEX_HOME: /home/agent/.codex }
limits: { memory: 4GiB, processes: 512, tmp: 1GiB, output: 16MiB, time: 3m }
network: door
egress:
  upload: 64MiB
  rules:
    - { id: own-doors, hosts: [countersign.internal], methods: [GET, HEAD, POST, DELETE], upload: 64MiB, why: Our own doors. }
`;
  model.steps = [
    { tool: 'exec_command', input: { cmd: 'git push origin main', yield_time_ms: 5_000 } },
    { tool: 'apply_patch', input: '*** Begin Patch\n*** Add File: notes.md\n+countersigned\n*** End Patch\n' },
  ];
  const script = [
    'read COUNTERSIGN_TOKEN COUNTERSIGN_MANDATE; export COUNTERSIGN_TOKEN COUNTERSIGN_MANDATE; mkdir -p $CODEX_HOME',
    'exec /opt/codex/bin/codex exec --json --skip-git-repo-check go < /dev/null',
  ].join('\n');
  const ran = await stage.argv(['sh', '-c', script], {
    key: stage.adminKey,
    stdin: `${task.key} ${task.mandate}\n`,
    profile: { file: 'profile.yaml', text: profile },
  });
  expect(ran.end, ran.stdout + ran.stderr).toMatchObject({ kind: 'exited', exit: 0 });
  expect(readFileSync(stage.path('notes.md'), 'utf8')).toBe('countersigned\n');
  expect(ran.stdout).not.toContain('"exit_code":0');
  const entries = await ledgerOf(stage.at);
  const decided = entries.flatMap((entry) =>
    entry.type === 'decision'
      ? [`${String(entry['action'])} ${(entry as unknown as { decision: { answer: string } }).decision.answer}`]
      : [],
  );
  expect(decided).toEqual(expect.arrayContaining(['model.call allow', 'file.edit allow', 'command.mutateHigh deny']));
  const hosts = entries.flatMap((entry) =>
    entry.type === 'connection.ended' ? [(entry['detail'] as { host: string }).host] : [],
  );
  expect(new Set(hosts)).toEqual(new Set(['countersign.internal']));
});

test('Claude Code completes a task in a sandbox, through all doors', async () => {
  const task = await stage.at.task({ actions: ACTIONS, capabilities: ['file.edit'] });
  const claude = locateClients(process.env).claude;
  if (claude === undefined) throw new Error('Claude is not installed');
  const out = await settings('claude');
  const profile = `
name: claude-run
about: Claude, whole, in a sandbox with its own inside.
nested: true
mounts:
  - { path: ${dirname(claude)}, at: /opt/claude, mode: read }
  - { path: ${out}, at: /etc/claude-code, mode: read }
limits: { memory: 4GiB, processes: 512, tmp: 1GiB, output: 16MiB, time: 3m }
network: door
egress:
  upload: 64MiB
  rules:
    - { id: own-doors, hosts: [countersign.internal], methods: [GET, HEAD, POST, DELETE], upload: 64MiB, why: Our own doors. }
`;
  model.steps = [
    { tool: 'Bash', input: { command: 'git push origin main', description: 'x' } },
    { tool: 'Bash', input: { command: 'ls -a', description: 'x' } },
    { tool: 'Write', input: { file_path: stage.path('notes2.md'), content: 'countersigned\n' } },
  ];
  const script = [
    'read COUNTERSIGN_TOKEN COUNTERSIGN_MANDATE; export COUNTERSIGN_TOKEN COUNTERSIGN_MANDATE ANTHROPIC_AUTH_TOKEN=$COUNTERSIGN_TOKEN',
    'exec /opt/claude/claude -p go --output-format json < /dev/null',
  ].join('\n');
  const began = Date.now();
  const ran = await stage.argv(['sh', '-c', script], {
    key: stage.adminKey,
    stdin: `${task.key} ${task.mandate}\n`,
    profile: { file: 'profile.yaml', text: profile },
  });
  console.log(Date.now() - began, ran.stdout, ran.stderr, JSON.stringify(ran.end), model.results);
  const entries = await ledgerOf(stage.at);
  console.log(entries.filter((e) => /network|connection/.test(e.type + String(e['action']))).map((e) => JSON.stringify(e)).slice(-10).map((l) => l.slice(0, 300)).join('\n').slice(0, 12000));
  expect(readFileSync(stage.path('notes2.md'), 'utf8')).toBe('countersigned\n');
});
