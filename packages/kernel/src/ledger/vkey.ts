/** Verifier keys of signed notes (C2SP): `name+hex(keyId)+base64(type || key)`. */
import { base64Decode, base64Encode, hexEncode } from './base64.ts';
import { concatBytes, formatFault, type Sha256 } from './hash.ts';
import { utf8Encode } from './utf8.ts';

/** Signature types: Ed25519 over the note, and the timestamped cosignatures in Ed25519 and ML-DSA-44. */
export const KEY_TYPES = { ed25519: 0x01, cosignatureEd25519: 0x04, cosignatureMlDsa44: 0x06 } as const;
export type KeyType = (typeof KEY_TYPES)[keyof typeof KEY_TYPES];

const KEY_BYTES: Readonly<Record<number, number>> = { 0x01: 32, 0x04: 32, 0x06: 1_312 };

export interface VerifierKey {
  readonly name: string;
  /** Four bytes in hex. Identifies, doesn't protect. */
  readonly keyId: string;
  readonly type: KeyType;
  readonly key: Uint8Array;
}

const isKeyType = (type: number | undefined): type is KeyType => type !== undefined && Object.hasOwn(KEY_BYTES, type);

/** Non-empty, without spaces, plus signs and control characters. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return name.length > 0 && !/[\p{White_Space}\p{Surrogate}\x00-\x1f+]/u.test(name);
}

export function verifierKey(name: string, type: KeyType, key: Uint8Array, sha256: Sha256): VerifierKey {
  if (!isKeyName(name)) throw formatFault('A key name is empty, or holds a space, a plus sign or a control character');
  if (key.length !== KEY_BYTES[type]) throw formatFault('A public key has a wrong length');
  const keyId = hexEncode(sha256(concatBytes([utf8Encode(`${name}\n`), Uint8Array.of(type), key])).subarray(0, 4));
  return { name, keyId, type, key };
}

export const formatVkey = ({ name, keyId, type, key }: VerifierKey): string =>
  `${name}+${keyId}+${base64Encode(concatBytes([Uint8Array.of(type), key]))}`;

/** Splits at the first two `+` (base64 has its own), recomputes the id and refuses a mismatch. */
export function parseVkey(text: string, sha256: Sha256): VerifierKey {
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 1 || second < 0) throw formatFault('A verifier key has the form `name+id+key`');
  const encoded = base64Decode(text.slice(second + 1));
  const type = encoded[0];
  if (!isKeyType(type)) throw formatFault('A verifier key has an unknown type');
  const key = verifierKey(text.slice(0, first), type, encoded.slice(1), sha256);
  if (key.keyId !== text.slice(first + 1, second)) throw formatFault('The id of a verifier key does not fit its key');
  return key;
}
