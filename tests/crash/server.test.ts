/**
 * Kill -9 of whole nodes while agents work through them. COUNTERSIGN_CRASH_ROUNDS sets the number of kills of the first test; the second
 * one makes a fifth as many, since each waits for a database of its own.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client } from '../../packages/server/src/client/index.ts';
import { AGENT, type Installation, openInstallation, verifyLedger } from '../support/installation.ts';
import { type NodeProcess, startNodeProcess } from '../support/node-process.ts';
import { roomy } from '../support/roomy.ts';
import { type Acknowledged, checkRecord, settled, work } from './server-load.ts';

const ROUNDS = Number(process.env['COUNTERSIGN_CRASH_ROUNDS'] ?? 3);

let at: Installation;

beforeAll(async () => {
  at = await openInstallation({
    governance: roomy,
    script: (_seen, index) => ({
      mode: index % 3 === 0 ? 'slow' : 'normal',
      delayMs: index % 3 === 0 ? 15 : index % 25,
      reply: { text: 'one two three four five six' },
    }),
  });
}, 180_000);
afterAll(() => at?.close());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets agents work for a moment, then kills the node under them. */
async function round(node: NodeProcess, key: string): Promise<readonly Acknowledged[]> {
  let warm: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (warm = resolve));
  const working = work(node, key, warm);
  await begun;
  await sleep(50 + Math.random() * 350);
  await node.kill();
  return working;
}

const report = (what: string, figures: object): void => {
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined) process.stderr.write(`${what} ${JSON.stringify(figures)}\n`);
};

test(`${ROUNDS} nodes that are killed under load lose nothing that was acknowledged, and spend nothing twice`, {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  const task = await at.task({ budgetMicroUsd: 900_000_000, estimateMicroUsd: 1_000_000 });
  const told: Acknowledged[] = [];
  for (let n = 0; n < ROUNDS; n++) told.push(...(await round(await at.nodeProcess('killed'), task.key)));
  await settled(at.admin, task.mandate);
  const figures = await checkRecord(at.admin, task.mandate, told);
  // A provider that was called was called for an act on record.
  expect(at.upstream.seen.length).toBeLessThanOrEqual(figures.calls);
  expect(figures.unknown).toBeGreaterThan(0);
  const verified = await verifyLedger(at);
  expect([verified.ok, verified.levels.flatMap(({ findings }) => findings)]).toEqual([true, []]);
  report('killed nodes', { rounds: ROUNDS, told: told.length, ...figures, entries: verified.size });
});

test('a node alone with a database of its own goes on where it was killed', { timeout: 120_000 + ROUNDS * 10_000 }, async () => {
  const rounds = Math.max(2, Math.ceil(ROUNDS / 5));
  const dir = mkdtempSync(join(tmpdir(), 'countersign-alone-'));
  chmodSync(dir, 0o755);
  let node: NodeProcess | undefined;
  const start = () => startNodeProcess({ dir, host: '127.0.0.1', port: 0, governance: at.governance });
  try {
    node = await start();
    const clientOf = ({ url, adminKey }: NodeProcess) => new Client({ url, key: adminKey ?? undefined });
    const { json } = await clientOf(node).post('/api/v1/tasks', { ...at.taskAsk, budgetMicroUsd: 900_000_000 } as never);
    const mandate = String((json['mandate'] as { id: string }).id);
    const key = String((await clientOf(node).post(`/api/v1/agents/${AGENT}/credentials`, { mandate })).json['key']);
    const told: Acknowledged[] = [];
    for (let n = 0; n < rounds; n++) {
      told.push(...(await round(node, key)));
      node = await start();
    }
    const admin = clientOf(node);
    await settled(admin, mandate);
    const figures = await checkRecord(admin, mandate, told);
    const verified = await verifyLedger({ admin, dir, verifierKey: node.verifierKey });
    expect([verified.ok, verified.levels.flatMap(({ findings }) => findings)]).toEqual([true, []]);
    report('alone', { rounds, told: told.length, ...figures, entries: verified.size });
  } finally {
    await node?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
