import { describe, expect, test } from 'vitest';
import { type EntryDraft, hexEncode, type LedgerEntry, parseEntry, sealEntry } from '@countersign/kernel/ledger';
import { Chains } from './chains.ts';
import { Relations } from './relations.ts';
import { Findings } from './report.ts';
import { relate, Sense } from './sense.ts';
import { sha256 } from './sha256.ts';

type Draft = EntryDraft extends infer T ? (T extends EntryDraft ? Omit<T, 'v' | 'org' | 'id' | 'ts'> : never) : never;

const digest = 'ab'.repeat(32);
const cost = {
  inputTokens: 1,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
} as const;

const decision = (answer: 'allow' | 'deny' | 'requireApproval', more: object = {}, id = 'dec_1'): Draft => ({
  type: 'decision',
  principal: 'agt_1',
  action: 'model.call',
  resource: 'mdl_1',
  decision: {
    ...{ id, answer, code: 'ok', reasons: [], policies: [], obligations: [], gates: [], shadow: [] },
    ...{ revision: 'rev_1', requestDigest: digest, factsDigest: digest },
  },
  ...more,
});
const allow = (more: object = {}, id = 'dec_1'): Draft => decision('allow', more, id);
const reservation = { id: 'res_1', microUsd: 100, tokens: 10, requests: 1 };
const outcome = (status: 'done' | 'unknown' | 'released', more: object = {}): Draft => ({
  type: 'outcome',
  outcome: { decision: 'dec_1', status },
  ...more,
});
const spent = (microUsd: number): object => ({ cost: { ...cost, microUsd, usage: 'provider', priceRevision: 'p' } });
const connection = (grant = 'gra_1'): Draft => ({
  type: 'connection.ended',
  principal: 'agt_1',
  grant,
  detail: {
    ...{ decision: 'dec_1', run: 'run_1', host: 'a.example', port: 443, rule: 'set/rule', mode: 'opaque', end: 'done' },
    ...{ uploadBytes: 1, downloadBytes: 2, durationMs: 3 },
  },
});
const correction: Draft = { type: 'charge.correction', detail: { decision: 'dec_1', microUsd: 5, code: 'late' } };
const ask: Draft = {
  type: 'approval.requested',
  approval: 'apr_1',
  detail: { decision: 'dec_0', expiresAt: '2026-01-01T00:00:00.000Z', requestDigest: digest, shownDigest: digest },
};
const asked = [decision('requireApproval', { approval: 'apr_1' }, 'dec_0'), ask];
const vote = (state: 'open' | 'approved' | 'refused'): Draft => ({
  type: 'approval.decided',
  approval: 'apr_1',
  detail: { by: 'usr_1', verdict: state === 'refused' ? 'refused' : 'approved', state },
});
const expired: Draft = { type: 'approval.expired', approval: 'apr_1' };
const used = allow({ approval: 'apr_1' });

function entriesOf(drafts: readonly Draft[]): { entry: LedgerEntry; leaf: Uint8Array }[] {
  let nodePrev: string | null = null;
  return [{ type: 'node.started' } as const, ...drafts].map((draft, nodeSeq) => {
    const id = `01930000-0000-7000-8000-${nodeSeq.toString(16).padStart(12, '0')}`;
    const { bytes, leaf } = sealEntry(
      { v: 1, org: 'org_1', id, ts: '2026-01-01T00:00:00.000Z', ...draft },
      { node: 'nod_1', nodeSeq, nodePrev },
      sha256,
    );
    nodePrev = hexEncode(leaf);
    return { entry: parseEntry(bytes), leaf };
  });
}

async function findingsOf(drafts: readonly Draft[], pruned = false): Promise<string[]> {
  const findings = new Findings();
  const relations = new Relations();
  for (const [index, { entry }] of entriesOf(drafts).entries()) relate(entry, index, relations);
  const sense = new Sense(findings, pruned);
  for await (const part of relations.groups()) for (const [key, records] of part) sense.check(key, records);
  return findings
    .levels()
    .flatMap((level) =>
      level.findings.map(({ text, index }) => `${level.level}: ${text}${index === undefined ? '' : ` (${index})`}`),
    );
}

