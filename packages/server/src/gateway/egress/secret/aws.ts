/** Requests to AWS, signed again by the door: the agent signs with any key, and its signature is thrown away. */
import { createHash } from 'node:crypto';
import type { EgressCredential } from '../../../ports/egress-gate.ts';
import type { EgressSecrets } from '../../../ports/egress-upstream.ts';
import type { Inlet } from '../flow/inlet.ts';
import { hostHeader } from '../http/authority.ts';
import { readWhole } from '../http/body.ts';
import { listOf, type RequestHead, valuesOf } from '../http/head.ts';
import { header } from '../http/headers.ts';
import type { RequestWay } from '../http/passing.ts';
import type { Refusal } from '../refusal.ts';
import type { Injection } from './credential.ts';
import { amzDate, signature } from './sigv4.ts';

/** A body that is part of the signature has to be read before the first byte goes on. */
export const SIGNED_BYTES_MAX = 8 * 1_024 * 1_024;

const REPLACES: ReadonlySet<string> = new Set([
  'authorization',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'expect',
]);

type AwsKind = Extract<EgressCredential['kind'], { readonly type: 'aws' }>;

export interface Signing {
  readonly way: Omit<RequestWay, 'injection'>;
  readonly inlet: Inlet;
  readonly secrets: EgressSecrets;
  readonly now: number;
}

export interface Signed {
  readonly injection: Injection;
  /** The body has a length now, and is back in the inlet. */
  readonly head: RequestHead;
}

const UNSIGNED = 'UNSIGNED-PAYLOAD';

export async function signed(name: string, reference: string, kind: AwsKind, signing: Signing): Promise<Signed | Refusal> {
  const secret = signing.secrets.resolve(reference);
  if (secret === undefined) return { code: 'egress.unreachable', message: `The credential ${name} cannot be resolved.` };
  const { head } = signing.way;
  if (streams(head))
    return { code: 'request.unsupported', message: 'A streaming signature cannot be replaced; send the body in one piece.' };
  const whole = kind.service === 's3' ? { head, payload: UNSIGNED } : await hashed(signing);
  if ('code' in whole) return whole;
  const date = amzDate(signing.now);
  const own = [header('x-amz-date', date), ...(kind.service === 's3' ? [header('x-amz-content-sha256', whole.payload)] : [])];
  try {
    const { located, scheme } = signing.way;
    const { path, query } = located.origin;
    const headers = signedHeaders(head, hostHeader(located, scheme));
    for (const { key, value } of own) headers.set(key, value);
    const { payload } = whole;
    const value = signature({ method: head.method, path, query, headers, payload, now: signing.now }, { ...kind, secret });
    return {
      head: whole.head,
      injection: { name, headers: [...own, header('authorization', value)], replaces: REPLACES, needles: [] },
    };
  } catch (thrown) {
    if (thrown instanceof URIError) return { code: 'request.invalid', message: 'The query of the request is not well escaped.' };
    throw thrown;
  }
}

function streams(head: RequestHead): boolean {
  const coded = listOf(head.headers, 'content-encoding').includes('aws-chunked');
  return coded || valuesOf(head.headers, 'x-amz-content-sha256').some((value) => value.startsWith('STREAMING-'));
}

/** Reads the body, puts it back, and gives it a length. */
async function hashed({
  way: { head },
  inlet,
}: Signing): Promise<{ readonly head: RequestHead; readonly payload: string } | Refusal> {
  const body = await readWhole(inlet, head.framing, SIGNED_BYTES_MAX);
  if (body === 'cap')
    return { code: 'request.too-large', message: `A request that is signed here is at most ${SIGNED_BYTES_MAX} bytes.` };
  if (typeof body === 'string') return { code: 'request.invalid', message: 'The body did not arrive whole.' };
  inlet.unread(body);
  const framing = head.framing.kind === 'none' ? head.framing : ({ kind: 'length', bytes: body.length } as const);
  return { head: { ...head, framing }, payload: createHash('sha256').update(body).digest('hex') };
}

/** What AWS asks to be signed, and the type of the content. */
function signedHeaders(head: RequestHead, host: string): Map<string, string> {
  const headers = new Map([['host', host]]);
  for (const { key } of head.headers) {
    const wanted = key === 'content-type' || (key.startsWith('x-amz-') && !REPLACES.has(key));
    if (wanted) headers.set(key, valuesOf(head.headers, key).join(','));
  }
  return headers;
}
