/** The door on the real road: starter policies, real kernel, real entries. */
import { checkEntry } from '@countersign/kernel/ledger';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonRecord } from '@countersign/kernel/json';
import { buildBundle } from '../../config/build/build.ts';
import { starterFiles } from '../../config/testing/starter.ts';
import { cedarText } from '../../config/testing/tools.ts';
import { CountersignRoad } from '../../govern/road.ts';
import { approve, MANDATE, makeWorld, type World } from '../../govern/testing/world.ts';
import type { AgentRecord, BundleSnapshot, ToolServerRecord } from '../../ports/registry.ts';
import type { Caller, Road } from '../../ports/road.ts';
import { TOOL_ACTIONS } from '../../ports/tool-entity.ts';
import { catalogueServer, catalogueTool, reply } from './testing/servers.ts';
import { resultOf, Stage, textsOf } from './testing/stage.ts';

let snapshot: BundleSnapshot;
let agent: AgentRecord;
let tracker: ToolServerRecord;
let stage: Stage | undefined;

beforeAll(async () => {
  const built = await buildBundle(await starterFiles(), { cedar: cedarText });
  if (!built.ok) throw new Error('the starter does not build');
  snapshot = built.snapshot;
  const found = snapshot.agents.get('payments-test-repair-editor-dev');
  const server = snapshot.toolServers.get('issue-tracker');
  if (found === undefined || server === undefined) throw new Error('the starter has neither agent nor tracker');
  agent = found;
  tracker = server;
}, 60_000);

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const TOOLS = [
  catalogueTool({ server: 'issue-tracker', name: 'search_issues', class: 'read' }),
  catalogueTool({ server: 'issue-tracker', name: 'purge', class: 'mutate-high' }),
];

async function open(actions: readonly string[]): Promise<readonly [Stage, World]> {
  const world = makeWorld();
  world.snapshot = snapshot;
  world.nowMs = Date.parse('2026-11-24T10:00:00Z');
  const inner = new CountersignRoad(world.deps);
  const mandate = { ...MANDATE, repository: 'payments', useCase: 'code-maintenance', actions };
  const caller: Caller = { org: 'acme', agent, credential: 'crd_1', onBehalfOf: 'usr_ada', mandate };
  const road: Road = {
    identify: async () => ({ ok: true, caller }),
    govern: (ask, act) => inner.govern(ask, act),
    evaluate: (ask) => inner.evaluate(ask),
    preview: (ask) => inner.preview(ask),
    refuse: (ask) => inner.refuse(ask),
  };
  stage = await Stage.open({
    servers: [catalogueServer({ record: tracker })],
    tools: TOOLS,
    scripts: { search_issues: () => reply({ content: [{ type: 'text', text: 'issue 1' }] }) },
    over: { road, snapshots: { current: () => snapshot }, approvals: world.deps.approvals, clock: world.deps.clock },
  });
  return [stage, world];
}

const names = (result: JsonRecord): unknown => (result['tools'] as JsonRecord[]).map(({ name }) => name);

describe('the real road', () => {
  it('lists what the mandate allows, without a record of having been asked', async () => {
    const [wide, world] = await open(Object.values(TOOL_ACTIONS));
    expect(names(resultOf(await wide.modern('tools/list')))).toEqual(['issue-tracker__purge', 'issue-tracker__search_issues']);
    expect(world.entries).toEqual([]);
    await wide.close();
    const [narrow] = await open(['tool.read']);
    expect(names(resultOf(await narrow.modern('tools/list')))).toEqual(['issue-tracker__search_issues']);
  });

  it('a read is decided, made and recorded; what strangers wrote taints the task', async () => {
    const [stage, world] = await open(['tool.read']);
    const result = resultOf(await stage.call('issue-tracker__search_issues', { query: 'flaky' }));
    expect(textsOf(result)[0]).toBe('issue 1');
    expect(world.events).toEqual(['decided', 'settled']);
    expect(world.marks.get('tsk_1')?.taints).toEqual(['untrusted']);
    const leaf = 'a'.repeat(64);
    const types = world.entries.map((entry, i) => checkEntry({ ...entry, node: 'n', nodeSeq: i + 1, nodePrev: leaf }).type);
    expect(types).toEqual(['decision', 'outcome']);
  });

  it('what the mandate does not hold is denied with a reason and a record, and nothing is sent', async () => {
    const [stage, world] = await open(['tool.read']);
    const result = resultOf(await stage.call('issue-tracker__purge'));
    expect(result['isError']).toBe(true);
    expect([stage.upstreams.calls.length, world.entries.map(({ type }) => type)]).toEqual([0, ['decision']]);
  });

  it('high consequences ask a person; the state that comes back is decided again, once', async () => {
    const [stage, world] = await open(Object.values(TOOL_ACTIONS));
    const urls = { capabilities: { elicitation: { url: {} } } };
    const first = resultOf(await stage.call('issue-tracker__purge', { all: true }, urls));
    expect(first['resultType']).toBe('input_required');
    const [approval] = [...world.approvals.values()];
    expect(approval?.shown).toMatchObject({ content: { tool: 'issue-tracker__purge', arguments: { all: true } } });
    const retry = () =>
      stage.call('issue-tracker__purge', { all: true }, { ...urls, more: { requestState: String(first['requestState']) } });
    expect(resultOf(await retry())['resultType']).toBe('input_required');
    approve(world, approval?.id ?? '');
    expect(textsOf(resultOf(await retry()))[0]).toBe('purge was called');
    expect(resultOf(await retry())['isError']).toBe(true);
    expect(stage.upstreams.calls.length).toBe(1);
  });
});