describe('what makes sense', () => {
  test.each<readonly [string, readonly Draft[]]>([
    [
      'an act within its reservation',
      [allow({ grant: 'gra_1', reservation }), outcome('done', { grant: 'gra_1', reservation, ...spent(100) })],
    ],
    [
      'an act beyond its reservation, corrected',
      [allow({ reservation }), outcome('done', { reservation, ...spent(105) }), correction],
    ],
    [
      'an outcome that was unknown first',
      [allow({ grant: 'gra_1' }), outcome('unknown', { grant: 'gra_1' }), outcome('done', { grant: 'gra_1' })],
    ],
    ['a denial', [decision('deny')]],
    [
      'connections under one grant, before its outcome',
      [allow({ grant: 'gra_1' }), connection(), connection(), outcome('done', { grant: 'gra_1' })],
    ],
    ['a connection whose run nobody saw end', [allow({ grant: 'gra_1' }), connection(), outcome('unknown', { grant: 'gra_1' })]],
    ['an approval that was used', [...asked, vote('open'), vote('approved'), used]],
    ['an approval that nobody used', [...asked, vote('refused')]],
    ['an approval that expired', [...asked, expired]],
  ])('%s', async (_, drafts) => {
    expect(await findingsOf(drafts)).toEqual([]);
  });
});

describe('what makes no sense', () => {
  test.each<readonly [string, readonly Draft[], readonly string[]]>([
    [
      'a connection that was not allowed',
      [decision('deny'), connection()],
      [
        '6: a connection under the decision dec_1, which did not allow it (2)',
        '6: the grant gra_1 was not minted by a decision before (2)',
      ],
    ],
    [
      'a connection that nobody decided',
      [connection()],
      [
        '6: the decision dec_1 is not on record before this entry (1)',
        '6: the grant gra_1 was not minted by a decision before (1)',
      ],
    ],
    [
      'a connection under another grant',
      [allow({ grant: 'gra_1' }), connection('gra_2')],
      ['6: the grant gra_2 was not minted by a decision before (2)'],
    ],
    [
      'a connection after the outcome',
      [allow({ grant: 'gra_1' }), outcome('done', { grant: 'gra_1' }), connection()],
      ['6: a connection under the decision dec_1, after its outcome (3)'],
    ],
    ['an outcome without decision', [outcome('done')], ['6: the decision dec_1 is not on record before this entry (1)']],
    [
      'an outcome before its decision',
      [outcome('done'), allow()],
      ['6: the decision dec_1 is not on record before this entry (1)'],
    ],
    [
      'an outcome of a denial',
      [decision('deny'), outcome('done')],
      ['6: an outcome of the decision dec_1, which did not allow the act (2)'],
    ],
    ['two outcomes', [allow(), outcome('done'), outcome('released')], ['6: a second outcome of the decision dec_1 (3)']],
    ['a decision recorded twice', [allow(), allow()], ['6: the decision dec_1 was recorded twice (2)']],
    [
      'a cost beyond the reservation',
      [allow({ reservation }), outcome('done', { reservation, ...spent(101) })],
      ['6: the decision dec_1 cost 101 micro-USD, and 100 were reserved (1)'],
    ],
    [
      'a cost without reservation',
      [allow(), outcome('done', spent(1))],
      ['6: the decision dec_1 cost 1 micro-USD, and 0 were reserved (1)'],
    ],
    ['a correction without decision', [correction], ['6: the decision dec_1 is not on record before this entry (1)']],
    [
      'a grant of a denial',
      [decision('deny', { grant: 'gra_1' })],
      ['6: the grant gra_1 comes from a decision that did not allow (1)'],
    ],
    [
      'a grant minted twice',
      [allow({ grant: 'gra_1' }), allow({ grant: 'gra_1' }, 'dec_2')],
      ['6: the grant gra_1 was minted by a decision twice (2)'],
    ],
    [
      'a grant that nobody minted',
      [allow(), outcome('done', { grant: 'gra_1' })],
      ['6: the grant gra_1 was not minted by a decision before (2)'],
    ],
    [
      'a reservation that nobody made',
      [allow(), outcome('done', { reservation })],
      ['6: the reservation res_1 was not made by a decision before (2)'],
    ],
    ['an approval used unasked', [used], ['6: the approval apr_1 was used while it was unknown (1)']],
    ['an approval used before the vote', [...asked, used], ['6: the approval apr_1 was used while it was open (3)']],
    [
      'an approval used with too few votes',
      [...asked, vote('open'), used],
      ['6: the approval apr_1 was used while it was open (4)'],
    ],
    [
      'an approval used after a refusal',
      [...asked, vote('refused'), used],
      ['6: the approval apr_1 was used while it was open (4)'],
    ],
    [
      'an approval used twice',
      [...asked, vote('approved'), used, allow({ approval: 'apr_1' }, 'dec_2')],
      ['6: the approval apr_1 was used while it was used (5)'],
    ],
    [
      'an approval used after it expired',
      [...asked, vote('approved'), expired, used],
      ['6: the approval apr_1 was used while it was expired (5)'],
    ],
    ['a vote on nothing', [vote('approved')], ['6: the approval apr_1 was never requested (1)']],
    [
      'an approval asked for an allowed act',
      [allow({}, 'dec_0'), ask],
      ['6: an approval was asked for the decision dec_0, which did not need one (2)'],
    ],
  ])('%s', async (_, drafts, expected) => {
    expect(await findingsOf(drafts)).toEqual(expected);
  });

  test('references into what was pruned are no findings', async () => {
    expect(await findingsOf([outcome('done', { grant: 'gra_1', reservation }), vote('approved'), used], true)).toEqual([]);
  });
});

