import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { mintGrant } from '../../govern/mint.ts';
import type { DialTarget, EgressUpstream } from '../../ports/egress-upstream.ts';
import type { Grant } from '../../ports/grant.ts';
import { createEgressUpstream } from './dial.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const grantFor = (action: string): Grant =>
  mintGrant({
    id: 'grt_1',
    decision: 'dec_1',
    org: 'acme',
    action,
    agent: 'agent',
    resource: { type: 'Host', id: 'a.test' },
    mandate: null,
    obligations: [],
    expiresAt: Number.MAX_SAFE_INTEGER,
  });
const grant = grantFor('network.connect');
const signal = new AbortController().signal;

async function listening(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined).end('hello'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

function upstream(
  names: Record<string, readonly string[]>,
  looked: string[] = [],
  now = (): number => Date.now(),
): EgressUpstream {
  return createEgressUpstream({
    clock: { now },
    ownAddresses: () => ['93.184.216.10'],
    resolve: (host) => {
      looked.push(host);
      return Promise.resolve(names[host] ?? []);
    },
  });
}

const target = (port: number, more: Partial<DialTarget> = {}): DialTarget => ({
  host: 'a.test',
  port,
  private: false,
  tls: false,
  ...more,
});

async function outcome(one: EgressUpstream, to: DialTarget): Promise<string> {
  const answer = await one.connect(grant, to, signal);
  if (!('socket' in answer)) return answer.code;
  answer.socket.destroy();
  return answer.address;
}

test('no grant, no connection', async () => {
  const one = upstream({ 'a.test': ['127.0.0.1'] });
  const forged = { terms: grant.terms } as unknown as Grant;
  await expect(one.connect(forged, target(80), signal)).rejects.toThrow('no grant, no act');
  await expect(one.connect(structuredClone(grant), target(80), signal)).rejects.toThrow('no grant, no act');
  await expect(one.connect(grantFor('tool.call'), target(80), signal)).rejects.toThrow('not network.connect');
});

test('a private address is dialled only where that is said for the name', async () => {
  const port = await listening();
  const one = upstream({ 'a.test': ['127.0.0.1'] });
  expect([await outcome(one, target(port)), await outcome(one, target(port, { private: true }))]).toEqual([
    'egress.address',
    '127.0.0.1',
  ]);
});

test.each<[string, readonly string[]]>([
  ['metadata', ['169.254.169.254']],
  ['one bad address among good ones', ['127.0.0.1', '169.254.169.254']],
  ['a mapped address', ['::ffff:127.0.0.1']],
  ['what is no address', ['a.other.test']],
])('%s is never dialled, even where private addresses are', async (_name, addresses) => {
  expect(await outcome(upstream({ 'a.test': addresses }), target(80, { private: true }))).toBe('egress.address');
});

test('the machine itself is not reached by its public address', async () => {
  expect(await outcome(upstream({ 'a.test': ['93.184.216.10'] }), target(80))).toBe('egress.address');
});

test('an address literal is checked like what a name leads to', async () => {
  expect(await outcome(upstream({}), target(80, { host: '169.254.169.254', private: true }))).toBe('egress.address');
  expect(await outcome(upstream({}), target(80, { host: '::1' }))).toBe('egress.address');
});

test('a name is looked up once for a while, and what was found is checked each time', async () => {
  const port = await listening();
  const looked: string[] = [];
  let now = 0;
  const names: Record<string, readonly string[]> = { 'a.test': ['127.0.0.1'] };
  const one = upstream(names, looked, () => now);
  const to = target(port, { private: true });
  await Promise.all([outcome(one, to), outcome(one, to), outcome(one, to)]);
  names['a.test'] = ['169.254.169.254'];
  expect([await outcome(one, to), looked]).toEqual(['127.0.0.1', ['a.test']]);
  expect(await outcome(one, target(port))).toBe('egress.address');
  now += 30_001;
  expect([await outcome(one, to), looked.length]).toEqual(['egress.address', 2]);
});

test('the next address is tried where one does not answer', async () => {
  const port = await listening();
  expect(await outcome(upstream({ 'a.test': ['127.0.0.2', '127.0.0.1'] }), target(port, { private: true }))).toBe('127.0.0.1');
});

test('a name without addresses, and one where nobody listens, are unreachable', async () => {
  const port = await listening();
  servers.splice(0).forEach((server) => server.close());
  expect([
    await outcome(upstream({}), target(port)),
    await outcome(upstream({ 'a.test': ['127.0.0.1'] }), target(port, { private: true })),
  ]).toEqual(['egress.unreachable', 'egress.unreachable']);
});

test('what does not speak TLS is unreachable over TLS', async () => {
  const port = await listening();
  expect(await outcome(upstream({ 'a.test': ['127.0.0.1'] }), target(port, { private: true, tls: true }))).toBe(
    'egress.unreachable',
  );
});
