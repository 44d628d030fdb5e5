/** Approvals and break-glass over two nodes: used once, by the right people, for what was shown, for as long as was said. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/src/app.ts';
import { Client, pathOf, ProblemError } from '../../packages/server/src/client/index.ts';
import { bodyOf, call, codeOf } from '../support/calls.ts';
import { AGENT, editYaml, type Installation, ledgerOf, openInstallation, type TestTask } from '../support/installation.ts';

/** The starter's preview model: security approves each call. */
const PREVIEW = 'gpt-6-astra';
const GLASS_SECONDS = 4;

let at: Installation;
let b: RunningServer;
let grace: Client;
let graceAtB: Client;
let noor: Client;
let lin: Client;
let maya: Client;

beforeAll(async () => {
  at = await openInstallation({
    governance: (dir) =>
      editYaml(join(dir, 'countersign.yaml'), (root) => {
        root.set('hold', '1s');
        root.setIn(['approvalExpiry', 'break-glass'], `${GLASS_SECONDS}s`);
        root.setIn(['loop', 'repeats'], 1_000);
        const budgets = root.get('budgets') as {
          items: { get(name: string): unknown; set(name: string, value: unknown): void }[];
        };
        for (const line of budgets.items) if (line.get('unit') === 'requests') line.set('limit', 100_000);
        for (const line of budgets.items) if (line.get('unit') === 'concurrency') line.set('limit', 1_000);
      }),
  });
  b = await at.node();
  grace = await at.personClient('grace');
  graceAtB = await at.personClient('grace', b.url);
  noor = await at.personClient('noor', b.url);
  lin = await at.personClient('lin');
  maya = await at.personClient('maya');
});
afterAll(() => at?.close());

const preview = (text?: string) => ({ body: bodyOf('responses', { model: PREVIEW }, text) });

/** Asks until the hold ends, and gives the approval request that was opened. */
async function held(task: TestTask, text: string): Promise<{ id: string; shownDigest: string }> {
  const told = await call(at.server.url, task.key, preview(text));
  expect([told.status, codeOf(told)]).toEqual([400, 'approval.required']);
  const { error } = told.json as { error: { countersign: { approval: { id: string } } } };
  const { approval } = error.countersign;
  const { json } = await grace.get(pathOf`/api/v1/approvals/${approval.id}`);
  return { id: approval.id, shownDigest: String(json['shownDigest']) };
}

const verdict = (who: Client, { id, shownDigest }: { id: string; shownDigest: string }, answer = 'approve') =>
  who.post(pathOf`/api/v1/approvals/${id}/verdict`, { answer, reason: 'looked at it closely', shownDigest });

const problemOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return thrown instanceof ProblemError ? thrown.problem['code'] : thrown;
};

