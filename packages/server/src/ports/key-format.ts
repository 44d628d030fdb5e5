/**
 * The text of a static key: `csk_a_<credential id>_<secret>` for agents, `csk_p_...` for people. The prefix makes a leaked key easy to find
 * for scanners; the credential id finds its row without a search; the secret is 32 random bytes and is stored only as its SHA-256.
 */
import { createHash, randomBytes } from 'node:crypto';
import { isSameText } from './same-text.ts';

export type KeyKind = 'agent' | 'person';

export interface ParsedKey {
  readonly kind: KeyKind;
  /** Credential id, `crd_...`. */
  readonly id: string;
  readonly secret: string;
}

/** Random bytes of a secret; 43 characters in base64url. */
export const KEY_SECRET_BYTES = 32;

const LETTER: Readonly<Record<KeyKind, string>> = { agent: 'a', person: 'p' };

// The secret has a fixed length, so an underscore in it cannot be taken for the separator.
const PATTERN = /^csk_([ap])_([a-z]{2,8}_[0-9a-z]{4,64})_([A-Za-z0-9_-]{43})$/;

/** @throws RangeError when the parts would not parse back */
export function formatKey(kind: KeyKind, id: string, secret: string): string {
  const text = `csk_${LETTER[kind]}_${id}_${secret}`;
  if (parseKey(text)?.id !== id) throw new RangeError('these parts make no key');
  return text;
}

/** The parts of a key, or undefined when `text` is none. Says nothing about validity. */
export function parseKey(text: string): ParsedKey | undefined {
  // Longer than any key: not worth matching.
  if (text.length > 160) return undefined;
  const [, letter, id, secret] = PATTERN.exec(text) ?? [];
  if (letter === undefined || id === undefined || secret === undefined) return undefined;
  return { kind: letter === 'a' ? 'agent' : 'person', id, secret };
}

/** A fresh secret, base64url. */
export const newSecret = (): string => randomBytes(KEY_SECRET_BYTES).toString('base64url');

/** What is stored of a secret: SHA-256 in hex. The secret has 256 random bits, so no salt or stretching is needed. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex');

/** Compares in constant time. */
export const secretMatches = (secret: string, secretHash: string): boolean => isSameText(hashSecret(secret), secretHash);
