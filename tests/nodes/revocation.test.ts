/** What is taken away on one node is gone on the others within two seconds, and what is given back returns. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/src/app.ts';
import { pathOf } from '../../packages/server/src/client/index.ts';
import { call, codeOf } from '../support/calls.ts';
import { AGENT, type Installation, ledgerOf, openInstallation, type TestTask } from '../support/installation.ts';

/** The promise. */
const EFFECTIVE_MS = 2_000;

let at: Installation;
let b: RunningServer;

beforeAll(async () => {
  at = await openInstallation();
  b = await at.node();
});
afterAll(() => at?.close());

interface Seen {
  readonly code: string | undefined;
  readonly ms: number;
}

/** Asks node B again and again until the answer has this status; how long that took since `act` was answered on node A. */
async function effective(task: TestTask, wanted: number, act: () => Promise<unknown>): Promise<Seen> {
  await act();
  const start = performance.now();
  for (;;) {
    const told = await call(b.url, task.key);
    const ms = performance.now() - start;
    if (told.status === wanted) return { code: codeOf(told), ms };
    if (ms > 10_000) throw new Error(`still ${told.status} ${told.text}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const measured: Record<string, number> = {};

async function expectWithin(name: string, code: string | undefined, seen: Promise<Seen>): Promise<void> {
  const { ms, ...rest } = await seen;
  measured[name] = Math.round(ms);
  expect(rest).toEqual({ code });
  expect(ms).toBeLessThan(EFFECTIVE_MS);
}

/** A task whose key has been used on both nodes, so that both know it. */
async function usedTask(): Promise<TestTask> {
  const task = await at.task();
  for (const url of [at.server.url, b.url]) expect((await call(url, task.key)).status).toBe(200);
  return task;
}

describe('within two seconds on the other node', () => {
  test('a revoked key is refused', async () => {
    const task = await usedTask();
    const path = pathOf`/api/v1/agents/${AGENT}/credentials/${task.credential}/revoke`;
    await expectWithin(
      'key revoked',
      'identity.revoked',
      effective(task, 401, () => at.admin.post(path, { reason: 'left on a train' })),
    );
  });

  test('a key that was replaced is refused, and the new one works at once', async () => {
    const task = await usedTask();
    const { json } = await at.admin.post(pathOf`/api/v1/agents/${AGENT}/credentials/${task.credential}/rotate`, undefined);
    expect((await call(b.url, String(json['key']))).status).toBe(200);
    await expectWithin(
      'key rotated',
      'identity.revoked',
      effective(task, 401, async () => undefined),
    );
    expect((await call(b.url, String(json['key']))).status).toBe(200);
  });

  test('a revoked mandate allows nothing', async () => {
    const task = await usedTask();
    const path = pathOf`/api/v1/mandates/${task.mandate}/revoke`;
    await expectWithin(
      'mandate revoked',
      'mandate.revoked',
      effective(task, 400, () => at.admin.post(path, { reason: 'no longer needed' })),
    );
  });

  test.each([
    ['an agent', `agent:${AGENT}`],
    ['a team', 'team:payments'],
    ['everything', 'all'],
  ])('a kill switch of %s stops it, and cleared it goes on', async (_name, target) => {
    const task = await usedTask();
    const path = pathOf`/api/v1/kill-switches/${target}`;
    await expectWithin(
      `kill ${target} set`,
      'identity.killed',
      effective(task, 400, () => at.admin.put(path, { reason: 'something is wrong' })),
    );
    await expectWithin(
      `kill ${target} cleared`,
      undefined,
      effective(task, 200, () => at.admin.delete(path, { reason: 'it is right again' })),
    );
    // The node that was asked finds out by looking, like every other.
    await expect.poll(async () => (await call(at.server.url, task.key)).status, { timeout: 2_000 }).toBe(200);
  });

  test('the switch of another team stops nobody else', async () => {
    const task = await usedTask();
    const path = pathOf`/api/v1/kill-switches/${'team:docs'}`;
    await at.admin.put(path, { reason: 'something is wrong' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const url of [at.server.url, b.url]) expect((await call(url, task.key)).status).toBe(200);
    await at.admin.delete(path, { reason: 'it is right again' });
  });
});

test('each of these is on record', async () => {
  const types = new Map<string, number>();
  for (const { type } of await ledgerOf(at)) types.set(String(type), (types.get(String(type)) ?? 0) + 1);
  expect(Object.keys(measured)).toHaveLength(9);
  for (const type of [
    'credential.revoked',
    'credential.issued',
    'mandate.revoked',
    'kill.set',
    'kill.cleared',
    'identity.refused',
  ])
    expect([type, types.get(type) ?? 0]).toEqual([type, expect.toSatisfy((n: number) => n > 0)]);
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined) process.stderr.write(`${JSON.stringify(measured)}\n`);
});
