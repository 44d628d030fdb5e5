import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolReply } from '../../ports/tool.ts';
import { closeAll, listen, rpc } from './testing/listen.ts';
import { http, record, type Stage, stage } from './testing/stage.ts';
import { refusedAddress } from './wire/http/address.ts';

const open: Stage[] = [];
const begin = (deps: Parameters<typeof stage>[0] = {}): Stage => {
  const made = stage(deps);
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ up }) => up.close()));
  await closeAll();
});

describe('an address', () => {
  const rows: readonly (readonly [address: string, open: boolean, privateToo: boolean])[] = [
    ['93.184.216.34', true, true],
    ['2606:4700::1111', true, true],
    ['127.0.0.1', false, true],
    ['127.255.0.9', false, true],
    ['10.1.2.3', false, true],
    ['172.31.255.255', false, true],
    ['172.32.0.1', true, true],
    ['192.168.1.1', false, true],
    ['::1', false, true],
    ['fd12:3456::1', false, true],
    ['0.0.0.0', false, false],
    ['100.64.0.1', false, false],
    ['100.100.100.200', false, false],
    ['169.254.169.254', false, false],
    ['168.63.129.16', false, false],
    ['fd00:ec2::254', false, false],
    ['fe80::1', false, false],
    ['fe80::1%eth0', false, false],
    ['224.0.0.1', false, false],
    ['255.255.255.255', false, false],
    ['::', false, false],
    ['::ffff:127.0.0.1', false, false],
    ['::ffff:93.184.216.34', false, false],
    ['::7f00:1', false, false],
    ['2002:7f00:1::', false, false],
    ['64:ff9b::7f00:1', false, false],
    ['64:ff9b:1::1', false, false],
    ['2001::1', false, false],
    ['ff02::1', false, false],
    ['no address', false, false],
  ];
  for (const [address, isOpen, privateToo] of rows)
    it(`${address} is ${isOpen ? 'open' : privateToo ? 'private' : 'refused'}`, () => {
      expect(refusedAddress(address, false) === undefined).toBe(isOpen);
      expect(refusedAddress(address, true) === undefined).toBe(privateToo);
    });

  it('with an IPv4 address inside is refused in every form', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.boolean(), (v4, privateAddresses) => {
        const parts = v4.split('.').map(Number);
        const hex = [0, 2].map((at) => (((parts[at] ?? 0) << 8) | (parts[at + 1] ?? 0)).toString(16)).join(':');
        for (const address of [`::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`, `::ffff:0:${hex}`])
          expect(refusedAddress(address, privateAddresses)).toBeDefined();
      }),
    );
  });
});

const kindOf = (reply: ToolReply): string => (reply.kind === 'failed' ? reply.failure.kind : reply.kind);

describe('a dial', () => {
  const blocked = { kind: 'failed', failure: { kind: 'blocked', sent: false } };

  it('goes to no private address unless the entry says so', async () => {
    const { tool } = begin();
    let reached = 0;
    const origin = await listen((_request, response) => {
      reached += 1;
      response.end();
    });
    expect(await tool(record(http(origin, false)), 'x')).toMatchObject(blocked);
    const { port } = new URL(origin);
    for (const host of ['localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '127.1'])
      expect(await tool(record(http(`http://${host}:${port}`, false), { id: host }), 'x')).toMatchObject(blocked);
    expect(reached).toBe(0);
    for (const url of ['http://169.254.169.254/', 'http://[fd00:ec2::254]/', 'http://100.100.100.200/'])
      expect(await tool(record(http(url, true), { id: url }), 'x')).toMatchObject(blocked);
  });

  it('goes nowhere when one of several addresses is refused, and where it was checked when the name says otherwise later', async () => {
    let reached = 0;
    const origin = await listen(
      rpc(({ response }) => {
        reached += 1;
        response.writeHead(400, { connection: 'close' }).end();
      }),
    );
    const { port } = new URL(origin);
    const mixed = begin({ resolve: () => Promise.resolve(['93.184.216.34', '127.0.0.1']) });
    expect(await mixed.tool(record(http(`http://name.test:${port}`, false)), 'x')).toMatchObject(blocked);
    let asked = 0;
    const turning = begin({
      resolve: () => {
        asked += 1;
        return Promise.resolve([asked === 1 ? '127.0.0.1' : '169.254.169.254']);
      },
    });
    // Reached once, at the address that was checked; what the name says the second time is checked again.
    expect(await turning.tool(record(http(`http://name.test:${port}`, true)), 'x')).toMatchObject(blocked);
    expect([asked, reached]).toEqual([2, 1]);
  });

  it('says so when a name has no address, or nobody listens', async () => {
    const { tool } = begin({ resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) });
    expect(await tool(record(http('http://nowhere.test')), 'x')).toMatchObject({
      kind: 'failed',
      failure: { kind: 'refused', sent: false },
    });
    const { tool: other } = begin();
    expect(await other(record(http('http://127.0.0.1:9')), 'x')).toMatchObject({
      kind: 'failed',
      failure: { kind: 'refused', sent: false },
    });
    for (const url of ['ftp://127.0.0.1/', 'http://user:pass@127.0.0.1/', 'nothing'])
      expect(await other(record(http(url), { id: url }), 'x')).toMatchObject({
        kind: 'failed',
        failure: { kind: 'unresolved', sent: false },
      });
  });
});

describe('a redirect', () => {
  const to = (response: ServerResponse, status: number, location: string) => void response.writeHead(status, { location }).end();

  it('is followed three times, with the body, and without credentials to another origin', async () => {
    const seen: (string | undefined)[] = [];
    const target = await listen(
      rpc(({ message, request, result, error }) => {
        seen.push(request.headers.authorization);
        seen.push(String(request.url));
        return message.method === 'server/discover'
          ? error(-32601)
          : result({ protocolVersion: '2025-06-18', capabilities: {}, content: [] });
      }),
    );
    const first = await listen((request, response) => {
      const hops = Number(/\d/.exec(String(request.url))?.[0] ?? 0);
      to(response, 307, hops < 2 ? `/${hops + 1}?k=v` : `${target}/end`);
    });
    const { tool } = begin();
    const credentials = [
      { in: 'header', name: 'authorization', reference: 'env:SECRET', prefix: 'Bearer ' },
      { in: 'query', name: 'key', reference: 'env:SECRET', prefix: '' },
    ] as const;
    expect(kindOf(await tool(record(http(first), { credentials }), 'x'))).toBe('result');
    expect(new Set(seen)).toEqual(new Set([undefined, '/end']));
    const loop = await listen((_request, response) => to(response, 307, '/again'));
    expect(kindOf(await tool(record(http(loop), { id: 'loop' }), 'x'))).toBe('garbage');
  });

  it('to a metadata address, to another protocol, or with another method is not followed', async () => {
    const { tool } = begin();
    const rows: readonly (readonly [number, string, string])[] = [
      [307, 'http://169.254.169.254/latest/meta-data/', 'blocked'],
      [308, 'http://[::ffff:169.254.169.254]/', 'blocked'],
      [307, 'file:///etc/passwd', 'blocked'],
      [307, 'http://user:pass@127.0.0.1/', 'blocked'],
      [302, '/elsewhere', 'garbage'],
      [303, '/elsewhere', 'garbage'],
    ];
    for (const [status, location, kind] of rows) {
      const origin = await listen((_request, response) => to(response, status, location));
      const reply = await tool(record(http(origin), { id: location + status }), 'x');
      expect([location, kindOf(reply)]).toEqual([location, kind]);
    }
  });
});
