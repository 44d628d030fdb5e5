/** Budgets over three nodes, through the model door: never overspent, and the ledger says to the micro-dollar what the provider said. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cedarText } from '../../packages/server/src/adapters/cedar/index.ts';
import { buildBundle } from '../../packages/server/src/config/build/build.ts';
import { readDirectory } from '../../packages/server/src/config/read/files.ts';
import { bodyOf, call, codeOf, type Told } from '../support/calls.ts';
import { budgetsOf, editYaml, type Installation, ledgerOf, openInstallation } from '../support/installation.ts';

const CALLERS = 64;
/** A call takes a place for longer than all callers need to arrive. */
const HELD_MS = 2_500;

let at: Installation;
let urls: string[];

beforeAll(async () => {
  at = await openInstallation({ governance: room });
  urls = [at.server.url, (await at.node()).url, (await at.node()).url];
});
afterAll(() => at?.close());

interface Line {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}

function room(dir: string): void {
  editYaml(join(dir, 'countersign.yaml'), (root) => {
    const budgets = root.get('budgets') as { items: Line[] };
    for (const line of budgets.items) {
      if (line.get('unit') === 'requests') line.set('limit', 100_000);
      if (line.get('unit') === 'concurrency') line.set('limit', 1_000);
    }
    // Callers here do not give up.
    (root.get('loop') as Line).set('repeats', 10_000);
  });
}

/** Raises or lowers one line for everybody, on all nodes. */
async function setLine(unit: string, scope: string, limit: number): Promise<void> {
  editYaml(join(at.governance, 'countersign.yaml'), (root) => {
    const budgets = root.get('budgets') as { items: Line[] };
    for (const line of budgets.items) if (line.get('unit') === unit && line.get('scope') === scope) line.set('limit', limit);
  });
  const { json } = await at.admin.get('/api/v1/bundles/current');
  const { json: applied } = await at.admin.post('/api/v1/bundles/apply', {
    files: await readDirectory(at.governance),
    expect: String(json['revision']),
  });
  for (const url of urls.slice(1)) {
    const client = await at.personClient('ada', url);
    await expect
      .poll(async () => (await client.get('/api/v1/agents/payments-test-repair-editor-dev')).json['revision'], { timeout: 5_000 })
      .toBe(applied['revision']);
  }
}

interface Outcome {
  readonly type: string;
  readonly mandate?: string;
  readonly decision?: { readonly id: string; readonly answer: string; readonly code: string };
  readonly outcome?: { readonly status: string };
  readonly cost?: {
    readonly microUsd: number;
    readonly inputTokens: number;
    readonly cacheReadTokens: number;
    readonly outputTokens: number;
    readonly usage: string;
  };
}

