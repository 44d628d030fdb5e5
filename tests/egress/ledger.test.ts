/** The whole way: a command in a sandbox, the door, the road, and the ledger against the origin's own log. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerOf, verifyLedger } from '../support/installation.ts';
import { Stage } from '../exec/stage.ts';

/** An address of its own on loopback, so that its port 80 is ours. */
const HOST = '127.77.0.3';

let stage: Stage;
const hits: string[] = [];
const origin = createServer((req, res) => {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => (bytes += chunk.length));
  req.on('end', () => {
    hits.push(`${req.method} ${req.url} ${bytes}`);
    res.end('x'.repeat(1_000));
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve, reject) => {
    origin.once('error', reject);
    origin.listen(80, HOST, () => resolve());
  });
  stage = await Stage.open();
}, 180_000);
afterAll(async () => {
  origin.closeAllConnections();
  origin.close();
  await stage?.close();
});

const PROFILE = {
  file: 'reach.yaml',
  text: [
    'name: reach',
    'about: for a test',
    'network: door',
    'egress:',
    '  rules:',
    `    - { hosts: ['${HOST}'], methods: [GET, POST], paths: [/ok], private: true, decision: allow, why: the origin of the test }`,
    '    - { hosts: [127.77.0.4], decision: allow, why: private and not said to be }',
  ].join('\n'),
};

interface Entry {
  readonly type: string;
  readonly action?: string;
  readonly resource?: unknown;
  readonly decision?: { readonly answer: string };
  readonly detail: Readonly<Record<string, unknown>>;
}

test('each hit on the origin is on the ledger, and what was refused is there with its reason', async () => {
  const commands = [
    `curl -s http://${HOST}/ok/1 > /dev/null`,
    `curl -s -d hello http://${HOST}/ok/2 > /dev/null`,
    `curl -s --noproxy '*' --connect-to ::127.0.0.1:80 http://${HOST}/ok/3 > /dev/null`,
    `curl -s -X DELETE http://${HOST}/ok/4`,
    `curl -s http://${HOST}/other`,
    `curl -s http://${HOST}/ok/../other --path-as-is`,
    'curl -s http://127.77.0.4/',
    'curl -s http://127.77.0.5/',
    'curl -s http://169.254.169.254/',
    "curl -s --noproxy '*' -m 3 http://nobody.example.org/",
    'true',
  ];
  const ran = await stage.shell(commands.join('; '), { key: stage.adminKey, profile: PROFILE });
  expect(ran.end).toMatchObject({ kind: 'exited', exit: 0 });
  expect(hits).toEqual(['GET /ok/1 0', 'POST /ok/2 5', 'GET /ok/3 0']);
  const entries = (await ledgerOf(stage.at)) as unknown as Entry[];
  const ended = entries.filter(({ type }) => type === 'connection.ended').map(({ detail }) => detail);
  const done = ended.filter(({ end }) => end === 'done');
  expect(done.map(({ host, port, method, status, mode }) => ({ host, port, method, status, mode }))).toEqual(
    ['GET', 'POST', 'GET'].map((method) => ({ host: HOST, port: 80, method, status: 200, mode: 'plain' })),
  );
  for (const { downloadBytes, uploadBytes } of done) {
    expect(Number(downloadBytes)).toBeGreaterThan(1_000);
    expect(Number(uploadBytes)).toBeGreaterThan(20);
  }
  // One decision stands for all of them.
  expect(new Set(done.map(({ decision }) => decision)).size).toBe(1);
  expect(ended).toHaveLength(done.length);
  const answers = (host: string): unknown[] =>
    entries
      .filter(({ action, resource }) => action?.startsWith('network.') === true && JSON.stringify(resource).includes(host))
      .map(({ decision }) => decision?.answer);
  for (const host of ['127.77.0.4', '127.77.0.5', '169.254.169.254', 'nobody.example.org'])
    expect([host, ...new Set(answers(host))]).toEqual([host, 'deny']);
  expect(ran.end['receipt']).toMatchObject({ egress: { connections: expect.any(Number) as number } });
  expect(await verifyLedger(stage.at)).toMatchObject({ ok: true });
});
