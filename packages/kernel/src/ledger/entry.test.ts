import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkEntry, type EntryDraft, hexEncode, leafHash, ledgerId, parseEntry, sealEntry, utf8Encode } from './index.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
const digest = 'ab'.repeat(32);

const draft = {
  v: 1,
  org: 'org_acme',
  id: '01920000-0000-7000-8000-000000000001',
  ts: '2026-01-02T03:04:05.678Z',
  type: 'decision',
  principal: 'Countersign::Agent::"mender"',
  action: 'model.call',
  resource: 'Countersign::Model::"small"',
  decision: {
    id: 'dec_1',
    answer: 'allow',
    code: 'ok',
    reasons: [{ code: 'ok', policy: 'access.models' }],
    policies: ['access.models'],
    obligations: [],
    gates: [],
    shadow: [{ policy: 'limit.next', effect: 'wouldDeny' }],
    revision: 'sha256:1234',
    requestDigest: digest,
    factsDigest: digest,
  },
} satisfies EntryDraft;

const link = { node: 'nod_1', nodeSeq: 1, nodePrev: digest };

describe('an entry', () => {
  test('is sealed to canonical bytes whose leaf hash is the next link, and reads back as it was', () => {
    const { bytes, leaf } = sealEntry(draft, link, sha256);
    expect(parseEntry(bytes)).toEqual({ ...draft, ...link });
    expect(hexEncode(leaf)).toBe(hexEncode(leafHash(bytes, sha256)));
    expect(checkEntry({ ...draft, ...link })).toEqual({ ...draft, ...link });
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ['a record without type', {}],
    ['null', null],
    ['a list', []],
    ['an unknown type', { ...draft, ...link, type: 'constructor' }],
    ['an unknown member', { ...draft, ...link, note: 'x' }],
    ['an unknown member inside', { ...draft, ...link, decision: { ...draft.decision, why: 'x' } }],
    ['a member of another type', { ...draft, ...link, outcome: { decision: 'dec_1', status: 'done' } }],
    ['a missing member', { ...draft, ...link, principal: undefined }],
    ['a missing decision', Object.fromEntries(Object.entries({ ...draft, ...link }).filter(([key]) => key !== 'decision'))],
    ['a mail address as principal', { ...draft, ...link, principal: 'ana@example.com' }],
    ['free text', { ...draft, ...link, ticket: 'please hurry' }],
    ['another version', { ...draft, ...link, v: 2 }],
    ['an id that is not a UUIDv7', { ...draft, ...link, id: '01920000-0000-4000-8000-000000000001' }],
    ['a time with an offset', { ...draft, ...link, ts: '2026-01-02T03:04:05.678+01:00' }],
    ['a fraction', { ...draft, ...link, nodeSeq: 1.5 }],
    ['a first entry that is not node.started', { ...draft, node: 'nod_1', nodeSeq: 0, nodePrev: null }],
    ['a later entry without link', { ...draft, ...link, nodePrev: null }],
    [
      'too many bytes',
      {
        ...draft,
        ...link,
        payloads: Array.from({ length: 32 }, () => ({ digest, bytes: 1, class: 'c'.repeat(120), kind: 'k'.repeat(120) })),
      },
    ],
  ];
  test.each(wrong)('is refused: %s', (_, value) => {
    expect(() => checkEntry(value)).toThrow(expect.objectContaining({ name: 'Fault' }));
  });

  test('is refused when the same JSON is written in another way', () => {
    const { bytes } = sealEntry(draft, link, sha256);
    const text = new TextDecoder().decode(bytes);
    expect(() => parseEntry(utf8Encode(` ${text}`))).toThrow(expect.objectContaining({ code: 'json.not-canonical' }));
    expect(() => parseEntry(new Uint8Array(0))).toThrow(expect.objectContaining({ code: 'json.not-canonical' }));
  });
});

test('any text becomes a ledger id, and different texts stay different', () => {
  expect(ledgerId('docs/ein Weg ü.md')).toBe('docs/ein%20Weg%20%C3%BC.md');
  expect(ledgerId('a%20b')).toBe('a%2520b');
});
