/**
 * Seals what others carry for us: state that goes through a client, requests and results that lie in the store. AES-256-GCM; the key's id is in
 * clear and authenticated together with the purpose, so that what was sealed for one place opens in no other.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { type Json, isRecord, type JsonRecord } from '@countersign/kernel/json';

export type SealPurpose = 'round' | 'task-request' | 'task-result';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_CHARS = 8;

/** Characters of a sealed text that is looked at at all. */
export const SEALED_CHARS_MAX = 96 * 1024;

export class Seal {
  readonly #key: Uint8Array;
  readonly #keyId: string;

  /** @throws RangeError for another length than 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError('the key of sealed state has 32 bytes');
    this.#key = key;
    this.#keyId = hash('sha256', Buffer.concat([Buffer.from('countersign seal key id\n'), key]), 'hex').slice(0, KEY_ID_CHARS);
  }

  /** `cs1.<key id>.<base64url>` */
  text(purpose: SealPurpose, content: JsonRecord): string {
    return `cs1.${this.#keyId}.${this.bytes(purpose, content).toString('base64url')}`;
  }

  bytes(purpose: SealPurpose, content: Json): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    cipher.setAAD(this.#label(purpose));
    const sealed = Buffer.concat([iv, cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]);
    return Buffer.concat([sealed, cipher.getAuthTag()]);
  }

  /** Undefined for anything that was not sealed here, for this purpose, unchanged to the last bit. */
  openText(purpose: SealPurpose, text: string): JsonRecord | undefined {
    if (text.length > SEALED_CHARS_MAX) return undefined;
    const [, keyId, body] = /^cs1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/.exec(text) ?? [];
    if (keyId !== this.#keyId || body === undefined) return undefined;
    const bytes = Buffer.from(body, 'base64url');
    // One text for one content: the last character of base64url has bits that nobody reads.
    return bytes.toString('base64url') === body ? this.openBytes(purpose, bytes) : undefined;
  }

  openBytes(purpose: SealPurpose, sealed: Uint8Array): JsonRecord | undefined {
    if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(this.#label(purpose));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      const body = sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES);
      const content: unknown = JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8'));
      return isRecord(content) ? content : undefined;
    } catch {
      return undefined;
    }
  }

  #label(purpose: SealPurpose): Buffer {
    return Buffer.from(`countersign tool ${purpose} v1\n${this.#keyId}`);
  }
}
