import { generateKeyPairSync } from 'node:crypto';
import { Agent, get } from 'node:http';
import { expect, test } from 'vitest';
import { mintAuthority } from '../adapters/egress/mint.ts';
import { type Handlers, listen } from './http.ts';

const elsewhere = { matches: () => false, handle: () => undefined, upgrade: () => undefined };
const handlersOf = (api: Handlers['api']): Handlers =>
  ({ model: elsewhere, tool: elsewhere, hooks: elsewhere, telemetry: elsewhere, command: elsewhere, api }) as unknown as Handlers;

test('a connection that its client keeps after the last answer keeps nobody waiting', async () => {
  let finish: () => void = () => undefined;
  const listener = await listen(
    handlersOf((_req, res) => {
      res.write('one');
      finish = () => res.end('two');
    }),
    { host: '127.0.0.1', port: 0 },
  );
  const agent = new Agent({ keepAlive: true });
  const answer = new Promise<string>((resolve, reject) => {
    get(listener.url, { agent }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      res.once('data', () => resolve(text));
      res.on('end', () => ended(text));
    }).on('error', reject);
  });
  let ended: (text: string) => void = () => undefined;
  const whole = new Promise<string>((resolve) => {
    ended = resolve;
  });
  expect(await answer).toBe('one');
  const began = performance.now();
  const closed = listener.close(60_000);
  finish();
  expect(await whole).toBe('onetwo');
  await closed;
  expect(performance.now() - began).toBeLessThan(5_000);
  agent.destroy();
});

test('what does not end is ended after the grace', async () => {
  const listener = await listen(
    handlersOf((_req, res) => void res.write('one')),
    { host: '127.0.0.1', port: 0 },
  );
  const cut = new Promise<string>((resolve) => {
    get(listener.url, (res) => {
      res.on('error', (error) => resolve(error.message));
      res.resume();
      void listener.close(100);
    });
  });
  expect(await cut).toContain('aborted');
});

test.each([
  ['127.0.0.1', true],
  ['0.0.0.0', true],
  ['127.0.0.2', false],
])('listening on %s, plain HTTP to 127.0.0.1 comes here: %s', async (host, isOnLoopback) => {
  const listener = await listen(
    handlersOf(() => undefined),
    { host, port: 0 },
  );
  expect(listener.isOnLoopback).toBe(isOnLoopback);
  await listener.close(0);
});

test('with TLS it does not', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [from, to] = [Date.now() - 60_000, Date.now() + 60_000];
  const cert = Buffer.from(mintAuthority({ name: 'test', key: privateKey, from, to }));
  const key = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const listener = await listen(
    handlersOf(() => undefined),
    { host: '127.0.0.1', port: 0, tls: { cert, key } },
  );
  expect(listener.isOnLoopback).toBe(false);
  await listener.close(0);
});
