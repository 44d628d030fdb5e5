/** A node that dies in the middle of an answer: another one ends its acts, charges them in full, and the ledger verifies. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyOf, PATHS } from '../support/calls.ts';
import { budgetsOf, type Installation, ledgerOf, openInstallation, verifyLedger } from '../support/installation.ts';

/** Heartbeat, time to live and a round, and some. */
const RECOVERED_MS = 10_000;

let at: Installation;

beforeAll(async () => {
  at = await openInstallation({
    script: () => ({
      mode: 'slow',
      delayMs: 400,
      reply: { text: 'one two three four five six seven eight nine ten eleven twelve' },
    }),
  });
});
afterAll(() => at?.close());

interface Entry {
  readonly type: string;
  readonly mandate?: string;
  readonly decision?: { readonly id: string; readonly answer: string };
  readonly reservation?: { readonly microUsd: number };
  readonly outcome?: { readonly decision: string; readonly status: string; readonly code?: string };
}

test('its open acts end as unknown within ten seconds, charged in full', async () => {
  const task = await at.task();
  const doomed = await at.nodeProcess('doomed');
  const response = await fetch(doomed.url + PATHS.responses, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${task.key}` },
    body: JSON.stringify(bodyOf('responses', { stream: true, max_output_tokens: 2_000 })),
  });
  const reader = response.body?.getReader();
  await reader?.read();
  const own = async (): Promise<Entry[]> =>
    ((await ledgerOf(at)) as unknown as Entry[]).filter(({ mandate }) => mandate === task.mandate);
  expect((await own()).filter(({ type }) => type === 'outcome')).toEqual([]);
  const [held] = await budgetsOf(at, `mandate:${task.mandate}`);
  expect(held?.reserved).toBeGreaterThan(0);
  await doomed.kill();
  const killed = performance.now();
  await expect
    .poll(async () => (await own()).filter(({ type }) => type === 'outcome').length, { timeout: RECOVERED_MS, interval: 100 })
    .toBe(1);
  const ms = Math.round(performance.now() - killed);
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined) process.stderr.write(`recovered after ${ms} ms\n`);
  const entries = await own();
  const decision = entries.find(({ type, reservation }) => type === 'decision' && reservation !== undefined);
  expect(entries.find(({ type }) => type === 'outcome')?.outcome).toEqual({
    decision: decision?.decision?.id,
    status: 'unknown',
    code: 'owner-lost',
  });
  const [row] = await budgetsOf(at, `mandate:${task.mandate}`);
  expect([row?.reserved, row?.spent]).toEqual([0, decision?.reservation?.microUsd]);
  expect(row?.spent).toBe(held?.reserved);
  // The client's stream is cut, and nothing tells it that all went well.
  const rest: string[] = [];
  const cut = await (async () => {
    for (;;) {
      const part = await reader?.read();
      if (part === undefined || part.done) return 'ended';
      rest.push(Buffer.from(part.value).toString('utf8'));
    }
  })().catch(() => 'cut');
  expect([cut, rest.join('').includes('response.completed')]).toEqual(['cut', false]);
  const report = await verifyLedger(at);
  expect([report.ok, report.levels.flatMap(({ findings }) => findings)]).toEqual([true, []]);
  expect((await ledgerOf(at)).filter(({ type }) => type === 'node.recovered')).toHaveLength(1);
});
