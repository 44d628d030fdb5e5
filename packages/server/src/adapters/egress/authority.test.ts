import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createEgressAuthority } from './authority.ts';
import { mintAuthority, mintLeaf } from './mint.ts';

const SECRET = Buffer.alloc(32, 9);
const DAY_MS = 86_400_000;

/** Whether the client takes what the issuer has for `host`, under the name it asks for. */
async function handshake(
  issuer: ReturnType<ReturnType<typeof createEgressAuthority>['current']>,
  host: string,
  asks: string,
): Promise<string> {
  const server = createServer({ SNICallback: (_name, done) => done(null, issuer.context(host)) }, (socket) =>
    socket.end('hello'),
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise<string>((resolve) => {
      const client = connect({ socket: connectTcp(port, '127.0.0.1'), servername: asks, ca: issuer.pem });
      client.on('data', (bytes) => resolve(bytes.toString()));
      client.on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    });
  } finally {
    server.close();
  }
}

test('a client that trusts the authority takes its certificates, for the name they are for', async () => {
  const issuer = createEgressAuthority(SECRET, 'acme', { now: () => Date.now() }).current();
  expect(await handshake(issuer, 'a.test', 'a.test')).toBe('hello');
  expect(await handshake(issuer, 'a.test', 'b.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('all nodes come to the same key, and one that was told another secret does not', () => {
  const now = (): number => Date.now();
  const key = (secret: Uint8Array): string =>
    new X509Certificate(createEgressAuthority(secret, 'acme', { now }).current().pem).publicKey
      .export({ type: 'spki', format: 'pem' })
      .toString();
  expect(key(SECRET)).toBe(key(SECRET));
  expect(key(SECRET)).not.toBe(key(Buffer.alloc(32, 8)));
});

test('after thirty days there is another key, and the old one is valid a day longer', () => {
  let now = 1_000 * 30 * DAY_MS + 5;
  const authority = createEgressAuthority(SECRET, 'acme', { now: () => now });
  const first = authority.current();
  now += 29 * DAY_MS;
  expect(authority.current()).toBe(first);
  now += DAY_MS;
  const second = authority.current();
  const [old, fresh] = [new X509Certificate(first.pem), new X509Certificate(second.pem)];
  expect(old.publicKey.equals(fresh.publicKey)).toBe(false);
  expect(Date.parse(old.validTo) - now).toBeGreaterThan(DAY_MS - 60_000);
  expect(Date.parse(old.validTo) - Date.parse(old.validFrom)).toBeLessThan(32 * DAY_MS);
});

test('openssl verifies what is minted, strictly', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mint-'));
  try {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { privateKey: leaf } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const from = Date.now() - DAY_MS;
    const authority = { name: 'acme sandbox authority', key: privateKey, from, to: from + 30 * DAY_MS };
    writeFileSync(join(folder, 'ca.pem'), mintAuthority(authority));
    for (const host of ['a.test', `${'x'.repeat(60)}.${'y'.repeat(60)}.test`, '192.0.2.1', '2001:db8::1']) {
      writeFileSync(join(folder, 'leaf.pem'), mintLeaf(authority, { host, key: leaf, from, to: from + 2 * DAY_MS }));
      const purpose = ['-purpose', 'sslserver', host.includes('test') ? '-verify_hostname' : '-verify_ip', host];
      const args = ['verify', '-x509_strict', '-CAfile', join(folder, 'ca.pem'), ...purpose, join(folder, 'leaf.pem')];
      expect(execFileSync('openssl', args, { encoding: 'utf8' })).toContain('leaf.pem: OK');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('dates from 2050 on are written as the standard wants them', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = Date.UTC(2049, 11, 31);
  const pem = mintAuthority({ name: 'x', key: privateKey, from, to: Date.UTC(2050, 0, 2) });
  const { validFrom, validTo } = new X509Certificate(pem);
  expect([new Date(validFrom).getUTCFullYear(), new Date(validTo).getUTCFullYear()]).toEqual([2049, 2050]);
});

test('minting a certificate takes about a millisecond', () => {
  const issuer = createEgressAuthority(SECRET, 'acme', { now: () => Date.now() }).current();
  issuer.context('warm.test');
  const start = performance.now();
  for (let index = 0; index < 50; index++) issuer.context(`h${index}.test`);
  expect((performance.now() - start) / 50).toBeLessThan(20);
  expect(issuer.context('h1.test')).toBe(issuer.context('h1.test'));
});
