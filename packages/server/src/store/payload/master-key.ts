/** The key that wraps data keys. Here a file that only we may read; a key service would be another adapter of the same port. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Fault } from '@countersign/kernel/fault';
import { writeOnce } from '../secret-file.ts';

export interface KeyWrapper {
  /** `bound` ties the result to its row: it unwraps under the same text only. */
  wrap(key: Uint8Array, bound: string): Buffer;
  /** @throws Fault ledger.corrupt when it was not wrapped here, or for another row */
  unwrap(wrapped: Uint8Array, bound: string): Buffer;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Makes the file at the first start. @throws Fault config.invalid when others could read it, or it holds no key */
export function loadMasterKey(path: string): KeyWrapper {
  writeOnce(path, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Fault('config.invalid', `The master key ${path} can be read by others; run chmod 600 on it.`);
  const master = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (master.length !== KEY_BYTES) throw new Fault('config.invalid', `The master key ${path} is not 32 bytes in base64.`);
  return wrapperOf(master);
}

function wrapperOf(master: Buffer): KeyWrapper {
  return {
    wrap(key, bound) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(Buffer.from(bound));
      const body = Buffer.concat([cipher.update(key), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    unwrap(wrapped, bound) {
      const bytes = Buffer.from(wrapped);
      try {
        const decipher = createDecipheriv('aes-256-gcm', master, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(bound));
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
      } catch (cause) {
        throw new Fault('ledger.corrupt', 'A stored key cannot be opened with the master key.', { cause });
      }
    },
  };
}
