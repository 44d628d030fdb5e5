/** Real clients through the door, and the origin's own log against what was recorded. */
import { afterEach, expect, test } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DoorStage, type DoorTerms, openDoor, openOrigin, type Origin, runClient } from './stage.ts';
import type { RequestListener } from 'node:http';

const open: { close(): Promise<void> }[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'egress-'));
  folders.push(made);
  return made;
}

async function stage(answer: RequestListener, terms: (origin: Origin) => DoorTerms): Promise<{ origin: Origin; door: DoorStage }> {
  const origin = await openOrigin(answer);
  open.push(origin);
  const door = await openDoor(terms(origin));
  open.push(door);
  return { origin, door };
}

const hello: RequestListener = (_req, res) => {
  res.end('hello');
};

const allowed = (origin: Origin, more: object = {}): DoorTerms => ({
  rules: [{ host: 'allowed.test', ports: [origin.port, origin.securePort], private: true, ...more }],
  roots: [origin.root],
});

test('curl gets a plain page through the proxy, and the record has it with its bytes', async () => {
  const { origin, door } = await stage(hello, allowed);
  const ran = await runClient('curl', ['-sS', '-x', `http://127.0.0.1:${door.proxy}`, `http://allowed.test:${origin.port}/a?b=c`]);
  expect(ran).toEqual({ code: 0, stdout: 'hello', stderr: '' });
  await door.serving.close();
  expect(origin.hits.map(({ method, url }) => [method, url])).toEqual([['GET', '/a?b=c']]);
  expect(door.gate.outcomes.map(({ rule, outcome: { mode, status, end, target } }) => ({ rule, mode, status, end, target }))).toEqual([
    {
      rule: 'rule-0',
      mode: 'plain',
      status: 200,
      end: 'done',
      target: { host: 'allowed.test', port: origin.port, scheme: 'http', method: 'GET', path: '/a' },
    },
  ]);
});

test.each(['opaque', 'inspect'] as const)('curl gets a page over TLS, %s', async (tls) => {
  const { origin, door } = await stage(hello, (made) => allowed(made, { tls }));
  const ca = join(await folder(), 'ca.pem');
  await writeFile(ca, tls === 'inspect' ? (door.serving.ca ?? '') : origin.root);
  const ran = await runClient('curl', ['-sS', '--cacert', ca, '-x', `http://127.0.0.1:${door.proxy}`, `https://allowed.test:${origin.securePort}/x`]);
  expect(ran).toEqual({ code: 0, stdout: 'hello', stderr: '' });
  await door.serving.close();
  expect(door.gate.outcomes.map(({ outcome: { mode, end } }) => [mode, end])).toEqual([[tls === 'inspect' ? 'inspected' : 'opaque', 'done']]);
  expect(door.gate.refusals).toEqual([]);
});
