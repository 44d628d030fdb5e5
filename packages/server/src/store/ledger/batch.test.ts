import { type EntryDraft, hexEncode, sealEntry } from '@countersign/kernel/ledger';
import { expect, test } from 'vitest';
import { decisionDraft, outcomeDraft } from '../../../../../tests/support/ledger.ts';
import { FIXED_BYTES, sealBatch } from './batch.ts';
import { keyOf } from './keys.ts';
import { sha256 } from './sha256.ts';

const big = (org: string): EntryDraft => {
  const draft = decisionDraft(org);
  return {
    ...draft,
    decision: { ...draft.decision, gates: Array.from({ length: 60 }, (_, i) => `gate-${i}-`.padEnd(100, 'x')) },
  };
};

test('a batch has the bytes, leaves and links of the kernel, also when it outgrows its first buffer', () => {
  const drafts = [outcomeDraft('acme', 'dec_1'), ...Array.from({ length: 40 }, () => big('acme')), decisionDraft('acme')];
  const batch = sealBatch('n1', { next: 5, leaf: 'ab'.repeat(32) }, drafts);
  const lengths = JSON.parse(batch.lengths.replace('{', '[').replace('}', ']')) as number[];
  let prev = 'ab'.repeat(32);
  let at = 0;
  for (const [i, draft] of drafts.entries()) {
    const sealed = sealEntry(draft, { node: 'n1', nodeSeq: 5 + i, nodePrev: prev }, sha256);
    expect(batch.bodies.subarray(at, at + (lengths[i] ?? 0)).equals(sealed.bytes)).toBe(true);
    const fixed = batch.fixed.subarray(i * FIXED_BYTES, (i + 1) * FIXED_BYTES);
    const decision = draft.type === 'decision' ? keyOf(draft.decision.id) : Buffer.alloc(16);
    expect(fixed.equals(Buffer.concat([sealed.leaf, keyOf(draft.id), decision]))).toBe(true);
    prev = hexEncode(sealed.leaf);
    at += lengths[i] ?? 0;
  }
  expect(batch.bodies.length).toBe(at);
  expect(batch.after).toEqual({ next: 5 + drafts.length, leaf: prev });
});

test.each([
  ['0192f0c1-7d4e-7a8c-9f10-2b3c4d5e6f70', '0192f0c17d4e7a8c9f102b3c4d5e6f70'],
  ['dec_0192f0c17d4e7a8c9f102b3c4d5e6f70', '0192f0c17d4e7a8c9f102b3c4d5e6f70'],
  ['dec_1', hexEncode(sha256(Buffer.from('dec_1')).subarray(0, 16))],
  [
    'DEC_0192f0c17d4e7a8c9f102b3c4d5e6f70',
    hexEncode(sha256(Buffer.from('DEC_0192f0c17d4e7a8c9f102b3c4d5e6f70')).subarray(0, 16)),
  ],
])('the key of %s is %s', (id, key) => {
  expect(keyOf(id).toString('hex')).toBe(key);
});
