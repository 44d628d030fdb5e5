import { describe, expect, test } from 'vitest';
import type { BundleSnapshot, WebhookRecord } from '../../ports/registry.ts';
import type { Delivered, DueMessage } from '../../ports/webhook.ts';
import { ATTEMPTS_MAX, createWebhookJob, RETRY_MS, retryAfter } from './index.ts';

const hook = (id: string, events = ['approval.requested']): WebhookRecord => ({
  id,
  url: 'https://hooks.example/',
  secret: 'env:HOOK',
  events,
});
const message = (id: string, changes: Partial<DueMessage> = {}): DueMessage => ({
  org: 'acme',
  id,
  kind: 'approval.requested',
  body: {},
  attempts: 0,
  ...changes,
});

function job(hooks: readonly WebhookRecord[], due: DueMessage[], answer: (hook: string, message: string) => Delivered) {
  const seen = { sent: [] as string[], delivered: [] as string[], failed: [] as [string, number | null, string][], given: 0 };
  const snapshot = { webhooks: hooks } as unknown as BundleSnapshot;
  const world = { snapshot: snapshot as BundleSnapshot | undefined, broken: false };
  const own = createWebhookJob({
    outbox: {
      async claimOutbox(limit) {
        if (world.broken) throw new Error('the store is gone');
        return due.splice(0, limit);
      },
      markDelivered: async (_org, id) => void seen.delivered.push(id),
      markFailed: async (_org, id, retryMs, reason) => void seen.failed.push([id, retryMs, reason]),
    },
    sender: {
      async send({ id }, delivery) {
        seen.sent.push(`${id}:${delivery.id}`);
        return answer(id, delivery.id);
      },
    },
    snapshots: { current: () => world.snapshot },
    clock: { now: () => 0 },
    log: { info: () => undefined, warn: () => undefined, error: () => void seen.given++ },
    random: () => 0,
    pollMs: 5,
  });
  return { own, seen, world };
}

const ok = (): Delivered => ({ ok: true });
const no = (permanent = false): Delivered => ({ ok: false, permanent, reason: 'the endpoint answered 500' });

describe('sending what is due', () => {
  test('goes to every endpoint that wants it, and to no other', async () => {
    const hooks = [hook('chat'), hook('siem', ['*']), hook('pager', ['kill.set'])];
    const { own, seen } = job(hooks, [message('m1')], ok);
    expect(await own.once()).toBe(1);
    expect([seen.sent.sort(), seen.delivered]).toEqual([['chat:m1', 'siem:m1'], ['m1']]);
  });

  test.each([
    ['approval.*', 'approval.requested', true],
    ['approval.*', 'approvals.requested', false],
    ['approval.*', 'approval', false],
    ['kill.*', 'approval.requested', false],
    ['approval.requested', 'approval.requested.again', false],
    ['*', 'break-glass.opened', true],
  ])('%s takes %s: %s', async (pattern, kind, wanted) => {
    const { own, seen } = job([hook('chat', [pattern])], [message('m1', { kind })], ok);
    await own.once();
    expect(seen.sent).toEqual(wanted ? ['chat:m1'] : []);
  });

  test('what nobody wants is done', async () => {
    const { own, seen } = job([], [message('m1')], ok);
    await own.once();
    expect([seen.sent, seen.delivered]).toEqual([[], ['m1']]);
  });

  test('a failure is tried again later, and only where it failed', async () => {
    let fail = true;
    const due = [message('m1')];
    const { own, seen } = job([hook('chat'), hook('siem')], due, (id) => (id === 'siem' && fail ? no() : ok()));
    await own.once();
    expect(seen.failed).toEqual([['m1', RETRY_MS[0], 'siem: the endpoint answered 500']]);
    fail = false;
    due.push(message('m1', { attempts: 1 }));
    await own.once();
    expect([seen.sent, seen.delivered]).toEqual([['chat:m1', 'siem:m1', 'siem:m1'], ['m1']]);
  });

  test('is given up after the last try, or at once when the endpoint is gone', async () => {
    const last = job([hook('chat')], [message('m1', { attempts: ATTEMPTS_MAX - 1 })], () => no());
    await last.own.once();
    const gone = job([hook('chat')], [message('m2')], () => no(true));
    await gone.own.once();
    expect([last.seen.failed[0]?.slice(0, 2), gone.seen.failed[0]?.slice(0, 2), last.seen.given + gone.seen.given]).toEqual([
      ['m1', null],
      ['m2', null],
      2,
    ]);
  });

  test('waits while no bundle is in force', async () => {
    const { own, seen, world } = job([hook('chat')], [message('m1')], ok);
    world.snapshot = undefined;
    await own.once();
    expect([seen.sent, seen.failed]).toEqual([[], [['m1', RETRY_MS[0], 'no bundle is in force']]]);
  });

  test('goes on after the store failed, and stops when it is told', async () => {
    const due = [message('m1')];
    const { own, seen, world } = job([hook('chat')], due, ok);
    world.broken = true;
    own.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    world.broken = false;
    await expect.poll(() => seen.delivered).toEqual(['m1']);
    await own.stop();
    due.push(message('m2'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.delivered).toEqual(['m1']);
  });
});

test('the schedule grows to over a day, then ends', () => {
  const waits = Array.from({ length: ATTEMPTS_MAX }, (_, attempts) => retryAfter(attempts, 0));
  expect(waits.at(-1)).toBeNull();
  const known = waits.filter((wait) => wait !== null);
  expect(known).toEqual([...known].sort((a, b) => a - b));
  expect(known.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(24 * 3_600_000);
  expect(retryAfter(0, 1)).toBe((RETRY_MS[0] ?? 0) * 1.2);
});
