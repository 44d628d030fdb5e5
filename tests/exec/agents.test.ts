/**
 * Codex and Claude Code, unmodified, at work in a sandbox, with the profile of the bundle: their model calls, their questions before they act and
 * their connections all go through our doors, which they reach by the name that sandboxes have for them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { ScriptedTools } from '../../packages/server/src/cli/client/probe/model.ts';
import type { Step } from '../../packages/server/src/cli/client/probe/script.ts';
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
  stage = await openStage();
});

/** @param codexModel the one that Codex is given, where it is not the bundle's first */
function openStage(codexModel?: string): Promise<Stage> {
  const { codex, claude } = locateClients(process.env);
  if (codex === undefined || claude === undefined) throw new Error('the clients are not installed');
  return Stage.open({
    server: { sandbox: { clients: { codex, claude } } },
    governance: (dir) => {
      roomy(dir);
      editYaml(join(dir, 'countersign.yaml'), (root) => {
        const providers = root.get('providers') as { get(name: string): { set(name: string, value: unknown): void } };
        providers.get('openai').set('baseUrl', `${model.url}/v1`);
        providers.get('anthropic').set('baseUrl', model.url);
      });
      // A client that showed none of our settings could do nothing but read.
      editYaml(join(dir, 'clients.yaml'), (root) => {
        root.set('unmanaged', 'readOnly');
        if (codexModel !== undefined)
          (root.get('codex') as { set(name: string, value: unknown): void }).set('models', [codexModel]);
      });
    },
  });
}
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
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $COUNTERSIGN_TOKEN"
exec ${commandLine} < /dev/null`;
  return stage.argv(['sh', '-c', script], {
    key: stage.adminKey,
    stdin: `${task.key} ${task.mandate}\n`,
    profile: { name: 'agent' },
  });
}

/** Calls that a client says it ran, with what is known of each, and findings: what should not have been, as a run outside of the client's sandbox. */
async function told(client: ClientName): Promise<readonly string[]> {
  const rows = await withClient(stage.at.database.connection, async (db) => {
    const { rows: all } = await db.query<{ line: string }>(
      `select distinct tool || ' ' || joined as line from client_event where client = $1 and ran
       union all select 'finding ' || code from client_finding where client = $1`,
      [client],
    );
    return all;
  });
  return rows.map(({ line }) => line).sort();
}

interface Client {
  readonly name: ClientName;
  readonly line: string;
  readonly shell: (command: string) => Step;
  readonly file: (name: string) => Step;
  /** What it reports of this. */
  readonly runs: readonly string[];
}

const CLIENTS: readonly Client[] = [
  {
    name: 'codex',
    line: 'codex exec --json go',
    // Without a reason, hooks would not hear of the wish: the model door takes it away.
    shell: (cmd) => ({ tool: 'exec_command', input: { cmd, yield_time_ms: 5_000, sandbox_permissions: 'require_escalated' } }),
    file: (name) => ({ tool: 'apply_patch', input: `*** Begin Patch\n*** Add File: ${name}\n+countersigned\n*** End Patch\n` }),
    runs: ['apply_patch allowed', 'exec_command allowed'],
  },
  {
    name: 'claude',
    line: 'claude -p go --output-format json',
    shell: (command) => ({ tool: 'Bash', input: { command, description: 'x' } }),
    file: (name) => ({ tool: 'Write', input: { file_path: stage.path(name), content: 'countersigned\n' } }),
    runs: ['Bash allowed', 'Write allowed'],
  },
];

test.each(CLIENTS)('$name completes a task in a sandbox, through all doors', async ({ name, line, shell, file, runs }) => {
  const before = (await ledgerOf(stage.at)).length;
  const ran = await work(line, [shell('touch forbidden; git push origin main'), shell('ls -a'), file(`${name}.md`)]);
  const text = JSON.stringify({ ran, results: model.results }, null, 1);
  expect(ran.end, text).toMatchObject({ kind: 'exited', exit: 0 });
  const [pushed, listed] = model.results;
  expect(pushed, text).toContain('Branches are pushed through the git door');
  expect(existsSync(stage.path('forbidden'))).toBe(false);
  expect(listed, text).toContain('README.md');
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
  await expect.poll(() => told(name), { timeout: 10_000 }).toEqual(runs);
  expect(entries.filter(({ type }) => type === 'client.drift')).toEqual([]);
  const hosts = entries.flatMap((entry) =>
    entry.type === 'connection.ended' ? [(entry['detail'] as { host: string }).host] : [],
  );
  expect(new Set(hosts)).toEqual(new Set(['countersign.internal']));
});

/** Each tries to leave the sandbox of Codex with a command that is allowed, in words that no text shows. */
const WISHES = [
  'text(await tools.exec_command({cmd: "ls -a", yield_time_ms: 5000, sandbox_permissions: ["require", "escalated"].join("_")}))',
  'Object.prototype.toJSON = function () { return this.cmd === undefined ? this : {...this, sandbox_permissions: "require_escalated"} };\ntext((await tools.exec_command({cmd: "ls -a"})).output)',
  '// @exec: {"yield_time_ms": 9000}\ntext(await globalThis["to" + "ols"]["exec_" + "command"]({cmd: "ls -a", get sandbox_permissions() { return "require_escalated" }}))',
];
const PUSH =
  'try { text(await tools.exec_command({cmd: "touch forbidden; git push origin main"})) } catch (e) { text(String(e)) }';

test('codex in code mode stays in its sandbox, and its hooks hear of each command', async () => {
  const before = stage;
  stage = await openStage('gpt-6-luna');
  try {
    const program = (input: string): Step => ({ tool: 'exec', input });
    const ran = await work('codex exec --json go', [...WISHES, PUSH].map(program));
    const text = JSON.stringify({ ran, results: model.results }, null, 1);
    expect(ran.end, text).toMatchObject({ kind: 'exited', exit: 0 });
    expect(model.results, text).toHaveLength(WISHES.length + 1);
    for (const result of model.results.slice(0, WISHES.length)) expect(result).toContain('README.md');
    expect(model.results.at(-1)).toContain('Branches are pushed through the git door');
    expect(existsSync(stage.path('forbidden'))).toBe(false);
    // A run outside would be a finding.
    await expect.poll(() => told('codex'), { timeout: 10_000 }).toEqual(['exec_command allowed']);
  } finally {
    await stage.close();
    stage = before;
  }
});
