/** Standard Webhooks signatures (standardwebhooks.com, version v1): HMAC-SHA256 over `id.timestamp.body`. */
import { createHmac } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';

const PREFIX = 'whsec_';
/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;

/** The bytes of `whsec_<base64>`. @throws Fault config.invalid */
export function webhookKey(secret: string): Buffer {
  const text = secret.trim();
  const base64 = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const key = Buffer.from(base64, 'base64');
  const plain = /^[A-Za-z0-9+/]+={0,2}$/.test(base64);
  if (!plain || key.length < SECRET_BYTES_MIN || key.length > SECRET_BYTES_MAX)
    throw new Fault('config.invalid', 'A webhook secret is `whsec_` and the base64 of 24 to 64 random bytes.');
  return key;
}

interface SignedParts {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** Headers of one delivery. Several keys, while one is replaced, give several signatures. */
export function webhookHeaders(keys: readonly Buffer[], { id, timestamp, body }: SignedParts): Record<string, string> {
  const signed = keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signed.join(' ') };
}
