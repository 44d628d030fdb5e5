/** Webhooks as receivers get them: within seconds, signed as Standard Webhooks say, each to whom it was promised, again until it is taken. */
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, bodyOf } from '../support/calls.ts';
import { AGENT, editYaml, type Installation, openInstallation } from '../support/installation.ts';

/** From the event to the receiver. */
const SOON_MS = 5_000;
const SECRETS = {
  chat: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  audit: `whsec_${Buffer.alloc(24, 9).toString('base64')}`,
} as const;

interface Received {
  readonly hook: keyof typeof SECRETS;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly at: number;
}

const received: Received[] = [];
/** Answers to come before the receiver takes anything. */
const refusals: number[] = [];
let receiver: Server;
let at: Installation;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const refusal = refusals.shift();
      if (refusal === undefined)
        received.push({
          hook: request.url === '/chat' ? 'chat' : 'audit',
          headers: request.headers as Record<string, string>,
          body: Buffer.concat(parts).toString('utf8'),
          at: performance.now(),
        });
      response.writeHead(refusal ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  at = await openInstallation({
    governance: (dir) => {
      for (const [name, secret] of Object.entries(SECRETS))
        writeFileSync(join(dir, '..', `${name}.secret`), `${secret}\n`, { mode: 0o600 });
      editYaml(join(dir, 'countersign.yaml'), (root) => {
        root.set('hold', '100ms');
        root.set('webhooks', [
          { id: 'chat', url: `${url}/chat`, secret: `file:${join(dir, '..', 'chat.secret')}`, events: ['approval.*'] },
          {
            id: 'audit',
            url: `${url}/audit`,
            secret: `file:${join(dir, '..', 'audit.secret')}`,
            events: ['kill.set', 'break-glass.opened'],
          },
        ]);
      });
    },
  });
});
afterAll(async () => {
  await at?.close();
  receiver?.close();
});

interface Event {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

/** What the receiver's own library makes of it. @throws when the signature does not hold */
const verified = ({ hook, headers, body }: Received): Event => new Webhook(SECRETS[hook]).verify(body, headers) as Event;

const of = (type: string): Received[] => received.filter((one) => JSON.parse(one.body).type === type);

test('a request for approval is told within seconds, with the link, and so is the verdict', async () => {
  const task = await at.task();
  const start = performance.now();
  await call(at.server.url, task.key, { body: bodyOf('responses', { model: 'gpt-6-astra' }) });
  await expect.poll(() => of('approval.requested').length, { timeout: SOON_MS }).toBe(1);
  const [told] = of('approval.requested') as [Received];
  if (process.env['COUNTERSIGN_FIGURES'] !== undefined)
    process.stderr.write(`approval told after ${Math.round(told.at - start)} ms\n`);
  const event = verified(told);
  expect([told.hook, event.type]).toEqual(['chat', 'approval.requested']);
  const grace = await at.personClient('grace');
  const [approval] = (await grace.get('/api/v1/approvals', { state: 'open' })).json['data'] as Record<string, unknown>[];
  expect(JSON.stringify(event.data)).toContain(String(approval?.['id']));
  await grace.post(`/api/v1/approvals/${String(approval?.['id'])}/verdict`, {
    answer: 'deny',
    reason: 'not this one',
    shownDigest: String(approval?.['shownDigest']),
  });
  await expect.poll(() => of('approval.decided').length, { timeout: SOON_MS }).toBe(1);
  expect(verified(of('approval.decided')[0] as Received).type).toBe('approval.decided');
});

test('a changed body, a changed time and another secret do not verify', () => {
  const [told] = of('approval.requested') as [Received];
  expect(() => verified({ ...told, body: told.body.replace('approval', 'Approval') })).toThrow();
  expect(() => verified({ ...told, hook: 'audit' })).toThrow();
  expect(() =>
    verified({ ...told, headers: { ...told.headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) + 1) } }),
  ).toThrow();
});

test('each hook gets what it asked for and nothing else', async () => {
  await at.admin.put('/api/v1/kill-switches/team:docs', { reason: 'a drill' });
  await at.admin.post('/api/v1/break-glass', { agent: AGENT, gates: ['preview-model'], reason: 'a drill as well' });
  await expect.poll(() => received.filter(({ hook }) => hook === 'audit').length, { timeout: SOON_MS }).toBe(2);
  expect(
    received
      .filter(({ hook }) => hook === 'audit')
      .map((one) => verified(one).type)
      .sort(),
  ).toEqual(['break-glass.opened', 'kill.set']);
  expect(new Set(received.filter(({ hook }) => hook === 'chat').map((one) => verified(one).type))).toEqual(
    new Set(['approval.requested', 'approval.decided']),
  );
});

test('what is not taken is sent again, under the same id', async () => {
  refusals.push(500);
  const before = received.length;
  await at.admin.delete('/api/v1/kill-switches/team:docs', { reason: 'the drill is over' });
  await at.admin.put('/api/v1/kill-switches/team:docs', { reason: 'another drill' });
  await expect.poll(() => received.length, { timeout: 20_000 }).toBe(before + 1);
  expect(verified(received.at(-1) as Received).data).toMatchObject({});
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(received.length);
});
