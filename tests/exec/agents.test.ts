/**
 * Codex and Claude Code, unmodified, at work in a sandbox, with the profile of the bundle: their model calls, their questions before they act and
 * their connections all go through our doors, which they reach by the name that sandboxes have for them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { ScriptedTools, type Step } from '../../packages/server/src/cli/client/probe/model.ts';
import type { ClientName } from '../../packages/server/src/ports/clients.ts';
import { withClient } from '../../packages/server/src/store/embedded/index.ts';
import { editYaml, ledgerOf } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';
import { COMMAND_ACTIONS, type Ran, Stage } from './stage.ts';

const ACTIONS = [...COMMAND_ACTIONS, 'model.call', 'repository.read', 'file.edit', 'tool.read'];

let stage: Stage;
let model: ScriptedTools;

beforeAll(async () => {
  model = await ScriptedTools.open();
  const { codex, claude } = locateClients(process.env);
  if (codex === undefined || claude === undefined) throw new Error('the clients are not installed');
  stage = await Stage.open({
    server: { sandbox: { clients: { codex, claude } } },
    governance: (dir) => {
      roomy(dir);
      editYaml(join(dir, 'countersign.yaml'), (root) => {
        const providers = root.get('providers') as { get(name: string): { set(name: string, value: unknown): void } };
        providers.get('openai').set('baseUrl', `${model.url}/v1`);
        providers.get('anthropic').set('baseUrl', model.url);
      });
      // A client that showed none of our settings could do nothing but read.
      editYaml(join(dir, 'clients.yaml'), (root) => root.set('unmanaged', 'readOnly'));
    },
  });
});
afterAll(async () => {
  await stage?.close();
  await model?.close();
});

/** The client's whole command line; key and mandate come over standard input. */
async function work(commandLine: string, steps: readonly Step[]): Promise<Ran> {
  const task = await stage.at.task({ actions: ACTIONS, capabilities: ['file.edit'] });
  model.steps = steps;
  model.results = [];
  const script = `read COUNTERSIGN_TOKEN COUNTERSIGN_MANDATE
export COUNTERSIGN_TOKEN COUNTERSIGN_MANDATE ANTHROPIC_AUTH_TOKEN=$COUNTERSIGN_TOKEN
exec ${commandLine} < /dev/null`;
  return stage.argv(['sh', '-c', script], {
    key: stage.adminKey,
    stdin: `${task.key} ${task.mandate}\n`,
    profile: { name: 'agent' },
  });
}

/** What the clients say that they did, and should not have: outside of their own sandbox, or without a decision. */
async function findings(): Promise<readonly unknown[]> {
  return withClient(
    stage.at.database.connection,
    async (client) => (await client.query<Record<string, unknown>>('select client, code from client_finding')).rows,
  );
}

interface Client {
  readonly name: ClientName;
  readonly line: string;
  readonly shell: (command: string) => Step;
  readonly file: (name: string) => Step;
}

const CLIENTS: readonly Client[] = [
  {
    name: 'codex',
    line: 'codex exec --json go',
    // Without a reason, hooks would not hear of the wish: the model door takes it away.
    shell: (cmd) => ({ tool: 'exec_command', input: { cmd, yield_time_ms: 5_000, sandbox_permissions: 'require_escalated' } }),
    file: (name) => ({ tool: 'apply_patch', input: `*** Begin Patch\n*** Add File: ${name}\n+countersigned\n*** End Patch\n` }),
  },
  {
    name: 'claude',
    line: 'claude -p go --output-format json',
    shell: (command) => ({ tool: 'Bash', input: { command, description: 'x' } }),
    file: (name) => ({ tool: 'Write', input: { file_path: stage.path(name), content: 'countersigned\n' } }),
  },
];

test.each(CLIENTS)('$name completes a task in a sandbox, through all doors', async ({ name, line, shell, file }) => {
  const before = (await ledgerOf(stage.at)).length;
  const ran = await work(line, [shell('touch forbidden; git push origin main'), shell('ls -a'), file(`${name}.md`)]);
  const told = JSON.stringify({ ran, results: model.results }, null, 1);
  expect(ran.end, told).toMatchObject({ kind: 'exited', exit: 0 });
  const [pushed, listed] = model.results;
  expect(pushed, told).toContain('Branches are pushed through the git door');
  expect(existsSync(stage.path('forbidden'))).toBe(false);
  expect(listed, told).toContain('README.md');
  expect(readFileSync(stage.path(`${name}.md`), 'utf8')).toBe('countersigned\n');

  const entries = (await ledgerOf(stage.at)).slice(before);
  const decided = entries.flatMap((entry) =>
    entry.type === 'decision'
      ? [`${String(entry['action'])} ${(entry as unknown as { decision: { answer: string } }).decision.answer}`]
      : [],
  );
  expect(decided).toEqual(
    expect.arrayContaining(['model.call allow', 'file.edit allow', 'command.read allow', 'command.mutateHigh deny']),
  );
  expect(await findings()).toEqual([]);
  expect(entries.filter(({ type }) => type === 'client.drift')).toEqual([]);
  const hosts = entries.flatMap((entry) =>
    entry.type === 'connection.ended' ? [(entry['detail'] as { host: string }).host] : [],
  );
  expect(new Set(hosts)).toEqual(new Set(['countersign.internal']));
});
