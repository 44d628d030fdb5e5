import { expect, test } from 'vitest';
import type { SignedMandate } from '../ports/mandate.ts';
import type { TaskAsk } from '../ports/tasks.ts';
import { createTasks, mandateBytes } from './admit.ts';
import { AGENT, makeWorld } from './testing/world.ts';

const ASK: TaskAsk = {
  agent: AGENT.id,
  onBehalfOf: 'usr_ada',
  credential: 'crd_1',
  repository: 'payments-api',
  paths: ['src'],
  modules: [],
  changeClass: 'test',
  useCase: 'test-repair',
  ticket: 'PAY-1',
  capabilities: ['model'],
  actions: ['model.call'],
  estimateMicroUsd: 200_000,
  budgetMicroUsd: 500_000,
  dataClass: 'public',
  trace: 'a'.repeat(32),
};

function desk() {
  const world = makeWorld();
  const issued: SignedMandate[] = [];
  const signer = { keyId: 'key_1', sign: (bytes: Uint8Array) => `signed:${bytes.length}`, verify: () => true };
  const mandates = {
    insert: async (signed: SignedMandate) => void issued.push(signed),
    find: async () => undefined,
    list: async () => ({ data: [] }),
  };
  return { world, issued, tasks: createTasks({ deps: world.deps, road: world.road, mandates, signer }) };
}

test('an admitted task has a signed mandate, no wider than what was asked', async () => {
  const { tasks, issued } = desk();
  const admitted = await tasks.admit(ASK);
  const [signed] = issued;
  expect(admitted).toMatchObject({ ok: true, task: signed?.mandate.task, signed });
  expect(signed?.mandate).toMatchObject({
    agent: AGENT.id,
    role: 'editor',
    onBehalfOf: 'usr_ada',
    ticket: 'PAY-1',
    repository: 'payments-api',
    actions: ['model.call'],
    // The repository's class sticks, whatever was declared.
    dataClass: 'internal',
    budgetMicroUsd: 500_000,
    issuedAt: '2026-06-01T12:00:00.000Z',
    expiresAt: '2026-06-01T13:00:00.000Z',
  });
  expect(signed?.signature).toBe(`signed:${signed === undefined ? 0 : mandateBytes(signed.mandate).length}`);
  expect(admitted.answers.map(({ question, answer }) => [question, answer])).toEqual([
    ['repository', 'yes'],
    ['capabilities', 'yes'],
    ['budget', 'yes'],
    ['autonomy', 'yes'],
    ['human', 'no'],
  ]);
});

test('a task above its budget is refused with the answer that failed, and no mandate', async () => {
  const { tasks, issued } = desk();
  const admitted = await tasks.admit({ ...ASK, budgetMicroUsd: 9_000_000 });
  expect(admitted).toMatchObject({ ok: false, denial: { code: 'budget.exhausted', escalate: { group: 'team:finops' } } });
  expect(admitted.answers.find(({ question }) => question === 'budget')).toMatchObject({
    answer: 'no',
    reasons: ['The estimate is above what is left.'],
  });
  expect(issued).toEqual([]);
});

test('a longer life than the bundle allows is cut to what it allows', async () => {
  const { tasks, issued } = desk();
  await tasks.admit({ ...ASK, ttlMs: 86_400_000 });
  expect(issued[0]?.mandate.expiresAt).toBe('2026-06-01T13:00:00.000Z');
});

test.each([
  ['agent', { agent: 'nobody' }, 'There is no agent `nobody` in the registry.'],
  ['repository', { repository: 'nowhere' }, 'There is no repository `nowhere` in the registry.'],
  ['module', { modules: ['auth'] }, 'Repository `payments-api` has no module `auth`.'],
])('an unknown %s is a clear fault', async (_name, change, text) => {
  const { tasks } = desk();
  await expect(tasks.admit({ ...ASK, ...change })).rejects.toMatchObject({ code: 'request.unknown-entity', publicText: text });
});

test('a preview decides and leaves nothing behind', async () => {
  const { tasks, world, issued } = desk();
  const preview = await tasks.preview({ ...ASK, budgetMicroUsd: 9_000_000 });
  expect(preview.decision).toMatchObject({ answer: 'deny', code: 'budget.exhausted' });
  expect([world.entries, issued]).toEqual([[], []]);
});
