/** Commands with a network: only through the door, only where the profile says, and on record. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerOf } from '../support/installation.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let origin: Server;
let port = 0;
const seen: string[] = [];

beforeAll(async () => {
  origin = createServer((req, res) => {
    seen.push(req.url ?? '');
    res.end('from outside\n');
  });
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  ({ port } = origin.address() as AddressInfo);
  // An address at which the network door, which dials 127.0.0.1 for our own doors, does not find the listener.
  stage = await Stage.open({ server: { host: '127.0.0.2' } });
}, 180_000);
afterAll(async () => {
  await stage?.close();
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
});

const run = (script: string, rules: string) =>
  stage.argv(['sh', '-c', script], {
    key: stage.adminKey,
    profile: { file: 'net.yaml', text: `name: net\nabout: for a test\nnetwork: door\negress:\n  rules: [${rules}]\n` },
  });
const fetched = (path: string) => `curl -sS -m 20 --noproxy '' http://127.0.0.1:${port}${path}`;

test('what the profile lists is reached, counted and on record; nothing else is', async () => {
  const rule = `{ hosts: ['127.0.0.1'], ports: [${port}], private: true, paths: [/open/] }`;
  const ran = await run(
    `${fetched('/open/a')}; ${fetched('/closed')} -o /dev/null -w '%{http_code}\\n'; getent hosts example.org || echo no name`,
    rule,
  );
  expect([ran.end['exit'], ran.stdout]).toEqual([0, 'from outside\n403\nno name\n']);
  expect(seen).toEqual(['/open/a']);
  const receipt = ran.end['receipt'] as { egress: { connections: number; denied: number; downloadBytes: number } };
  expect(receipt.egress).toMatchObject({ connections: expect.any(Number) as number, denied: expect.any(Number) as number });
  expect(receipt.egress.denied).toBeGreaterThan(0);
  const actions = (await ledgerOf(stage.at)).filter(({ type }) => type === 'decision').map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining([expect.stringMatching(/^network\./), 'command.mutateHigh']));
});

test('around the door there is nothing', async () => {
  const ran = await run(
    `curl -sS -m 5 --noproxy '*' http://127.0.0.1:${port}/around 2>&1 | head -n 1; python3 -c "import socket; socket.create_connection(('1.1.1.1', 53), 3)" 2>&1 | tail -n 1`,
    '',
  );
  expect(ran.stdout).not.toContain('from outside');
  expect(seen).not.toContain('/around');
});

test('our own doors are reached by their name, at whatever address the node listens', async () => {
  const ran = await run(
    `curl -sS -m 20 -o /dev/null -w '%{http_code}' http://countersign.internal/v1/models`,
    `{ hosts: [countersign.internal] }`,
  );
  expect([ran.end['exit'], ran.stdout]).toEqual([0, '401']);
});
