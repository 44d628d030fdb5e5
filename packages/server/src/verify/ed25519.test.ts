import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { importPublicKey, rawPublicKey, signEd25519, verifyEd25519 } from './ed25519.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const message = Buffer.from('what is signed');

test('a signature verifies under its key, and under nothing else', () => {
  const signature = signEd25519(privateKey, message);
  const raw = rawPublicKey(publicKey);
  expect(raw).toEqual(rawPublicKey(privateKey));
  expect(verifyEd25519(raw, message, signature)).toBe(true);
  expect(verifyEd25519(raw, Buffer.from('something else'), signature)).toBe(false);
  expect(verifyEd25519(raw, message, signature.slice(1))).toBe(false);
  expect(verifyEd25519(rawPublicKey(generateKeyPairSync('ed25519').publicKey), message, signature)).toBe(false);
});

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const withSign = (key: Uint8Array): Uint8Array => key.map((byte, i) => (i === 31 ? byte | 0x80 : byte));
const small = [
  ['the identity', hex(`01${'00'.repeat(31)}`)],
  ['the point of order two', hex(`ec${'ff'.repeat(30)}7f`)],
  ['a point of order four', hex('00'.repeat(32))],
  ['a point of order eight', hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')],
  ['the other point of order eight', hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')],
  ['zero in another encoding', hex(`ed${'ff'.repeat(30)}7f`)],
  ['the identity in another encoding', hex(`ee${'ff'.repeat(30)}7f`)],
  ['a larger encoding', hex(`${'ff'.repeat(31)}7f`)],
] as const;

test.each(small)('%s is refused as a public key, with either sign', (_, key) => {
  const fault = expect.objectContaining({ code: 'ledger.format' });
  expect(() => importPublicKey(key)).toThrow(fault);
  expect(() => importPublicKey(withSign(key))).toThrow(fault);
  expect(() => verifyEd25519(key, message, new Uint8Array(64))).toThrow(fault);
});

test('a key of another length is refused', () => {
  expect(() => importPublicKey(new Uint8Array(31).fill(9))).toThrow(expect.objectContaining({ code: 'ledger.format' }));
});