describe('node chains', () => {
  const chain = entriesOf([allow(), outcome('done'), correction, correction]);
  function chainFindings(order: readonly number[], { pruned = false } = {}): string[] {
    const findings = new Findings();
    const chains = new Chains(findings, pruned);
    for (const [index, n] of order.entries()) {
      const link = chain[n];
      if (link !== undefined) chains.add(link.entry, index, hexEncode(link.leaf));
    }
    chains.finish();
    return findings.levels().flatMap((level) => level.findings.map(({ text }) => text));
  }

  test.each<readonly [string, readonly number[], object, readonly string[]]>([
    ['in order', [0, 1, 2, 3, 4], {}, []],
    ['in the order of two batches in flight', [0, 3, 4, 1, 2], {}, []],
    ['with a gap', [0, 1, 3, 4], {}, ['node nod_1 has no entries with the numbers 2 to 2']],
    [
      'with two gaps',
      [0, 2, 4],
      {},
      ['node nod_1 has no entries with the numbers 1 to 1', 'node nod_1 has no entries with the numbers 3 to 3'],
    ],
    ['without its beginning', [2, 3], {}, ['node nod_1 has no entries with the numbers 0 to 1']],
    ['without its beginning, which was pruned', [2, 3], { pruned: true }, []],
    ['twice the same number', [0, 1, 1, 2], {}, ['node nod_1 has number 1 twice']],
  ])('%s', (_, order, options, expected) => {
    expect(chainFindings(order, options)).toEqual(expected);
  });

  test('a wrong link is found', () => {
    const findings = new Findings();
    const chains = new Chains(findings, false);
    for (const [index, { entry, leaf }] of chain.entries())
      chains.add(entry, index, hexEncode(index === 1 ? sha256(leaf) : leaf));
    chains.finish();
    expect(findings.total).toBe(1);
  });
});
