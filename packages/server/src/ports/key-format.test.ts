import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatKey, hashSecret, newSecret, parseKey, secretMatches } from './key-format.ts';

const id = 'crd_0192f0c1a2b37c4d8e5f60718293a4b5';

describe('static keys', () => {
  it('a key parses back into its parts, whatever the secret is', () => {
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
    fc.assert(
      fc.property(secret, fc.constantFrom('agent' as const, 'person' as const), (text, kind) => {
        expect(parseKey(formatKey(kind, id, text))).toEqual({ kind, id, secret: text });
      }),
    );
  });

  it('what is not a key is refused', () => {
    const good = formatKey('agent', id, newSecret());
    const bad = [
      '',
      'csk_',
      good.slice(0, -1),
      `${good}x`,
      ` ${good}`,
      good.replace('csk_a', 'csk_x'),
      good.replace('crd_', 'CRD_'),
      'x'.repeat(1e6),
    ];
    for (const text of bad) expect(parseKey(text)).toBeUndefined();
  });

  it('any text is parsed without an exception', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseKey(text)));
  });

  it('parts that would not parse back are refused when a key is made', () => {
    expect(() => formatKey('agent', 'CRD 1', newSecret())).toThrow(RangeError);
    expect(() => formatKey('agent', id, 'short')).toThrow(RangeError);
  });

  it('a secret matches its own hash only', () => {
    const secret = newSecret();
    expect(secretMatches(secret, hashSecret(secret))).toBe(true);
    expect(secretMatches(newSecret(), hashSecret(secret))).toBe(false);
    expect(secretMatches(secret, '')).toBe(false);
  });
});
