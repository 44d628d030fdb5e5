/** One revision at a time: applied on one node, in force on the other within two seconds, whole for every request; a broken one nowhere. */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/src/app.ts';
import { type Client, ProblemError } from '../../packages/server/src/client/index.ts';
import { readDirectory } from '../../packages/server/src/config/read/files.ts';
import { bodyOf, call } from '../support/calls.ts';
import { editYaml, type Installation, ledgerOf, openInstallation, type TestTask } from '../support/installation.ts';

/** The promise. */
const EFFECTIVE_MS = 2_000;

/** No case of the starter is about it. */
const MODEL = 'claude-opus-4-7';

let at: Installation;
let b: RunningServer;
let adminB: Client;
let task: TestTask;

beforeAll(async () => {
  at = await openInstallation({ governance: (dir) => roomy(dir) });
  b = await at.node();
  adminB = await at.personClient('ada', b.url);
  task = await at.task();
});
afterAll(() => at?.close());

/** More requests a minute than the starter allows: this is not about them. */
function roomy(dir: string): void {
  editYaml(join(dir, 'countersign.yaml'), (root) => {
    const budgets = root.get('budgets') as { items: { get(name: string): unknown; set(name: string, value: unknown): void }[] };
    for (const line of budgets.items)
      if (['requests', 'concurrency'].includes(String(line.get('unit')))) line.set('limit', 100_000);
  });
}

const policies = () => join(at.governance, 'policies/60-test.cedar');
/** A limit that every model call meets, so that the answer says at once which revision decided it. */
const closing = (
  reason: string,
): string => `@id("limit.closed") @layer("limit") @reason("${reason}") @owner("team:platform") @escalate("team:platform")
@message("Closed for the test.") forbid (principal is Countersign::Agent, action == Countersign::Action::"model.call", resource)
when { context.useCase == "code-maintenance" && context.ticketless };
`;

async function apply(): Promise<string> {
  const { json } = await at.admin.get('/api/v1/bundles/current');
  const applied = await at.admin.post('/api/v1/bundles/apply', {
    files: await readDirectory(at.governance),
    expect: String(json['revision']),
  });
  return String(applied.json['revision']);
}

const revisionAtB = async (): Promise<string> =>
  String((await adminB.get('/api/v1/agents/payments-test-repair-editor-dev')).json['revision']);

test('a revision applied on one node is in force on the other within two seconds, and no request sees two', async () => {
  const before = await revisionAtB();
  editYaml(join(at.governance, `models/${MODEL}.yaml`), (root) => root.set('enabled', false));
  const answers: { readonly ms: number; readonly status: number }[] = [];
  let over = false;
  const start = performance.now();
  const caller = async (url: string): Promise<void> => {
    while (!over) {
      const told = await call(url, task.key, { wire: 'messages', body: bodyOf('messages', { model: MODEL }) });
      answers.push({ ms: performance.now() - start, status: told.status });
    }
  };
  const callers = [at.server.url, b.url, b.url].map(caller);
  let revision = '';
  let ms = 0;
  try {
    revision = await apply();
    const applied = performance.now();
    await expect.poll(revisionAtB, { timeout: EFFECTIVE_MS, interval: 20 }).toBe(revision);
    ms = performance.now() - applied;
  } finally {
    over = true;
    await Promise.all(callers);
  }
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined)
    process.stderr.write(`bundle in force on the other node after ${Math.round(ms)} ms\n`);
  expect(ms).toBeLessThan(EFFECTIVE_MS);
  expect((await call(b.url, task.key, { wire: 'messages', body: bodyOf('messages', { model: MODEL }) })).status).toBe(403);
  // Old or new, nothing else, and each decision names the revision that its answer is from.
  expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([200, 403]);
  const decided = (await ledgerOf(at)).flatMap((entry) =>
    entry['type'] === 'decision' && entry['action'] === 'model.call'
      ? [entry['decision'] as { revision: string; answer: string }]
      : [],
  );
  expect(new Set(decided.map(({ revision: by, answer }) => `${by} ${answer}`))).toEqual(
    new Set([`${before} allow`, `${revision} deny`]),
  );
});

test.each([
  ['a policy that does not parse', () => appendFileSync(policies(), 'forbid (principal, action'), () => rmSync(policies())],
  [
    'a policy that asks for what does not exist',
    () => appendFileSync(policies(), closing('test.closed')),
    () => rmSync(policies()),
  ],
  [
    'a registry file with an unknown key',
    () => editYaml(join(at.governance, 'models/gpt-5.5.yaml'), (root) => root.set('surprise', true)),
    () => editYaml(join(at.governance, 'models/gpt-5.5.yaml'), (root) => root.delete('surprise')),
  ],
  ['YAML that is none', () => appendFileSync(join(at.governance, 'countersign.yaml'), '\n\t- : {'), undefined],
])('%s changes nothing on either node', async (_name, breakIt, mend) => {
  const before = await revisionAtB();
  const entries = (await ledgerOf(at)).filter(({ type }) => type === 'bundle.applied').length;
  breakIt();
  const refused = await apply().catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(ProblemError);
  expect((refused as ProblemError).problem).toMatchObject({ status: 422, code: 'bundle.invalid' });
  await new Promise((resolve) => setTimeout(resolve, 700));
  const current = await at.admin.get('/api/v1/bundles/current');
  expect([current.json['revision'], await revisionAtB()]).toEqual([before, before]);
  expect((await ledgerOf(at)).filter(({ type }) => type === 'bundle.applied')).toHaveLength(entries);
  mend?.();
});

test('of two that plan against the same revision one is refused', async () => {
  const current = await at.admin.get('/api/v1/bundles/current');
  const files = current.json['files'] as Record<string, string>;
  const expect_ = String(current.json['revision']);
  const variant = (hold: string) => ({
    ...files,
    'countersign.yaml': (files['countersign.yaml'] ?? '').replace(/hold: \w+/, `hold: ${hold}`),
  });
  const both = await Promise.allSettled([
    at.admin.post('/api/v1/bundles/apply', { files: variant('11s'), expect: expect_ }),
    adminB.post('/api/v1/bundles/apply', { files: variant('12s'), expect: expect_ }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const lost = both.find((one) => one.status === 'rejected')?.reason as ProblemError;
  expect(lost.problem['code']).toBe('bundle.stale');
});
