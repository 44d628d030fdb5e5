/** The real clients load what we write for them, say that it is in force, and keep to it against every flag that would go round it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareRequirements } from '../../packages/server/src/config/clients/effective.ts';
import { codexRequirements } from '../../packages/server/src/config/clients/codex-requirements.ts';
import { claudeObjects, renderClient } from '../../packages/server/src/config/clients/render.ts';
import { type ClientRules, clientRules, type RenderTerms } from '../../packages/server/src/config/clients/terms.ts';
import { cedarText } from '../../packages/server/src/adapters/cedar/index.ts';
import { loadDirectory } from '../../packages/server/src/config/index.ts';
import { STARTER } from '../support/installation.ts';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { type ClientRoom, makeClientRoom } from '../support/client-room.ts';
import { ClientStand } from './stand.ts';

/** Those of the starter: the clients take every rule that we write. */
let rules: ClientRules;
beforeAll(async () => {
  const built = await loadDirectory(STARTER, { cedar: cedarText });
  if (!built.ok) throw new Error('the starter does not build');
  rules = clientRules(built.snapshot.commands);
});

let room: ClientRoom;
let stand: ClientStand;
beforeEach(async () => {
  room = makeClientRoom();
  stand = await ClientStand.open();
});
afterEach(async () => {
  await stand.close();
  room.remove();
});

const TOKEN = { COUNTERSIGN_TOKEN: 'sample-token', COUNTERSIGN_MANDATE: 'man_sample' };

const terms = (): RenderTerms => ({
  settings: {
    origin: stand.url,
    unmanaged: 'readOnly',
    graceMs: 86_400_000,
    telemetry: true,
    hosts: ['artifacts.example.com'],
    readOnlyPaths: ['infra', 'not-there'],
    deniedPaths: ['secrets'],
    toolServers: [],
    deviceTtlMs: 86_400_000,
    codexLeavesSandbox: false,
    codex: { minimumVersion: '0.169.0', models: ['gpt-5.5'], sandbox: 'workspace-write' },
    claude: { minimumVersion: '2.1.329', models: ['claude-sonnet-5-5'], sandbox: 'workspace-write' },
  },
  origin: stand.url,
  rules,
  present: ['infra', 'secrets'],
});

function lay(name: 'codex' | 'claude', changes: Partial<RenderTerms> = {}): void {
  const folder = name === 'codex' ? 'codex' : 'claude-code';
  for (const file of renderClient(name, { ...terms(), ...changes })) room.write(`etc/${folder}/${file.name}`, file.text);
}

const exists = (path: string): boolean => existsSync(join(room.work, path));

describe('Codex', () => {
  test('says that every requirement is in force, with a device of its own too', async () => {
    for (const changes of [{}, { device: { key: 'csk_sample' } }]) {
      lay('codex', changes);
      const ran = await room.codex(['app-server', '--print-startup-config']);
      expect(ran.code, ran.stderr).toBe(0);
      const given = { ...terms(), ...changes };
      if (given.settings.codex === null) throw new Error('Codex is managed here');
      const meant = codexRequirements(given, given.settings.codex);
      expect(compareRequirements(meant, JSON.parse(ran.stdout))).toEqual([]);
      expect(compareRequirements({ ...meant, allowed_aproval_policies: ['untrusted'] }, JSON.parse(ran.stdout))).toEqual([
        '`allowed_aproval_policies` is not in force, and should be `["untrusted"]`.',
      ]);
    }
  });

  test('is held by them, whatever its command line says', async () => {
    lay('codex');
    stand.allows = (input) => !input.includes('log.txt');
    stand.model.steps = [
      { tool: 'exec_command', input: { cmd: 'cat README.md' } },
      { tool: 'exec_command', input: { cmd: "printf 'one' > log.txt" } },
      {
        tool: 'exec_command',
        input: { cmd: 'echo changed > infra/main.tf; cat secrets/sample.txt; echo out > /var/tmp/countersign-out.txt; env' },
      },
      { tool: 'apply_patch', input: '*** Begin Patch\n*** Add File: notes.md\n+first\n*** End Patch\n' },
      { tool: 'exec_command', input: { cmd: 'git push origin main' } },
    ];
    const args = [
      'exec',
      '--json',
      '-c',
      'model_provider="openai"',
      '-c',
      'features.unified_exec=true',
      '-c',
      'approval_policy="never"',
    ];
    const ran = await room.codex([...args, '--dangerously-bypass-approvals-and-sandbox', 'go'], TOKEN);
    const told = `${ran.stdout}\n${ran.stderr}`;
    expect(told).toContain('Last: ');
    expect(stand.model.results).toHaveLength(5);
    const calls = stand.at('/responses');
    expect(
      calls.map(({ headers }) => [headers['authorization'], headers['x-countersign-mandate'], headers['x-countersign-bundle']]),
    ).toEqual(calls.map(() => ['Bearer sample-token', 'man_sample', expect.stringMatching(/^[0-9a-f]{32}$/)]));
    const tools = ((calls[0]?.body['tools'] ?? []) as { name?: string }[]).map(({ name }) => name);
    expect(tools).not.toContain('write_stdin');
    expect(tools).not.toContain('web_search');
    expect(stand.asked).toEqual([
      'SessionStart undefined',
      'PreToolUse Bash',
      'PermissionRequest Bash',
      'PreToolUse Bash',
      'PreToolUse Bash',
      'PermissionRequest Bash',
      'PreToolUse apply_patch',
      'PermissionRequest apply_patch',
      'PreToolUse Bash',
    ]);
    expect([exists('log.txt'), exists('notes.md'), existsSync('/var/tmp/countersign-out.txt')]).toEqual([false, true, false]);
    expect(room.read('work/infra/main.tf')).toBe('# protected\n');
    const said = JSON.stringify(calls.at(-1)?.body['input']);
    expect(said).not.toContain('not for agents');
    expect(said).not.toContain('sample-token');
    expect(said).toContain('Branches are pushed through the git door');
  });

  test('does nothing where the decision point is away, and does not start without it', async () => {
    lay('codex');
    await stand.close();
    const ran = await room.codex(['exec', '--json', '--dangerously-bypass-approvals-and-sandbox', 'go'], TOKEN);
    expect(ran.code).not.toBe(0);
    stand = await ClientStand.open();
  });
});

