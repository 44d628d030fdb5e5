import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import type { WebhookRecord } from '../../ports/registry.ts';
import { createWebhookSender, secretReader } from './index.ts';
import { webhookHeaders, webhookKey } from './sign.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

describe('signing', () => {
  test('is what the reference library makes and takes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.stringMatching(/^[a-z0-9-]{1,40}$/),
        fc.json(),
        (bytes, id, body) => {
          const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
          const at = new Date();
          const timestamp = Math.floor(at.getTime() / 1_000);
          const headers = webhookHeaders([webhookKey(secret)], { id, timestamp, body });
          expect(headers['webhook-signature']).toBe(new Webhook(secret).sign(id, at, body));
          expect(() => new Webhook(secret).verify(body, headers, { jsonParse: false })).not.toThrow();
        },
      ),
      { numRuns: 50 },
    );
  });

  test('while a secret is replaced, both sign', () => {
    const other = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;
    const parts = { id: 'msg_1', timestamp: Math.floor(Date.now() / 1_000), body: '{}' };
    const headers = webhookHeaders([SECRET, other].map(webhookKey), parts);
    for (const secret of [SECRET, other]) expect(new Webhook(secret).verify('{}', headers)).toEqual({});
  });

  test.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'whsec_not base64!!', `whsec_${Buffer.alloc(65).toString('base64')}`])(
    '`%s` is no secret',
    (secret) => {
      expect(() => webhookKey(secret)).toThrow('A webhook secret is');
    },
  );
});

describe('secrets by reference', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'webhook-')), 'secret');
  writeFileSync(path, `${SECRET}\n`);
  const read = secretReader({ HOOK: SECRET, EMPTY: '' });

  test('come from the environment or a file', async () => {
    expect([await read('env:HOOK'), await read(`file:${path}`)]).toEqual([SECRET, SECRET]);
  });

  test.each(['env:NONE', 'env:EMPTY', 'file:/nowhere/at/all', SECRET])('`%s` cannot be read', async (reference) => {
    await expect(read(reference)).rejects.toMatchObject({
      code: 'config.invalid',
      publicText: 'A webhook secret cannot be read.',
    });
  });
});

describe('delivery', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  interface Got {
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }

  async function receiver(status: number, extra: Record<string, string> = {}) {
    const got: Got[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        if (status !== 0) response.writeHead(status, extra).end('thanks');
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
  }

  const sender = (timeoutMs = 1_000) =>
    createWebhookSender({
      clock: { now: () => Date.now() },
      secret: secretReader({ HOOK: SECRET }),
      version: '0.1.0',
      timeoutMs,
    });
  const hook = (url: string, secret = 'env:HOOK'): WebhookRecord => ({ id: 'chat', url, secret, events: ['approval.requested'] });
  const message = { id: 'msg_1', at: '2026-06-01T12:00:00.000Z', kind: 'approval.requested', body: { approval: 'apr_1' } };

  test('the receiver verifies what it got', async () => {
    const { got, url } = await receiver(204);
    const own = sender();
    expect(await own.send(hook(url), message)).toEqual({ ok: true });
    await own.close();
    const [{ headers, body }] = got as [Got];
    expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({
      type: 'approval.requested',
      timestamp: message.at,
      data: { approval: 'apr_1' },
    });
    expect([headers['webhook-id'], headers['content-type']]).toEqual(['msg_1', 'application/json']);
  });

  test.each([
    [500, false],
    [404, false],
    [410, true],
  ])('an answer of %i is a failure', async (status, permanent) => {
    const { url } = await receiver(status);
    expect(await sender().send(hook(url), message)).toEqual({ ok: false, permanent, reason: `the endpoint answered ${status}` });
  });

  test('a redirect is a failure, and is not followed', async () => {
    const elsewhere = await receiver(200);
    const { url } = await receiver(302, { location: elsewhere.url });
    expect([(await sender().send(hook(url), message)).ok, elsewhere.got]).toEqual([false, []]);
  });

  test('a receiver that never answers is given up after the timeout', async () => {
    const { url } = await receiver(0);
    expect(await sender(200).send(hook(url), message)).toMatchObject({ ok: false, permanent: false });
  });

  test.each([
    ['nobody listens', 'http://127.0.0.1:1/', 'env:HOOK', false],
    ['the secret is missing', 'http://127.0.0.1:1/', 'env:NONE', false],
    ['plain HTTP to another machine', 'http://hooks.example/', 'env:HOOK', true],
    ['a password in the URL', 'https://user:pass@hooks.example/', 'env:HOOK', true],
    ['no URL', 'hooks', 'env:HOOK', true],
  ])('%s: a failure, not an exception', async (_name, url, secret, permanent) => {
    const result = await sender().send(hook(url, secret), message);
    expect(result).toMatchObject({ ok: false, permanent });
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });
});
