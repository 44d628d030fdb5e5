import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { HelloReader, readHello } from './hello.ts';

/** What a real client sends first. */
function realHello(options: ConnectionOptions): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes) => {
        resolve(bytes);
        socket.destroy();
        server.close();
      });
    });
    server.listen(0, '127.0.0.1', () => {
      const client = connectTls({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options });
      client.on('error', () => undefined);
    });
  });
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const vector16 = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u16(body.length), body]);
};
const extension = (type: number, ...parts: readonly Buffer[]): Buffer => Buffer.concat([u16(type), vector16(...parts)]);
const serverName = (...names: readonly (readonly [type: number, name: string])[]): Buffer =>
  extension(
    0,
    vector16(...names.map(([type, name]) => Buffer.concat([Buffer.from([type]), vector16(Buffer.from(name, 'latin1'))]))),
  );

function message(extensions: readonly Buffer[] | undefined, after: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 1),
    Buffer.from([0]),
    vector16(Buffer.from([0x13, 0x01])),
    Buffer.from([1, 0]),
    ...(extensions === undefined ? [] : [vector16(...extensions)]),
    after,
  ]);
  return Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
}
const record = (body: Buffer, type = 22, version = 1): Buffer =>
  Buffer.concat([Buffer.from([type, 3, version]), u16(body.length), body]);
const hello = (...extensions: readonly Buffer[]): Buffer => record(message(extensions));

test('the hello of a real client is read, and nothing less than the whole is', async () => {
  const bytes = await realHello({ servername: 'a.test', ALPNProtocols: ['h2', 'http/1.1'] });
  const expected = { kind: 'hello', hello: { serverName: 'a.test', encrypted: false, protocols: ['h2', 'http/1.1'] } };
  expect(readHello(bytes)).toEqual(expected);
  for (let length = 0; length < bytes.length; length++) expect(readHello(bytes.subarray(0, length))).toEqual({ kind: 'more' });
});

test('one without a name, and one of TLS 1.2', async () => {
  const bytes = await realHello({ maxVersion: 'TLSv1.2' });
  expect(readHello(bytes)).toMatchObject({ kind: 'hello', hello: { serverName: undefined } });
});

test('a hello that is spread over many records is put together', () => {
  const whole = message([serverName([0, 'a.test'])]);
  for (const size of [1, 2, 3, 5, 17, 60]) {
    const records: Buffer[] = [];
    for (let at = 0; at < whole.length; at += size) records.push(record(whole.subarray(at, at + size)));
    expect(readHello(Buffer.concat(records))).toMatchObject({ kind: 'hello', hello: { serverName: 'a.test' } });
  }
});

test('cut as finely as can be, it costs no more than its bytes', () => {
  const reader = new HelloReader();
  const started = performance.now();
  const claimed = Buffer.from([1, 0, 0x7f, 0xff]);
  const steps = Array.from({ length: 5_400 }, (_, index) => reader.push(record(Buffer.from([claimed[index] ?? 0]))));
  expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(['more']));
  expect(performance.now() - started).toBeLessThan(500);
});

test('a record that goes on behind the hello is none, also while the rest is still to come', () => {
  const whole = record(Buffer.concat([message([serverName([0, 'a.test'])]), Buffer.from('more')]));
  expect(readHello(whole)).toEqual({ kind: 'problem', problem: 'malformed' });
  expect(readHello(whole.subarray(0, whole.length - 4))).toEqual({ kind: 'problem', problem: 'malformed' });
});

test('encrypted ClientHello is seen, and the outer name is the name', () => {
  expect(readHello(hello(serverName([0, 'outer.test']), extension(0xfe0d, Buffer.alloc(40))))).toEqual({
    kind: 'hello',
    hello: { serverName: 'outer.test', encrypted: true, protocols: [] },
  });
});

test('a hello without extensions has no name', () => {
  expect(readHello(record(message(undefined)))).toMatchObject({ kind: 'hello', hello: { serverName: undefined } });
});

test.each<[string, Buffer, string]>([
  ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not-tls'],
  ['the greeting of SSH', Buffer.from('SSH-2.0-x\r\n'), 'not-tls'],
  ['SSL 2', Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 0]), 'not-tls'],
  ['another version', Buffer.from([22, 4, 1, 0, 5]), 'not-tls'],
  ['an alert', record(Buffer.from([2, 0]), 21), 'not-tls'],
  ['application data', record(Buffer.from('GET /'), 23), 'not-tls'],
  ['an empty record', Buffer.from([22, 3, 1, 0, 0]), 'malformed'],
  ['a record that is too long', Buffer.from([22, 3, 1, 0x40, 1]), 'malformed'],
  ['another message', record(Buffer.from([2, 0, 0, 1, 0])), 'malformed'],
  ['a message that is too long', record(Buffer.from([1, 1, 0, 0])), 'too-large'],
  ['two names in one list', hello(serverName([0, 'a.test'], [0, 'b.test'])), 'malformed'],
  ['a name of another type', hello(serverName([1, 'a.test'])), 'malformed'],
  ['two lists of names', hello(serverName([0, 'a.test']), serverName([0, 'b.test'])), 'malformed'],
  [
    'bytes behind the name',
    hello(extension(0, vector16(Buffer.from([0]), vector16(Buffer.from('a.test'))), Buffer.from([0]))),
    'malformed',
  ],
  [
    'a name that is longer than its list',
    hello(extension(0, vector16(Buffer.from([0, 0, 9]), Buffer.from('a.test')))),
    'malformed',
  ],
  ['an extension that is longer than the rest', record(message([u16(0), u16(50), Buffer.from('x')])), 'malformed'],
  ['bytes behind the extensions', record(message([serverName([0, 'a.test'])], Buffer.from([0]))), 'malformed'],
  ['another record behind it', Buffer.concat([record(message([]).subarray(0, 10)), record(Buffer.from('x'), 23)]), 'malformed'],
  ['another message behind it', record(Buffer.concat([message([]), Buffer.from([1, 0, 0, 0])])), 'malformed'],
])('%s is refused', (_name, bytes, problem) => {
  expect(readHello(bytes)).toEqual({ kind: 'problem', problem });
});

test('whatever comes, it is read, refused or waited for', async () => {
  const real = await realHello({ servername: 'a.test' });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(real.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.nat(real.length),
      (changes, length) => {
        const bytes = Buffer.from(real.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(['more', 'hello', 'problem']).toContain(readHello(bytes).kind);
      },
    ),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof readHello(Buffer.from(bytes)).kind === 'string'),
    { numRuns: 5_000 },
  );
});
