import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { newId } from '../../adapters/system/clock.ts';
import type { ApprovalDraft } from '../../ports/approvals.ts';
import type { ReviewDraft } from '../../ports/review.ts';
import { PostgresApprovals } from '../approval/index.ts';
import { entriesOf, inMinutes, ofType, openRig, type Rig } from '../road/testing/rig.ts';
import { PostgresReviews } from './index.ts';

let db: FreshDatabase;
let rig: Rig;
let other: Rig;
let reviews: PostgresReviews;
let elsewhere: PostgresReviews;
let approvals: PostgresApprovals;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  other = await openRig(db.connection);
  [reviews, elsewhere] = [new PostgresReviews(rig), new PostgresReviews(other)];
  approvals = new PostgresApprovals(rig);
});
afterAll(async () => {
  await rig.close();
  await other.close();
  await db.drop();
});

const TERMS = { errorBudget: 0.4, window: 20 };
const SHOWN = 'b'.repeat(64);
let serial = 0;

async function open(org: string, more: Partial<ApprovalDraft> = {}): Promise<string> {
  const digest = (serial++).toString(16).padStart(64, '0');
  const { id } = await approvals.open({
    id: newId('apr'),
    org,
    decision: newId('dec'),
    requestDigest: digest,
    shownDigest: SHOWN,
    revision: 'a'.repeat(64),
    requester: 'agent-fixer',
    onBehalfOf: 'usr_ana',
    mandate: null,
    task: null,
    action: 'command.draft',
    actionClass: 'draft',
    gates: [{ gate: 'command', approvers: 'team:platform', min: 1, policies: [] }],
    shown: {},
    expiresAt: inMinutes(10),
    ...more,
  });
  return id;
}

const draft = (org: string, approval: string, more: Partial<ReviewDraft> = {}): ReviewDraft => ({
  org,
  approval,
  likeness: 'c'.repeat(64),
  class: 'command/draft',
  outcome: 'approve',
  codes: [],
  rationale: 'It is \u0000 small.',
  applied: false,
  requestDigest: 'd'.repeat(64),
  shownDigest: SHOWN,
  ...more,
});

const answer = (org: string, approval: string, word: 'approve' | 'deny') =>
  approvals.decide({
    org,
    approval,
    approver: 'usr_ben',
    groups: ['team:platform'],
    answer: word,
    reason: 'seen',
    shownDigest: SHOWN,
  });

test('a request is claimed by one of many, and again when the claim ran out', async () => {
  const org = 'org_claim';
  const ids = [await open(org), await open(org), await open(org, { expiresAt: inMinutes(-1) })];
  const claims = await Promise.all([reviews, elsewhere, reviews, elsewhere].map((each) => each.claim(org, 10, 60_000)));
  expect(claims.flat().sort()).toEqual(ids.slice(0, 2).sort());
  expect(await reviews.claim(org, 10, 60_000)).toEqual([]);
  await rig.store.query(`update review set claimed_until = clock_timestamp() where org = $1 and approval = $2`, [org, ids[0]]);
  expect(await elsewhere.claim(org, 10, 60_000)).toEqual([ids[0]]);
});

test('an outcome is written once, with its entry, and nobody looks at the request again', async () => {
  const org = 'org_finish';
  const id = await open(org);
  await reviews.claim(org, 1, 0);
  const both = await Promise.all([
    reviews.finish(draft(org, id)),
    elsewhere.finish(draft(org, id, { outcome: 'ask', codes: ['model'] })),
  ]);
  expect(both.filter(Boolean)).toHaveLength(1);
  expect(await reviews.claim(org, 10, 60_000)).toEqual([]);
  expect(await reviews.find(org, id)).toMatchObject({
    approval: id,
    class: 'command/draft',
    open: true,
    label: null,
    rationale: 'It is \u0000 small.',
  });
  const told = ofType(await entriesOf(rig.store, org), 'review.verdict').filter((entry) => entry.approval === id);
  expect(told).toHaveLength(1);
  // People decide it without knowing, and people read the ledger.
  const found = await reviews.find(org, id);
  const opened = JSON.stringify([found?.outcome, found?.codes, found?.rationale, found?.salt]);
  expect(told[0]?.detail).toMatchObject({
    outcome: 'sealed',
    codes: [],
    live: false,
    sealed: createHash('sha256').update(opened).digest('hex'),
  });
  expect(told[0]?.detail).not.toHaveProperty('rationale');
});

/** A request that auto-review would approve, and what a person says. */
async function labelled(org: string, word: 'approve' | 'deny'): Promise<string> {
  const id = await open(org);
  await reviews.claim(org, 50, 60_000);
  await reviews.finish(draft(org, id));
  await answer(org, id, word);
  await Promise.all([reviews.learn(org, TERMS), elsewhere.learn(org, TERMS)]);
  return id;
}

