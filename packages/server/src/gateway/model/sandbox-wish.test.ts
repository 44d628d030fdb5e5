/** A command's wish to leave the client's sandbox, on its way through the door. */
import { afterEach, expect, it } from 'vitest';
import type { ClientSettings } from '../../ports/clients.ts';
import { KEY } from '../wire/testing/test-road.ts';
import { GUARD } from './content/code-mode.ts';
import { Stage } from './testing/stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const CLIENTS: ClientSettings = {
  origin: null,
  unmanaged: 'report',
  graceMs: 1,
  telemetry: true,
  hosts: [],
  readOnlyPaths: [],
  deniedPaths: [],
  toolServers: [],
  deviceTtlMs: 1,
  codexLeavesSandbox: false,
  codex: { minimumVersion: '0.169.0', models: ['gpt-5.5'], sandbox: 'workspace-write' },
  claude: null,
};
const WISH = '{ "cmd": "ls", "sandbox_permissions": "require_escalated" }';

async function post(at: Stage, body: object): Promise<string> {
  const response = await fetch(`${at.origin}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5.5', ...body }),
  });
  return response.text();
}

async function answer(clients: ClientSettings | undefined, stream: boolean): Promise<string> {
  stage = await Stage.open({
    script: () => ({ reply: { calls: [{ id: 'call_1', name: 'exec_command', input: WISH }] } }),
    ...(clients === undefined ? {} : { clients }),
  });
  return post(stage, { input: 'hi', stream });
}

/** Of whole calls, wherever one stands. */
function permissions(text: string): unknown[] {
  const found: unknown[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (name !== 'arguments') visit(member);
      else if (member !== '') found.push((JSON.parse(String(member)) as Record<string, unknown>)['sandbox_permissions']);
    }
  };
  for (const line of text.startsWith('{') ? [text] : text.split('\n').filter((each) => each.startsWith('data: {')))
    visit(JSON.parse(line.replace(/^data: /, '')));
  return found;
}

it.each([true, false])('is taken out where the bundle manages Codex (stream: %s)', async (stream) => {
  const found = permissions(await answer(CLIENTS, stream));
  expect(found.length).toBeGreaterThanOrEqual(stream ? 3 : 1);
  expect(new Set(found)).toEqual(new Set(['use_default']));
  expect(stage?.logged).toContainEqual(expect.objectContaining({ event: 'model.escalation' }));
});

it.each([
  ['where it may be asked', { ...CLIENTS, codexLeavesSandbox: true }],
  ['where Codex is not managed', { ...CLIENTS, codex: null }],
  ['where no client is', undefined],
])('passes %s', async (_, clients) => {
  for (const stream of [true, false]) {
    expect(new Set(permissions(await answer(clients, stream)))).toEqual(new Set(['require_escalated']));
    await stage?.close();
    stage = undefined;
  }
});

/** Codex' code mode: the tool is added in an item of its own, and its input is a program. */
const PROGRAM = 'text(await tools.exec_command({cmd: "ls"}))';
const ADDED = {
  type: 'additional_tools',
  role: 'developer',
  tools: [{ type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec', description: 'Run it' }] }],
};
const call = (input: string) => ({ type: 'custom_tool_call', call_id: 'call_1', name: 'exec', input });

const askProgram = (at: Stage, stream: boolean, history: readonly object[] = []): Promise<string> =>
  post(at, { stream, input: [ADDED, { role: 'user', content: 'hi' }, ...history] });

const programs = (text: string): string[] =>
  [...text.matchAll(/"input":"((?:[^"\\]|\\.)*)"/g)].map((found) => JSON.parse(`"${found[1]}"`) as string);

it.each([true, false])('a program gets the guard, and its model sees what it wrote (stream: %s)', async (stream) => {
  stage = await Stage.open({
    script: () => ({ reply: { calls: [{ id: 'call_1', name: 'exec', input: PROGRAM, custom: true }] } }),
    clients: CLIENTS,
  });
  const [given = '', ...same] = programs(await askProgram(stage, stream));
  expect(given).toBe(GUARD + PROGRAM);
  expect(new Set(same)).toEqual(new Set(stream ? [given] : []));
  await askProgram(stage, stream, [call(given), { type: 'custom_tool_call_output', call_id: 'call_1', output: 'README.md' }]);
  expect(programs(stage.upstream.seen.at(-1)?.bytes.toString() ?? '')).toEqual([PROGRAM]);
});

it('a program passes where the wish may be asked, or the tool is not of that kind', async () => {
  const script = () => ({ reply: { calls: [{ id: 'call_1', name: 'exec', input: PROGRAM, custom: true }] } });
  stage = await Stage.open({ script, clients: { ...CLIENTS, codexLeavesSandbox: true } });
  expect(new Set(programs(await askProgram(stage, true)))).toEqual(new Set([PROGRAM]));
  await stage.close();
  stage = await Stage.open({ script, clients: CLIENTS });
  const told = await post(stage, { input: 'hi', tools: [{ type: 'custom', name: 'exec', description: 'Python' }] });
  expect(programs(told)).toEqual([PROGRAM]);
});
