/** An OpenID issuer on this machine, over TLS with a certificate that only the nodes of the test trust. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

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

/** @param dir an empty directory for key and certificate */
export async function startIssuer(dir: string): Promise<Issuer> {
  const [key, certificate] = [join(dir, 'issuer.key'), join(dir, 'issuer.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  );
  const [own, forger] = [
    await generateKeyPair('ES256', { extractable: true }),
    await generateKeyPair('ES256', { extractable: true }),
  ];
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const server: Server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
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
      return new SignJWT(kept)
        .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
        .sign((forged ? forger : own).privateKey);
    },
    close: () => void server.close(),
  };
}