describe('Claude Code', () => {
  test('knows every member that we write, and complains about none', async () => {
    lay('claude', { signIn: true });
    const ran = await room.claude(['doctor'], TOKEN);
    expect(ran.stdout, ran.stderr).toContain('Claude Code doctor');
    expect(ran.stdout).not.toContain('Invalid settings');
    // It says nothing of members that it does not know, so they are looked for in the program itself.
    const program = readFileSync(locateClients(process.env).claude ?? '');
    const { settings, toolServers } = claudeObjects({
      ...terms(),
      device: { key: 'csk_x' },
      origin: 'https://countersign.example.com',
    });
    const { env, hooks, ...rest } = settings;
    const names = new Set([
      ...membersOf(rest),
      ...Object.keys(hooks as object),
      ...membersOf(Object.values(hooks as object)),
      'managedMcpServers',
      'env',
    ]);
    for (const header of [
      ...Object.keys((toolServers['mcpServers'] ?? {}) as object),
      'Authorization',
      'X-Countersign-Bundle',
      'X-Countersign-Wait',
    ])
      names.delete(header);
    const unknown = [...names].filter((name) => !program.includes(`${name}:`));
    expect(unknown).toEqual([]);
    expect(Object.keys(env as object).filter((name) => !program.includes(name))).toEqual([]);
    expect(program.includes('aMemberThatNobodyKnows:')).toBe(false);
  });

  const FLAGS = [
    '--output-format',
    'json',
    '--dangerously-skip-permissions',
    '--allowedTools',
    'Bash',
    'Write',
    '--settings',
    '{"disableAllHooks":true}',
  ];

  test('is held by its settings, whatever its command line says', async () => {
    lay('claude');
    stand.allows = (input) => !input.includes('log.txt');
    stand.model.steps = [
      { tool: 'Bash', input: { command: 'cat README.md', description: 'look' } },
      { tool: 'Bash', input: { command: "printf 'one' > log.txt", description: 'write' } },
      { tool: 'Bash', input: { command: 'echo changed > infra/main.tf; cat secrets/sample.txt; echo $?', description: 'reach' } },
      { tool: 'Write', input: { file_path: join(room.work, 'notes.md'), content: 'first\n' } },
      { tool: 'Write', input: { file_path: join(room.work, 'infra/new.tf'), content: 'no\n' } },
    ];
    const ran = await room.claude(['-p', 'go', ...FLAGS], { ANTHROPIC_AUTH_TOKEN: 'sample-token', ...TOKEN });
    const told = `${ran.stdout}\n${ran.stderr}`;
    expect(told).toContain('Last: ');
    expect(stand.model.results).toHaveLength(5);
    const calls = stand.at('/v1/messages').filter(({ body }) => listed(body['tools']));
    for (const { headers } of calls) {
      expect(headers['authorization']).toBe('Bearer sample-token');
      expect(headers['x-claude-code-managed-settings-checksum']).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
    expect(stand.asked.filter((each) => each.startsWith('PreToolUse'))).toHaveLength(5);
    expect([exists('log.txt'), exists('notes.md'), exists('infra/new.tf')]).toEqual([false, true, false]);
    expect(room.read('work/infra/main.tf')).toBe('# protected\n');
    expect(JSON.stringify(calls.at(-1)?.body['messages'])).not.toContain('not for agents');
    const hooks = stand.at('/hooks/claude');
    expect(new Set(hooks.map(({ headers }) => headers['authorization']))).toEqual(new Set(['Bearer sample-token']));
  });
});

const listed = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

/** Names of members, at every level. */
function membersOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(membersOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => [name, ...membersOf(each)]);
}