describe('an approval', () => {
  test('given once is used once, however often and wherever the request is repeated', async () => {
    const task = await at.task();
    const request = await held(task, 'the one request');
    await verdict(graceAtB, request);
    const seen = at.upstream.seen.length;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => call(n % 2 === 0 ? at.server.url : b.url, task.key, preview('the one request'))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(at.upstream.seen.length - seen).toBe(1);
    expect([...new Set(answers.filter(({ status }) => status !== 200).map(codeOf))].sort()).toEqual(
      expect.toSatisfy((codes: string[]) => codes.every((code) => ['approval.invalid', 'approval.required'].includes(code))),
    );
    expect((await grace.get(pathOf`/api/v1/approvals/${request.id}`)).json['state']).toBe('used');
    const used = (await ledgerOf(at)).filter(
      (entry) =>
        entry['type'] === 'decision' &&
        entry['approval'] === request.id &&
        (entry['decision'] as { answer: string }).answer === 'allow',
    );
    expect(used).toHaveLength(1);
  });

  test('opens nothing but what was shown: another text is held again', async () => {
    const task = await at.task();
    await verdict(grace, await held(task, 'a poem about trees'));
    const seen = at.upstream.seen.length;
    expect(codeOf(await call(b.url, task.key, preview('a poem about ports')))).toBe('approval.required');
    expect(at.upstream.seen.length).toBe(seen);
    expect((await call(b.url, task.key, preview('a poem about trees'))).status).toBe(200);
  });

  test('is not given by the person it is for, by another group, or for what was not seen', async () => {
    // Security may approve, and this task is for somebody of security.
    const { json } = await grace.post('/api/v1/tasks', { ...at.taskAsk } as never);
    const mandate = String((json['mandate'] as { id: string }).id);
    const issued = await at.admin.post(pathOf`/api/v1/agents/${AGENT}/credentials`, { mandate });
    const request = await held({ id: '', credential: '', mandate, key: String(issued.json['key']) }, 'on behalf of grace');
    expect(await problemOf(verdict(grace, request))).toBe('approval.forbidden');
    expect(await problemOf(verdict(lin, request))).toBe('approval.forbidden');
    expect(await problemOf(verdict(at.admin, request))).toBe('approval.forbidden');
    expect(await problemOf(verdict(noor, { ...request, shownDigest: 'f'.repeat(64) }))).toBe('approval.stale');
    expect((await grace.get(pathOf`/api/v1/approvals/${request.id}`)).json).toMatchObject({ state: 'open', verdicts: [] });
    expect((await verdict(noor, request)).json['state']).toBe('approved');
    expect(await problemOf(verdict(noor, request))).toBe('approval.closed');
  });

  test('of two who decide at once the first one counts', async () => {
    const request = await held(await at.task(), 'two verdicts');
    const both = await Promise.allSettled([verdict(grace, request), verdict(noor, request, 'deny')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { json } = await grace.get(pathOf`/api/v1/approvals/${request.id}`);
    expect(json['verdicts']).toHaveLength(1);
  });

  test('is no agent’s to give', async () => {
    const task = await at.task();
    const request = await held(task, 'by itself');
    expect(await problemOf(verdict(new Client({ url: b.url, key: task.key }), request))).toBe('identity.forbidden');
  });
});

describe('break-glass', () => {
  const open = (who: Client, gates: readonly string[]) =>
    who.post('/api/v1/break-glass', { agent: AGENT, gates: [...gates], reason: 'production is down' });

  test('opens its gate on every node for its time and no longer, and somebody else reviews it', async () => {
    const task = await at.task();
    expect(await problemOf(open(grace, ['preview-model']))).toBe('identity.forbidden');
    const { json: glass } = await open(lin, ['preview-model']);
    const opened = performance.now();
    await expect.poll(async () => (await call(b.url, task.key, preview())).status, { timeout: 2_000, interval: 50 }).toBe(200);
    // A limit stays: nobody may break the glass in front of it.
    const limited = await call(b.url, task.key, { ...preview(), headers: { 'x-countersign-data-class': 'restricted' } });
    expect([limited.status, codeOf(limited)]).toEqual([400, 'data.class-agent']);
    // And other gates do.
    const other = await call(b.url, task.key, { headers: { 'x-countersign-customer-data': 'true' } });
    expect(codeOf(other)).toBe('approval.required');
    await new Promise((resolve) => setTimeout(resolve, GLASS_SECONDS * 1_000 + 100 - (performance.now() - opened)));
    for (const url of [at.server.url, b.url]) expect(codeOf(await call(url, task.key, preview()))).toBe('approval.required');
    const path = pathOf`/api/v1/break-glass/${String(glass['id'])}/review`;
    const review = { verdict: 'justified', note: 'it was down indeed' };
    const pending = ((await at.admin.get('/api/v1/break-glass')).json['data'] as { id: string; review: unknown }[]).find(
      ({ id }) => id === glass['id'],
    );
    expect(pending?.review).toBeNull();
    expect(await problemOf(lin.post(path, review))).toBe('approval.forbidden');
    expect((await maya.post(path, review)).json['review']).toMatchObject({ by: 'maya', verdict: 'justified' });
    expect(await problemOf(maya.post(path, review))).toBe('request.conflict');
    const entries = (await ledgerOf(at)).map(({ type }) => String(type)).filter((type) => type.startsWith('break-glass'));
    expect(entries).toEqual(['break-glass.opened', 'break-glass.reviewed']);
  });

  test('does not open what no gate guards', async () => {
    const task = await at.task();
    await open(lin, ['preview-model', 'limit.data-class-agent', 'data.class-agent']);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const limited = await call(b.url, task.key, { headers: { 'x-countersign-data-class': 'restricted' } });
    expect(codeOf(limited)).toBe('data.class-agent');
  });
});
