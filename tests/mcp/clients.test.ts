/** The real Codex and the real Claude Code use a tool through the door: allowed, denied with a reason, held and repeated after a person said yes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScriptedTools } from '../../packages/server/src/cli/client/probe/model.ts';
import { locateClients } from '../../packages/server/src/cli/demo/clients.ts';
import { type Launched, launch } from '../../packages/server/src/cli/demo/launch.ts';
import { makeWorkshop, type Workshop } from '../../packages/server/src/cli/demo/workshop.ts';
import { pathOf } from '../../packages/server/src/client/index.ts';
import { Peer, said, tool } from './peer.ts';
import { declared, http, serverFile, ToolStage } from './stage.ts';

const RUN_MS = 120_000;
const clients = locateClients(process.env);

let stage: ToolStage;
let peer: Peer;
let model: ScriptedTools;
let root: string;
let workshop: Workshop;

const INPUT = { type: 'object', properties: { note: { type: 'string' } } };

beforeAll(async () => {
  // Beside the temporary directory of the client and never below it: Codex makes no helper programs there.
  root = mkdtempSync(join(tmpdir(), 'countersign-clients-'));
  workshop = makeWorkshop(root);
  peer = await Peer.open(tool('look_up', { inputSchema: INPUT }), tool('pay_out', { inputSchema: INPUT }));
  peer.answers = { look_up: () => said('the answer is 42'), pay_out: () => said('paid out once') };
  model = await ScriptedTools.open();
  stage = await ToolStage.open([
    serverFile('desk', http(peer.url), {
      operations: [
        ...declared(['look_up'], 'read', { arguments: { properties: { note: { maxLength: 40 } } } }),
        { name: 'pay_out', class: 'mutate-high' },
      ],
    }),
  ]);
});
afterAll(async () => {
  await stage?.close();
  await model?.close();
  await peer?.close();
  rmSync(root, { recursive: true, force: true });
});

const envOf = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: workshop.home,
  TMPDIR: workshop.tmp,
  LANG: 'C.UTF-8',
  COUNTERSIGN_TOKEN: stage.task.key,
});

function codex(): Promise<Launched> {
  const home = join(workshop.home, 'codex');
  mkdirSync(home, { recursive: true });
  const config = [
    'model = "gpt-5.5"',
    'model_provider = "scripted"',
    'check_for_update_on_startup = false',
    '[features]',
    'plugins = false',
    'apps = false',
    '[model_providers.scripted]',
    'name = "Scripted"',
    `base_url = "${model.url}/v1"`,
    'wire_api = "responses"',
    '[mcp_servers.countersign]',
    `url = "${stage.url}"`,
    'bearer_token_env_var = "COUNTERSIGN_TOKEN"',
    'required = true',
    'default_tools_approval_mode = "approve"',
    'tool_timeout_sec = 60',
  ];
  writeFileSync(join(home, 'config.toml'), `${config.join('\n')}\n`);
  const args = ['exec', '--json', '--sandbox', 'workspace-write', '--skip-git-repo-check', 'Use the tool.'];
  const options = { cwd: workshop.repository, env: { ...envOf(), CODEX_HOME: home }, timeoutMs: RUN_MS };
  return launch(clients.codex ?? 'codex', args, options);
}

function claude(): Promise<Launched> {
  const config = join(workshop.home, 'mcp.json');
  const headers = { Authorization: `Bearer ${stage.task.key}` };
  writeFileSync(config, JSON.stringify({ mcpServers: { countersign: { type: 'http', url: stage.url, headers } } }));
  const args = [
    ...['-p', 'Use the tool.', '--model', 'claude-sonnet-5-5', '--output-format', 'json'],
    ...['--strict-mcp-config', '--mcp-config', config, '--allowedTools', 'mcp__countersign'],
  ];
  const env = {
    ...envOf(),
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_AUTH_TOKEN: 'scripted',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  return launch(clients.claude ?? 'claude', args, { cwd: workshop.repository, env, timeoutMs: RUN_MS });
}

/** A person of operations finds the one request that waits, and approves it. */
async function approve(): Promise<void> {
  const omar = await stage.at.personClient('omar');
  const { json } = await omar.get('/api/v1/approvals', { state: 'open' });
  const [waiting, ...others] = json['data'] as readonly { id: string; shownDigest: string }[];
  if (waiting === undefined || others.length > 0) throw new Error(`one request should wait: ${JSON.stringify(json)}`);
  const verdict = { answer: 'approve', reason: 'looked at it closely', shownDigest: waiting.shownDigest };
  await omar.post(pathOf`/api/v1/approvals/${waiting.id}/verdict`, verdict);
}

describe.each([
  ['Codex', codex],
  ['Claude Code', claude],
] as const)('%s', (name, run) => {
  test('gets an answer, a reason why not, and what a person approved, once', async () => {
    const note = `payout by ${name}`;
    const seen = peer.calls.length;
    model.steps = [
      { tool: 'mcp__countersign__desk__look_up', input: { note: 'short' } },
      { tool: 'mcp__countersign__desk__look_up', input: { note: 'x'.repeat(60) } },
      { tool: 'mcp__countersign__desk__pay_out', input: { note } },
      {
        tool: 'mcp__countersign__desk__pay_out',
        input: async () => {
          await approve();
          return { note };
        },
      },
    ];
    const ended = await run();
    const [allowed, denied, held, repeated] = model.results;
    const told = JSON.stringify({ results: model.results, ended }, null, 1).slice(0, 8_000);
    expect(allowed, told).toContain('the answer is 42');
    expect(denied, told).toContain('tool.arguments');
    expect(denied, told).toContain('The arguments do not fit');
    // A client that opens links by itself, with nobody there to look, gives up asking after some rounds.
    expect(held, told).toMatch(/approval\.required|still required input/);
    expect(repeated, told).toContain('paid out once');
    expect(ended.code, told).toBe(0);
    // What the person running the client sees in the end.
    expect(ended.stdout).toContain('paid out once');
    expect(peer.calls.slice(seen).map(({ params }) => params['name'])).toEqual(['look_up', 'pay_out']);
  });
});
