/** An OpenID issuer on this machine, over TLS with a certificate that only the nodes of the test trust. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { localCertificate } from './certificate.ts';

export interface Issuer {
  readonly url: string;
  /** File of the certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  /** A token of this issuer for the test agent, with changed claims or header, or signed with a key that is not published. */
  token(changes?: TokenChanges): Promise<string>;
  close(): void;
}

export interface TokenChanges {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly forged?: boolean;
}

export const AUDIENCE = 'countersign';
export const CLAIM = { repository: 'acme/payments' };

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function jwt(header: object, payload: object, key: KeyObject): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** @param dir for the certificate */
export async function startIssuer(dir: string): Promise<Issuer> {
  const tls = localCertificate();
  const certificate = join(dir, 'issuer.pem');
  writeFileSync(certificate, tls.certificate);
  const [own, forger] = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
  const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
  const server: Server = createServer({ key: tls.key, cert: tls.certificate }, (request, response) => {
    const discovery = request.url === '/.well-known/openid-configuration';
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(discovery ? { issuer: url, jwks_uri: `${url}/keys` } : { keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    certificate,
    async token({ claims = {}, header = {}, forged = false } = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const payload = { ...CLAIM, iss: url, aud: AUDIENCE, sub: 'repo:acme/payments', iat: now, exp: now + 300, ...claims };
      const kept = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
      return jwt({ alg: 'ES256', kid: 'one', ...header }, kept, (forged ? forger : own).privateKey);
    },
    close: () => void server.close(),
  };
}
