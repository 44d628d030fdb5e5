import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalize, parseCanonical, utf8Encode } from '@countersign/kernel/ledger';
import type { JsonRecord } from '@countersign/kernel/json';
import type { StoredBundle } from '../../ports/bundles.ts';
import type { Signer } from '../../ports/signer.ts';
import { starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';
import { sha256Hex } from './archive.ts';
import { buildBundle, type BuiltBundle } from './build.ts';
import { loadStored, signedBytes, storedBundle, storedFiles } from './load.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer: Signer = {
  keyId: 'key_1',
  sign: (bytes) => sign(null, bytes, privateKey).toString('base64'),
  verify: (bytes, signature, keyId) => keyId === 'key_1' && verify(null, bytes, publicKey, Buffer.from(signature, 'base64')),
};

let built: BuiltBundle;
let stored: StoredBundle;
beforeAll(async () => {
  const result = await buildBundle(await starterFiles(), { cedar: cedarText });
  if (!result.ok) throw new Error('the starter does not build');
  built = result;
  stored = storedBundle('example', built, signer, '2026-11-21T00:00:00.000Z');
}, 60_000);

/** The archive changed by somebody who can sign, so that only what lies behind the signature is left to notice. */
function resigned(
  change: (archive: { manifest: JsonRecord; files: Record<string, string>; built: Record<string, string> }) => void,
): StoredBundle {
  const archive = structuredClone(parseCanonical(stored.archive)) as unknown as {
    manifest: JsonRecord;
    files: Record<string, string>;
    built: Record<string, string>;
  };
  change(archive);
  const bytes = utf8Encode(canonicalize(archive as unknown as JsonRecord));
  const revision = sha256Hex(bytes);
  return { ...stored, archive: bytes, revision, signature: signer.sign(signedBytes(revision)) };
}

test('a stored revision loads to the snapshot that was built', () => {
  const loaded = loadStored(stored, signer);
  expect(loaded.revision).toBe(built.revision);
  expect(loaded.source).toEqual(built.snapshot.source);
  expect([...loaded.models]).toEqual([...built.snapshot.models]);
  expect(loaded.settings).toEqual(built.snapshot.settings);
  expect(storedFiles(stored, signer)).toEqual(built.files);
});

describe('a stored revision that was touched is refused', () => {
  test('every flipped bit of a sample', () => {
    const step = Math.max(1, Math.floor(stored.archive.length / 97));
    for (let at = 0; at < stored.archive.length; at += step) {
      const archive = Uint8Array.from(stored.archive);
      archive[at] = (archive[at] ?? 0) ^ (1 << (at % 8));
      expect(() => loadStored({ ...stored, archive }, signer)).toThrow(/does not have its revision/);
    }
  });

  test.each<[string, (bundle: StoredBundle) => StoredBundle, RegExp]>([
    [
      'another signature',
      (bundle) => ({ ...bundle, signature: signer.sign(signedBytes('0'.repeat(64))) }),
      /its signature does not verify/,
    ],
    ['no signature', (bundle) => ({ ...bundle, signature: '' }), /its signature does not verify/],
    ['another key', (bundle) => ({ ...bundle, keyId: 'key_2' }), /its signature does not verify/],
    ['another revision', (bundle) => ({ ...bundle, revision: '0'.repeat(64) }), /its signature does not verify/],
    ['a cut archive', (bundle) => ({ ...bundle, archive: bundle.archive.slice(0, -1) }), /does not have its revision/],
  ])('%s', (_, change, expected) => {
    expect(() => loadStored(change(stored), signer)).toThrow(expected);
  });

  test('translated policies that are not those of the manifest, signed or not', () => {
    const widened = resigned(({ built: parts }) => {
      parts['policies'] = (parts['policies'] ?? '').replace('"forbid"', '"permit"');
    });
    expect(() => loadStored(widened, signer)).toThrow(/`policies` does not have the hash of the manifest/);
  });

  test('a file more than the manifest names', () => {
    const more = resigned(({ files }) => {
      files['policies/99-more.cedar'] = '';
    });
    expect(() => loadStored(more, signer)).toThrow(/its manifest does not fit its files/);
  });

  test.each([
    ['language', '5.0', /another version of the policy language/],
    ['format', 'countersign-bundle/2', /another format/],
  ])('another %s', (member, value, expected) => {
    const other = resigned((archive) => {
      archive.manifest = { ...archive.manifest, [member]: value };
    });
    expect(() => loadStored(other, signer)).toThrow(expected);
  });

  test('a revision whose own cases fail', () => {
    const failing = resigned((archive) => {
      const text = (archive.files['policies/tests/people.yaml'] ?? '').replace(
        'policies: [access.erasure]',
        'policies: [access.evidence]',
      );
      archive.files['policies/tests/people.yaml'] = text;
      const files = archive.manifest['files'] as Record<string, string>;
      archive.manifest = { ...archive.manifest, files: { ...files, 'policies/tests/people.yaml': sha256Hex(text) } };
    });
    expect(() => loadStored(failing, signer)).toThrow(
      /`who erases: Person::grace payload\.erase Org::example`: policies: expected \[access\.evidence\], got \[access\.erasure\]/,
    );
  });
});
