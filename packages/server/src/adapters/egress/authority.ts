/**
 * The certificate authority of an installation, which only sandboxes trust. Its key is derived from a secret that all nodes have, one for each
 * 30 days: nothing is stored, every node and every restart comes to the same key, and none lives long.
 */
import { createECDH, createPrivateKey, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Clock } from '../../ports/clock.ts';
import type { EgressAuthority, EgressIssuer } from '../../ports/egress-upstream.ts';
import { type Authority, mintAuthority, mintLeaf } from './mint.ts';

const DAY_MS = 24 * 60 * 60_000;
const EPOCH_MS = 30 * DAY_MS;
/** A run that began in the last minute of an epoch has a day to end; clocks inside may differ by an hour. */
const AFTER_MS = DAY_MS;
const BEFORE_MS = 60 * 60_000;
const LEAF_MS = DAY_MS;
const LEAVES_MAX = 512;

/** @param secret 32 bytes, the same on all nodes and used for nothing else @param name shown as the issuer */
export function createEgressAuthority(secret: Uint8Array, name: string, clock: Clock): EgressAuthority {
  let current: { readonly epoch: number; readonly issuer: EgressIssuer } | undefined;
  return {
    current: () => {
      const epoch = Math.floor(clock.now() / EPOCH_MS);
      if (current?.epoch !== epoch) current = { epoch, issuer: issuerOf(secret, name, epoch, clock) };
      return current.issuer;
    },
  };
}

function issuerOf(secret: Uint8Array, name: string, epoch: number, clock: Clock): EgressIssuer {
  const authority: Authority = {
    name: `${name} sandbox authority ${epoch}`,
    key: derivedKey(secret, epoch),
    from: epoch * EPOCH_MS - BEFORE_MS,
    to: (epoch + 1) * EPOCH_MS + AFTER_MS,
  };
  // One key for all leaves: they live in this process only, and so does it.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leafKey = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const leaves = new Map<string, { readonly context: SecureContext; readonly until: number }>();
  return {
    pem: mintAuthority(authority),
    context: (host) => {
      const now = clock.now();
      const known = leaves.get(host);
      if (known !== undefined && known.until > now) return known.context;
      const to = Math.min(authority.to, now + LEAF_MS);
      const cert = mintLeaf(authority, { host, key: privateKey, from: now - BEFORE_MS, to });
      const context = createSecureContext({ key: leafKey, cert, minVersion: 'TLSv1.2' });
      makeRoom(leaves);
      leaves.set(host, { context, until: to - BEFORE_MS });
      return context;
    },
  };
}

function makeRoom(leaves: Map<string, unknown>): void {
  if (leaves.size < LEAVES_MAX) return;
  const oldest = leaves.keys().next();
  if (oldest.done !== true) leaves.delete(oldest.value);
}

/** Order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** A private key from the secret: numbers outside the group are thrown away, as drawing one at random does. */
function derivedKey(secret: Uint8Array, epoch: number): KeyObject {
  for (let attempt = 0; ; attempt++) {
    const bytes = Buffer.from(
      hkdfSync('sha256', secret, Buffer.alloc(0), `countersign egress authority ${epoch} ${attempt}`, 32),
    );
    const scalar = BigInt(`0x${bytes.toString('hex')}`);
    if (scalar === 0n || scalar >= ORDER) continue;
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(bytes);
    const point = ecdh.getPublicKey();
    return createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        d: bytes.toString('base64url'),
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33, 65).toString('base64url'),
      },
    });
  }
}
