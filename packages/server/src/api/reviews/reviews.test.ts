import { expect, test } from 'vitest';
import type { ReviewRecord } from '../../ports/review.ts';
import { modelAsk } from '../../govern/testing/world.ts';
import { AGENT, makeApi } from '../testing/world.ts';
import { reviewStore } from '../testing/reviews.ts';

const RECORD: ReviewRecord = {
  org: 'acme',
  approval: 'apr_1',
  likeness: 'a'.repeat(64),
  class: 'preview-model/read',
  outcome: 'approve',
  codes: [],
  rationale: 'It is small.',
  applied: true,
  at: '2026-06-01T12:00:00.000Z',
  salt: null,
  label: null,
  open: false,
};
const CLASS = {
  class: 'preview-model/read',
  state: 'suspended' as const,
  right: 3,
  wrong: 2,
  interval: { low: 0.1, high: 0.7 },
  since: '2026-06-01T12:00:00.000Z',
};

/** One request on the books, of which auto-review says this; the bundle has auto-review. */
async function world(change: Partial<ReviewRecord> = {}) {
  const probe = makeApi();
  const governed = await probe.world.road.govern(modelAsk('next'), () => Promise.reject(new Error('must not act')));
  const approval = governed.ok ? '' : (governed.denial.approval?.id ?? '');
  const made = makeApi({
    reviews: reviewStore([{ ...RECORD, approval, ...change }], [CLASS]),
    approvals: probe.world.deps.approvals,
  });
  const { snapshot } = made.world;
  if (snapshot !== undefined)
    made.world.snapshot = {
      ...snapshot,
      settings: { ...snapshot.settings, review: { errorBudget: 0.05, window: 100 } as never },
    };
  return { ...made, approval };
}

test('what people decide without knowing is hidden while it is open, and told afterwards', async () => {
  const blind = await world({ open: true, applied: false });
  expect((await blind.call('GET', `/api/v1/reviews/${blind.approval}`)).json).toMatchObject({
    outcome: 'hidden',
    codes: [],
    rationale: null,
  });
  const asked = await world({ open: true, applied: false, outcome: 'ask', codes: ['model'], rationale: 'No.' });
  expect((await asked.call('GET', '/api/v1/reviews')).json['data']).toMatchObject([
    { outcome: 'hidden', codes: [], rationale: null },
  ]);
  const bound = await world({ open: true, applied: false, outcome: 'ask', codes: ['cost'], rationale: null });
  expect((await bound.call('GET', `/api/v1/reviews/${bound.approval}`)).json).toMatchObject({ outcome: 'ask', codes: ['cost'] });
  const over = await world();
  expect((await over.call('GET', `/api/v1/reviews/${over.approval}`)).json).toMatchObject({
    outcome: 'approve',
    rationale: 'It is small.',
  });
  expect((await over.call('GET', '/api/v1/reviews/apr_none')).status).toBe(404);
});

test.each([
  ['a member of the group', 'usr_sam', 200],
  ['an administrator', 'usr_root', 200],
  ['somebody else', 'usr_vic', 403],
  ['the person it was for', 'usr_ada', 403],
  ['an agent', AGENT.id, 403],
])('contested by %s', async (_name, as, status) => {
  const { call, approval } = await world();
  const path = `/api/v1/reviews/${approval}/contest`;
  expect((await call('POST', `${path}?dryRun=true`, { as, body: { code: 'too-broad' } })).status).toBe(status);
  expect((await call('POST', path, { as, body: { code: 'too-broad' } })).status).toBe(status);
  const { json } = await call('GET', `/api/v1/reviews/${approval}`);
  expect(json['label']).toBe(status === 200 ? 'wrong' : null);
});

test('whether there is anything to contest is not told while people decide without knowing', async () => {
  const answers = await Promise.all(
    [{}, { outcome: 'ask' as const, codes: ['model'] }].map(async (change) => {
      const { call, approval } = await world({ open: true, applied: false, ...change });
      const { status, json } = await call('POST', `/api/v1/reviews/${approval}/contest`, { body: { code: 'too-broad' } });
      return [status, json['code'], json['detail']];
    }),
  );
  expect(answers[0]).toEqual([409, 'request.conflict', 'The request is still open: decide it.']);
  expect(answers[1]).toEqual(answers[0]);
});

test('a reason is a code', async () => {
  const { call, approval } = await world();
  expect((await call('POST', `/api/v1/reviews/${approval}/contest`, { body: { code: 'because I say so' } })).status).toBe(400);
});

test('a suspended class begins again by an administrator', async () => {
  const { call } = await world();
  const body = { class: CLASS.class, code: 'looked-into' };
  expect((await call('GET', '/api/v1/review-classes')).json['data']).toMatchObject([
    { state: 'suspended', falseApprovals: CLASS.interval },
  ]);
  expect((await call('POST', '/api/v1/review-classes/resume', { as: 'usr_sam', body })).status).toBe(403);
  expect((await call('POST', '/api/v1/review-classes/resume', { body })).json).toMatchObject({ state: 'shadow', right: 0 });
});
