/**
 * AES-256-GCM of blind and payload together: a blind in the clear would make the digest guessable after the key is gone. The row's
 * own names are bound in, so that rows can't be swapped.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { BLIND_BYTES } from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';

export interface PayloadName {
  readonly digest: string;
  readonly class: string;
  readonly kind: string;
}

interface Content {
  readonly blind: Uint8Array;
  readonly bytes: Uint8Array;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** One draw from the system for many initialisation vectors. */
const ivs = Buffer.alloc(IV_BYTES * 256);
let ivAt = ivs.length;

function nextIv(): Buffer {
  if (ivAt === ivs.length) {
    randomFillSync(ivs);
    ivAt = 0;
  }
  ivAt += IV_BYTES;
  return Buffer.from(ivs.subarray(ivAt - IV_BYTES, ivAt));
}

const boundText = (org: string, name: PayloadName): Buffer =>
  Buffer.from(JSON.stringify([org, name.digest, name.class, name.kind]));

/** IV, tag, ciphertext. */
export function seal(key: Buffer, org: string, content: PayloadName & Content): readonly Buffer[] {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundText(org, content));
  const parts = [cipher.update(content.blind), cipher.update(content.bytes), cipher.final()];
  return [iv, cipher.getAuthTag(), ...parts];
}

/** @throws Fault ledger.corrupt when the row is not what was written */
export function unseal(key: Buffer, org: string, name: PayloadName, sealed: Buffer): Content {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES)).setAAD(boundText(org, name));
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return { blind: plain.subarray(0, BLIND_BYTES), bytes: plain.subarray(BLIND_BYTES) };
  } catch (cause) {
    throw new Fault('ledger.corrupt', 'A stored payload is not what was written.', {
      internal: `payload ${name.digest} of ${org}`,
      cause,
    });
  }
}
