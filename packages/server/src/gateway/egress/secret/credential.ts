/** Credentials that the door puts into requests: over verified TLS only, in place of whatever the agent sent. */
import type { EgressCredential } from '../../../ports/egress-gate.ts';
import type { EgressSecrets } from '../../../ports/egress-upstream.ts';
import { type Header } from '../http/head.ts';
import { header } from '../http/headers.ts';
import { needlesOf } from './mask.ts';

/** A credential with its secret, for one request. */
export interface Injection {
  readonly name: string;
  readonly headers: readonly Header[];
  /** What must not come back. */
  readonly needles: readonly Buffer[];
}

/**
 * Besides the credential's own header these do not go on: an answer in pieces or compressed cannot be searched, and an agent's other
 * credentials for the same host would compete with ours.
 */
const REPLACED: readonly string[] = ['accept-encoding', 'range', 'if-range', 'authorization', 'sec-websocket-extensions'];

export const replacedBy = (injection: Injection): ReadonlySet<string> =>
  new Set([...REPLACED, ...injection.headers.map(({ key }) => key)]);

/** @returns undefined when the secret cannot be resolved: nothing is sent then */
export function injectionOf(credential: EgressCredential, secrets: EgressSecrets): Injection | undefined {
  const secret = secrets.resolve(credential.reference);
  if (secret === undefined) return undefined;
  const { kind, name } = credential;
  switch (kind.type) {
    case 'header':
      return {
        name,
        headers: [header(kind.header, `${kind.prefix}${secret}`)],
        needles: needlesOf(secret, `${kind.prefix}${secret}`),
      };
    case 'basic': {
      const pair = `${kind.user}:${secret}`;
      const value = `Basic ${Buffer.from(pair).toString('base64')}`;
      return { name, headers: [header('authorization', value)], needles: needlesOf(secret, pair) };
    }
    case 'aws':
      return undefined;
  }
}
