/** X.509 certificates with keys on P-256, as RFC 5280 wants them. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { bitString, context, integer, octetString, oid, sequence, set, time, TRUE, utf8 } from './der.ts';

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';
const SERIAL_BYTES = 16;

export interface Authority {
  readonly name: string;
  readonly key: KeyObject;
  readonly from: number;
  readonly to: number;
}

export interface LeafTerms {
  /** Canonical name or address. */
  readonly host: string;
  /** Public or private key of the leaf. */
  readonly key: KeyObject;
  readonly from: number;
  readonly to: number;
}

/** @returns PEM, signed by itself */
export function mintAuthority(authority: Authority): string {
  const extensions = [
    extension('2.5.29.19', true, sequence(TRUE, integer(Buffer.from([0])))),
    // keyCertSign and nothing else: no lists are signed.
    extension('2.5.29.15', true, bitString(Buffer.from([0x04]), 2)),
    extension('2.5.29.14', false, octetString(keyId(authority.key))),
  ];
  return certificate({
    authority,
    subject: authority.name,
    key: authority.key,
    from: authority.from,
    to: authority.to,
    extensions,
  });
}

/** @returns PEM */
export function mintLeaf(authority: Authority, { host, key, from, to }: LeafTerms): string {
  const san =
    isIP(host) === 0
      ? context(2, Buffer.from(host, 'latin1'), false)
      : context(7, Buffer.from(ipaddr.parse(host).toByteArray()), false);
  const extensions = [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bitString(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, sequence(san)),
    extension('2.5.29.35', false, sequence(context(0, keyId(authority.key), false))),
    extension('2.5.29.14', false, octetString(keyId(key))),
  ];
  // A common name has 64 characters at most; who checks names looks at the alternative ones.
  return certificate({ authority, subject: host.length <= 64 ? host : 'sandboxed host', key, from, to, extensions });
}

interface CertificateTerms {
  readonly authority: Authority;
  readonly subject: string;
  readonly key: KeyObject;
  readonly from: number;
  readonly to: number;
  readonly extensions: readonly Buffer[];
}

function certificate({ authority, subject, key, from, to, extensions }: CertificateTerms): string {
  const body = sequence(
    context(0, integer(Buffer.from([2])), true),
    integer(serial()),
    ECDSA_SHA256,
    name(authority.name),
    sequence(time(from), time(to)),
    name(subject),
    publicBytes(key),
    context(3, sequence(...extensions), true),
  );
  const der = sequence(body, ECDSA_SHA256, bitString(sign('sha256', body, authority.key)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Positive, and no zero in front. */
function serial(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

const name = (text: string): Buffer => sequence(set(sequence(oid(COMMON_NAME), utf8(text))));

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));

const publicBytes = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });

const keyIds = new WeakMap<KeyObject, Buffer>();

function keyId(key: KeyObject): Buffer {
  let id = keyIds.get(key);
  if (id === undefined) {
    id = createHash('sha1').update(publicBytes(key).subarray(-65)).digest();
    keyIds.set(key, id);
  }
  return id;
}
