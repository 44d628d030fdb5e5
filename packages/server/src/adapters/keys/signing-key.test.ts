import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSigningKey } from './signing-key.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'signing-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a key is made once, readable by us alone, and verifies its own signatures', () => {
  const path = join(dir, 'signing.key');
  const made = loadSigningKey(path);
  const read = loadSigningKey(path);
  const bytes = Buffer.from('mandate');
  const signature = made.sign(bytes);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(read.keyId).toBe(made.keyId);
  expect(read.verify(bytes, signature, made.keyId)).toBe(true);
});

test.each([
  ['other bytes', Buffer.from('other'), (s: string) => s, (k: string) => k],
  [
    'a changed signature',
    Buffer.from('mandate'),
    (s: string) => (s.startsWith('A') ? `B${s.slice(1)}` : `A${s.slice(1)}`),
    (k: string) => k,
  ],
  ['a signature with a space', Buffer.from('mandate'), (s: string) => ` ${s}`, (k: string) => k],
  ['another key id', Buffer.from('mandate'), (s: string) => s, () => 'key_other'],
])('%s does not verify', (_name, bytes, signature, keyId) => {
  const signer = loadSigningKey(join(dir, 'signing.key'));
  const good = signer.sign(Buffer.from('mandate'));
  expect(signer.verify(bytes, signature(good), keyId(signer.keyId))).toBe(false);
});

test('a key that others can read is refused', () => {
  const path = join(dir, 'signing.key');
  loadSigningKey(path);
  chmodSync(path, 0o644);
  expect(() => loadSigningKey(path)).toThrow(/can be read by others/);
});

test('a file that is no key is refused', () => {
  const path = join(dir, 'signing.key');
  writeFileSync(path, 'nonsense', { mode: 0o600 });
  expect(() => loadSigningKey(path)).toThrow(/cannot be read/);
});
