/** A certificate for 127.0.0.1 that signs itself, written in DER by hand: tests need no program for it. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const octets = (part: Uint8Array): Buffer => der(0x04, part);
const TRUE = der(0x01, Buffer.from([0xff]));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));

/** `YYMMDDHHMMSSZ`. */
const utcTime = (ms: number): Buffer =>
  der(
    0x17,
    Buffer.from(
      `${new Date(ms)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );

const DAY_MS = 86_400_000;

const PEM = (der_: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der_.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));

interface Draft {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuerKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

function signed({ issuer, subject, publicKey, issuerKey, extensions }: Draft): string {
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    nameOf(issuer),
    sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
    nameOf(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(...extensions)),
  );
  return PEM(sequence(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), sign('sha256', body, issuerKey))));
}

const LOCAL = sequence(oid('551d11'), octets(sequence(der(0x87, Buffer.from([127, 0, 0, 1])))));
const AUTHORITY = sequence(oid('551d13'), TRUE, octets(sequence(TRUE)));
const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyText = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

/** Valid from yesterday to tomorrow. @returns both as PEM */
export function localCertificate(): { readonly key: string; readonly certificate: string } {
  const { publicKey, privateKey } = keyPair();
  const draft = { issuer: '127.0.0.1', subject: '127.0.0.1', publicKey, issuerKey: privateKey, extensions: [LOCAL, AUTHORITY] };
  return { key: keyText(privateKey), certificate: signed(draft) };
}

/** The same from an authority of its own, for clients that take no certificate that signs itself. `authority`: what they must trust. */
export function localChain(): { readonly key: string; readonly certificate: string; readonly authority: string } {
  const [root, leaf] = [keyPair(), keyPair()];
  const issuer = 'Countersign test authority';
  const by = { issuer, issuerKey: root.privateKey };
  return {
    key: keyText(leaf.privateKey),
    certificate: signed({ ...by, subject: '127.0.0.1', publicKey: leaf.publicKey, extensions: [LOCAL] }),
    authority: signed({ ...by, subject: issuer, publicKey: root.publicKey, extensions: [AUTHORITY] }),
  };
}