test("people's words move a class: to live, to suspended, and by a person back to shadow, where they start from nothing", async () => {
  const org = 'org_class';
  for (let n = 0; n < 5; n++) await labelled(org, 'approve');
  expect(await reviews.state(org, 'command/draft')).toBe('shadow');
  await labelled(org, 'approve');
  expect(await elsewhere.state(org, 'command/draft')).toBe('live');
  expect(await reviews.history(org, 'c'.repeat(64))).toEqual({ approved: 6, refused: 0 });
  await labelled(org, 'deny');
  expect(await reviews.classes(org, TERMS)).toMatchObject([{ class: 'command/draft', state: 'suspended', right: 6, wrong: 1 }]);
  for (let n = 0; n < 20; n++) await labelled(org, 'approve');
  expect(await reviews.state(org, 'command/draft')).toBe('suspended');
  const given = { org, class: 'command/draft', by: 'ada@example.com', code: 'looked-into' };
  await reviews.resume(given);
  expect(await reviews.classes(org, TERMS)).toMatchObject([{ state: 'shadow', right: 0, wrong: 0 }]);
  await expect(reviews.resume(given)).rejects.toMatchObject({ code: 'request.conflict' });
  await expect(reviews.resume({ ...given, class: 'other' })).rejects.toMatchObject({ code: 'request.not-found' });
  const moves = ofType(await entriesOf(rig.store, org), 'review.class').filter((entry) => entry.org === org);
  expect(moves.map(({ detail: { state, by } }) => [state, by])).toEqual([
    ['live', undefined],
    ['suspended', undefined],
    ['shadow', 'ada%40example.com'],
  ]);
}, 60_000);

test('an approval that counted is contested once, and then a class is not live any more', async () => {
  const org = 'org_contest';
  for (let n = 0; n < 6; n++) await labelled(org, 'approve');
  const id = await open(org);
  await reviews.claim(org, 10, 60_000);
  await reviews.finish(draft(org, id, { applied: true }));
  const given = { org, approval: id, by: 'usr_ben', code: 'too-broad' };
  await reviews.contest(given, TERMS);
  await reviews.contest(given, TERMS);
  expect(await reviews.state(org, 'command/draft')).toBe('suspended');
  const words = ofType(await entriesOf(rig.store, org), 'review.labelled').filter((entry) => entry.approval === id);
  expect(words).toHaveLength(1);
  const blind = await labelled(org, 'approve');
  await expect(reviews.contest({ ...given, approval: blind }, TERMS)).rejects.toMatchObject({ code: 'request.conflict' });
  await expect(reviews.contest({ ...given, approval: 'apr_none' }, TERMS)).rejects.toMatchObject({ code: 'request.not-found' });
}, 60_000);

test('an approval of a class that was suspended meanwhile is left to people, and one that a person refused first is a false one', async () => {
  const org = 'org_meanwhile';
  for (let n = 0; n < 6; n++) await labelled(org, 'approve');
  const [late, refused, contested] = [await open(org), await open(org), await open(org)];
  await reviews.claim(org, 10, 60_000);
  expect(await reviews.finish(draft(org, refused, { applied: true }))).toEqual({ applied: true });
  expect(await reviews.finish(draft(org, contested, { applied: true }))).toEqual({ applied: true });
  await answer(org, refused, 'deny');
  expect(await reviews.learn(org, TERMS)).toBe(1);
  expect(await reviews.find(org, refused)).toMatchObject({ applied: true, label: 'wrong' });
  expect(await reviews.history(org, 'c'.repeat(64))).toEqual({ approved: 6, refused: 1 });
  await elsewhere.contest({ org, approval: contested, by: 'usr_ben', code: 'too-broad' }, TERMS);
  expect(await reviews.state(org, 'command/draft')).toBe('suspended');
  expect(await reviews.finish(draft(org, late, { applied: true }))).toEqual({ applied: false });
  expect(await reviews.find(org, late)).toMatchObject({ outcome: 'approve', applied: false, open: true });
}, 60_000);

test('pages go from the newest to the oldest', async () => {
  const org = 'org_pages';
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push(await labelled(org, 'approve'));
  const first = await reviews.list(org, { limit: 2 });
  const second = await reviews.list(org, { limit: 2, cursor: first.nextCursor ?? '' });
  expect([...first.data, ...second.data].map(({ approval }) => approval)).toEqual(ids.reverse());
  expect(second.nextCursor).toBeUndefined();
});
