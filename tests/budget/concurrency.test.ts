/** Limits under real concurrency: processes of their own, shared rows, a real database, and kills in the middle. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../packages/server/src/store/postgres/index.ts';
import type { BudgetLine } from '../../packages/server/src/ports/road-store.ts';
import { silentLog } from '../support/ledger.ts';
import { type Cluster, type NodeProcess, startCluster, startNode } from './cluster.ts';
import type { NodeTerms } from './node.ts';

const SCALE = Number(process.env.COUNTERSIGN_BUDGET_SCALE ?? 1);
const NODES = 3;
const CALLERS = 64;

let cluster: Cluster;
let store: Store;

beforeAll(async () => {
  cluster = await startCluster();
  store = await openStore({ connection: cluster.connection, log: silentLog });
});
afterAll(async () => {
  await store.close();
  await cluster.stop();
});

const money = (scope: string, limit: number): BudgetLine => ({
  scope,
  unit: 'microUsd',
  window: 'life',
  starts: '1970-01-01T00:00:00Z',
  limit,
  raise: 'team:finops',
  alarms: [0.5, 0.8, 1],
});

const terms = (more: Partial<NodeTerms> & Pick<NodeTerms, 'lines' | 'org'>): NodeTerms => ({
  connection: cluster.connection,
  callers: CALLERS,
  acts: 0,
  min: { microUsd: 1 },
  want: { microUsd: 7 },
  mode: 'hold',
  ...more,
});

interface Row {
  readonly line: string;
  readonly most: number;
  readonly reserved: number;
  readonly charged: number;
}

const rows = (org: string): Promise<Row[]> =>
  store.query<Row>('select line, most, reserved, charged from budget where org = $1 order by line', [org]);

const grantedBy = (nodes: readonly NodeProcess[]): number =>
  nodes.flatMap(({ said }) => said).reduce((sum, { granted }) => sum + (granted?.microUsd ?? 0), 0);

test('three nodes with 64 callers each grant a limit to the unit, and not one unit more', async () => {
  const org = 'org_exact';
  const limit = 7_001 * SCALE;
  const lines = [money('org', limit), money('team:a', limit + 50)];
  const nodes = Array.from({ length: NODES }, () => startNode(terms({ org, lines, acts: 500 * SCALE })));
  expect(await Promise.all(nodes.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  expect(grantedBy(nodes)).toBe(limit);
  expect((await rows(org)).map(({ reserved, charged }) => [reserved, charged])).toEqual([
    [limit, 0],
    [limit, 0],
  ]);
  const told = await store.query<{ body: string }>(`select body from outbox where org = $1 and kind = 'budget.threshold'`, [org]);
  const crossed = told.map(({ body }) => JSON.parse(body) as { scope: string; percent: number });
  // Holds are no spending, so only what can no longer be granted is told, and once.
  expect(crossed).toEqual([expect.objectContaining({ scope: 'org', percent: 100 })]);
});

/** What the ledger says was decided and how it ended, by decision. */
async function endsOf(org: string): Promise<{ decided: Set<string>; ended: Map<string, string[]> }> {
  const entries = await store.query<{ body: Buffer }>('select body from audit_entry where org = $1 order by seq', [org]);
  const decided = new Set<string>();
  const ended = new Map<string, string[]>();
  for (const { body } of entries) {
    const entry = JSON.parse(body.toString()) as {
      type: string;
      decision: { id: string };
      outcome: { decision: string; status: string };
    };
    if (entry.type === 'decision') decided.add(entry.decision.id);
    if (entry.type === 'outcome')
      ended.set(entry.outcome.decision, [...(ended.get(entry.outcome.decision) ?? []), entry.outcome.status]);
  }
  return { decided, ended };
}

async function untilClosed(org: string): Promise<number> {
  const start = performance.now();
  for (;;) {
    const open = await store.query('select 1 as one from open_act where org = $1 and state = 0', [org]);
    if (open.length === 0 || performance.now() - start > 30_000) return open.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('nodes that are killed in the middle overspend nothing, and every act of theirs gets its end', {
  timeout: 120_000,
}, async () => {
  const org = 'org_kill';
  const lines = [money('org', 50_000_000), money('team:a', 40_000_000)];
  const spend = terms({
    org,
    lines,
    acts: -1,
    mode: 'spend',
    min: { microUsd: 1, requests: 1 },
    want: { microUsd: 1_000, requests: 1 },
  });
  const survivor = startNode({ ...spend, callers: 8 });
  await survivor.until(({ settled }) => settled !== undefined);
  const killed: NodeProcess[] = [];
  for (let round = 0; round < 3 * SCALE; round++) {
    const node = startNode(spend);
    let settled = 0;
    await node.until((said) => said.settled !== undefined && ++settled > 100);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    node.kill();
    await node.ended;
    killed.push(node);
    expect((await rows(org)).every(({ most, reserved, charged }) => reserved >= 0 && charged + reserved <= most)).toBe(true);
  }
  const dead = killed.map(({ said }) => said.find(({ started }) => started !== undefined)?.started);
  const start = performance.now();
  for (;;) {
    const open = await store.query('select 1 as one from open_act where org = $1 and state = 0 and node = any($2)', [org, dead]);
    if (open.length === 0 || performance.now() - start > 30_000) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // Nothing of the living node was presumed while the dead ones were cleared away.
  const [alive] = survivor.said;
  expect(await store.query('select 1 as one from open_act where node = $1 and state = 3', [alive?.started])).toEqual([]);
  survivor.kill();
  await survivor.ended;
  const keeper = startNode(terms({ org: 'org_keeper', lines: [money('org', 1)], acts: -1, callers: 1, want: { microUsd: 1 } }));
  expect(await untilClosed(org)).toBe(0);
  keeper.kill();
  await keeper.ended;

  const { decided, ended } = await endsOf(org);
  const said = [...killed, survivor].flatMap((node) => node.said);
  const lost = said.filter(
    ({ key, settled }) => (key !== undefined && !decided.has(key)) || (settled !== undefined && !ended.has(settled)),
  );
  expect(lost).toEqual([]);
  expect([...decided].filter((decision) => ended.get(decision)?.length !== 1)).toEqual([]);
  const unknown = [...ended.values()].filter(([status]) => status === 'unknown').length;
  expect(unknown).toBeGreaterThan(0);
  const [recovered] = await store.query<{ n: number }>(
    `select count(*)::int as n from audit_entry where org = $1 and convert_from(body, 'UTF8') like '%node.recovered%'`,
    [org],
  );
  expect(recovered?.n).toBeGreaterThan(0);

  // What the rows say was spent is what the acts say was spent.
  const after = await rows(org);
  expect(after.map(({ reserved }) => reserved)).toEqual([0, 0]);
  expect(new Set(after.map(({ charged }) => charged)).size).toBe(1);
});