describe('money', () => {
  test('one small mandate, 64 callers on three nodes: never overspent, and equal to what the provider reported', async () => {
    // Usage that is never the same twice, and never more than what was reserved.
    at.upstream.script = (_seen, index) => ({
      delayMs: 5 + (index % 7) * 10,
      reply: { text: 'Done.', usage: { input: 20 + (index % 11), output: 100 + (index % 53) } },
    });
    const limit = 100_000;
    const task = await at.task({ budgetMicroUsd: limit, estimateMicroUsd: limit });
    const seen = at.upstream.seen.length;
    const answers: Told[] = [];
    const caller = async (n: number): Promise<void> => {
      for (let round = 0; round < 6; round++) answers.push(await call(urls[(n + round) % urls.length] ?? '', task.key));
    };
    let over = false;
    const watch = (async () => {
      while (!over) {
        for (const { spent, reserved } of await budgetsOf(at, `mandate:${task.mandate}`))
          expect(spent + reserved).toBeLessThanOrEqual(limit);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await Promise.all(Array.from({ length: CALLERS }, (_, n) => caller(n)));
    over = true;
    await watch;
    const good = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(good.length).toBe(at.upstream.seen.length - seen);
    expect(good.length).toBeGreaterThan(10);
    // The kernel's own limit speaks first where nothing is left; the reservation where somebody else was faster.
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['budget.exceeded', 'budget.exhausted']));
    const own = ((await ledgerOf(at)) as unknown as Outcome[]).filter(({ mandate }) => mandate === task.mandate);
    const costs = own.flatMap(({ type, cost }) => (type === 'outcome' && cost !== undefined ? [cost] : []));
    const charged = costs.reduce((sum, { microUsd }) => sum + microUsd, 0);
    expect(costs).toHaveLength(good.length);
    expect(costs.every(({ usage }) => usage === 'provider')).toBe(true);
    // The provider's own figures, at the prices of the catalogue.
    const reported = good.map(({ json }) => json?.['usage'] as { input_tokens: number; output_tokens: number });
    const prices = await priceOf();
    const total = reported.reduce(
      (sum, { input_tokens: input, output_tokens: output }) =>
        sum + Math.ceil((input * prices.input + output * prices.output) / 1e6),
      0,
    );
    expect(charged).toBe(total);
    expect(charged).toBeLessThanOrEqual(limit);
    const [row] = await budgetsOf(at, `mandate:${task.mandate}`);
    expect(row).toMatchObject({ spent: charged, reserved: 0, limit });
    // Nobody can do anything with what is left.
    expect(own.filter(({ decision }) => decision?.answer === 'deny').length).toBe(refused.length);
  });
});

/** What the model's own entry says a token costs. */
async function priceOf(): Promise<{ input: number; output: number }> {
  const built = await buildBundle(await readDirectory(at.governance), { cedar: cedarText });
  const prices = built.ok ? built.snapshot.models.get('gpt-5.5')?.prices : undefined;
  if (prices === undefined) throw new Error('no prices');
  return prices;
}

describe('calls', () => {
  test('no more at once than the line says, over all nodes', async () => {
    await setLine('concurrency', 'agent:*', 5);
    let now = 0;
    let most = 0;
    at.upstream.script = () => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => (now -= 1), HELD_MS);
      return { delayMs: HELD_MS, reply: { text: 'Done.' } };
    };
    const task = await at.task();
    const answers = await Promise.all(Array.from({ length: CALLERS }, (_, n) => call(urls[n % urls.length] ?? '', task.key)));
    const good = answers.filter(({ status }) => status === 200).length;
    expect(most).toBe(5);
    expect(good).toBe(5);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(codeOf))).toEqual(new Set(['budget.exceeded']));
    // A place that was given back is free again.
    await expect.poll(async () => (await call(urls[1] ?? '', task.key)).status).toBe(200);
    await setLine('concurrency', 'agent:*', 1_000);
  });

  test('one after the other is never two at once', async () => {
    await setLine('concurrency', 'agent:*', 1);
    at.upstream.script = () => ({ reply: { text: 'Done.' } });
    const task = await at.task();
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 30; n++)
      codes.push(
        codeOf(await call(urls[n % urls.length] ?? '', task.key, { body: { ...bodyOf('responses'), stream: n % 2 === 0 } })),
      );
    await setLine('concurrency', 'agent:*', 1_000);
    expect(codes).toEqual(Array(30).fill(undefined));
  });

  test('no more a minute than the line says, over all nodes', async () => {
    at.upstream.script = () => ({ reply: { text: 'Done.' } });
    const task = await at.task();
    const minute = () => Math.floor(Date.now() / 60_000);
    for (let round = 0; ; round++) {
      // A minute that turns in between would rightly let more through: such a round proves nothing and is made again.
      const left = 60_000 - (Date.now() % 60_000);
      if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left + 500));
      const began = minute();
      const before = (await budgetsOf(at, 'agent:payments-test-repair-editor-dev')).find(
        ({ unit, starts }) => unit === 'requests' && Math.floor(Date.parse(starts) / 60_000) === began,
      );
      await setLine('requests', 'agent:*', (before?.spent ?? 0) + 7);
      const seen = at.upstream.seen.length;
      const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => call(urls[n % urls.length] ?? '', task.key)));
      const good = answers.filter(({ status }) => status === 200).length;
      expect(at.upstream.seen.length - seen).toBe(good);
      if (minute() !== began) {
        expect(round).toBeLessThan(3);
        continue;
      }
      expect(good).toBe(7);
      const denied = answers.find(({ status }) => status !== 200);
      expect([denied?.status, denied === undefined ? '' : codeOf(denied)]).toEqual([400, 'budget.exceeded']);
      return;
    }
  });
});
