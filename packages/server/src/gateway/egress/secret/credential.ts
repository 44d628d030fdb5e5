/** Credentials that the door puts into requests: over verified TLS only, in place of whatever the agent sent. */
import type { EgressCredential } from '../../../ports/egress-gate.ts';
import type { EgressSecrets } from '../../../ports/egress-upstream.ts';
import type { Header } from '../http/head.ts';
import { header } from '../http/headers.ts';
import { needlesOf } from './mask.ts';

/** A credential with its secret, for one request. */
export interface Injection {
  readonly name: string;
  readonly headers: readonly Header[];
  /** Headers of the agent that do not go on. */
  readonly replaces: ReadonlySet<string>;
  /** What must not come back; empty where nothing was sent that could. */
  readonly needles: readonly Buffer[];
}

/**
 * Besides the credential's own header these do not go on: an answer in pieces or compressed cannot be searched, and an agent's other
 * credentials for the same host would compete with ours.
 */
const REPLACED: readonly string[] = ['accept-encoding', 'range', 'if-range', 'authorization', 'sec-websocket-extensions'];

type PlainKind = Exclude<EgressCredential['kind'], { readonly type: 'aws' }>;

/** @returns undefined when the secret cannot be resolved: nothing is sent then */
export function injectionOf(name: string, reference: string, kind: PlainKind, secrets: EgressSecrets): Injection | undefined {
  const secret = secrets.resolve(reference);
  if (secret === undefined) return undefined;
  const own = headerOf(kind, secret);
  return {
    name,
    headers: [own.header, header('accept-encoding', 'identity')],
    replaces: new Set([...REPLACED, own.header.key]),
    needles: needlesOf(secret, own.text),
  };
}

function headerOf(kind: PlainKind, secret: string): { readonly header: Header; readonly text: string } {
  if (kind.type === 'header') {
    const text = `${kind.prefix}${secret}`;
    return { header: header(kind.header, text), text };
  }
  const text = `${kind.user}:${secret}`;
  return { header: header('authorization', `Basic ${Buffer.from(text).toString('base64')}`), text };
}
