/** AWS Signature Version 4 for one request, so that the agent needs no key of the account. */
import { createHash, createHmac } from 'node:crypto';

export interface SigningKey {
  readonly accessKey: string;
  readonly secret: string;
  readonly region: string;
  readonly service: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As they are sent; the query with its question mark, or empty. */
  readonly path: string;
  readonly query: string;
  /** By lower-case name; with `host`. All of them are signed. */
  readonly headers: ReadonlyMap<string, string>;
  /** SHA-256 of the body, hex, or `UNSIGNED-PAYLOAD`. */
  readonly payload: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** `20150830T123600Z` */
export const amzDate = (now: number): string => new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** @returns the value of `authorization`. `x-amz-date` must be among the headers. @throws URIError where the query is not well escaped */
export function signature(request: SignedRequest, key: SigningKey): string {
  const stamp = amzDate(request.now);
  const day = stamp.slice(0, 8);
  const scope = `${day}/${key.region}/${key.service}/aws4_request`;
  const names = [...request.headers.keys()].sort();
  const signed = names.join(';');
  const canonical = [
    request.method,
    key.service === 's3' ? request.path : request.path.split('/').map(escape).join('/'),
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${(request.headers.get(name) ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    request.payload,
  ].join('\n');
  const dated = hmac(`AWS4${key.secret}`, day);
  const signing = hmac(hmac(hmac(dated, key.region), key.service), 'aws4_request');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n');
  const proof = createHmac('sha256', signing).update(text).digest('hex');
  return `AWS4-HMAC-SHA256 Credential=${key.accessKey}/${scope}, SignedHeaders=${signed}, Signature=${proof}`;
}

/** RFC 3986: all but letters, digits and `-._~`. */
const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalQuery(query: string): string {
  if (query.length <= 1) return '';
  return query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = at === -1 ? pair : pair.slice(0, at);
      return [name, at === -1 ? '' : pair.slice(at + 1)].map((part) => escape(decodeURIComponent(part)));
    })
    .sort(([a = '', x = ''], [b = '', y = '']) => (a === b ? order(x, y) : order(a, b)))
    .map((pair) => pair.join('='))
    .join('&');
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
