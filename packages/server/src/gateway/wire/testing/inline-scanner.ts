/** The real scanner without its workers: everything in the caller's turn. */
import { createHash } from 'node:crypto';
import { allDetectors, makeScanner, mentionsSecrets } from '@countersign/kernel/redact';
import type { Scanner } from '../../../ports/scanner.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export const SCAN_KEY: Uint8Array = new Uint8Array(32).fill(7);

const inline = makeScanner({ detectors: allDetectors(), sha256, key: SCAN_KEY, mentions: mentionsSecrets() });

export const inlineScanner: Scanner = {
  digest: inline.digest,
  scan: async (text, { profile }) => inline.scan(text, profile),
  redact: async (text, { profile }) => inline.redact(text, profile),
  stream: (profile, restores) => inline.stream(profile, restores),
  jsonStream: (profile, restores) => inline.jsonStream(profile, restores),
  close: async () => undefined,
};
