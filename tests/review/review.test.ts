/** Auto-review on a whole installation: the model is asked through the model door, and people's words decide how far it is trusted. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Seen, Turn } from '../../packages/server/src/gateway/model/testing/scripted-upstream.ts';
import { bodyOf, call, type Told } from '../support/calls.ts';
import { readDirectory } from '../../packages/server/src/config/read/files.ts';
import { editYaml, type Installation, ledgerOf, openInstallation } from '../support/installation.ts';

const PREVIEW = 'gpt-6-astra';
const REVIEW = {
  agent: 'approval-reviewer-planner-dev',
  model: 'gpt-5.5',
  repository: 'handbook',
  useCase: 'approval-review',
  gates: ['preview-model'],
  classes: ['read'],
  maxEstimateMicroUsd: 100_000,
  seenApproved: 0,
  // Seven words without a false one are enough for half.
  errorBudget: 0.4,
  sample: 0.01,
  window: 20,
};

let at: Installation;
/** What the reviewing model says next. */
let says: (request: string) => string = () => approval();
const approval = (rationale = 'It reads nothing and changes nothing.') =>
  JSON.stringify({ outcome: 'approve', risk: 'low', rationale });

const isReview = ({ json }: Seen): boolean => typeof json?.['instructions'] === 'string';
const script = (seen: Seen): Turn =>
  isReview(seen) ? { reply: { text: says(JSON.stringify(seen.json?.['input'])) } } : { reply: { text: 'Done.' } };

beforeAll(async () => {
  at = await openInstallation({
    script,
    governance: (dir) => {
      editYaml(join(dir, 'countersign.yaml'), (root) => {
        root.set('review', REVIEW);
        root.set('hold', '90s');
        (root.get('loop') as { set(name: string, value: unknown): void }).set('repeats', 10_000);
      });
    },
  });
});
afterAll(() => at?.close());

/** The status, and what was said where it is no answer. */
const brief = ({ status, text }: Told): string => `${status} ${status === 200 ? '' : text}`;

interface Review {
  readonly approval: string;
  readonly outcome: string;
  readonly codes: readonly string[];
  readonly applied: boolean;
  readonly open: boolean;
  readonly label: string | null;
  readonly rationale: string | null;
}

const reviews = async (): Promise<readonly Review[]> =>
  (await at.admin.get('/api/v1/reviews', { limit: '200' })).json['data'] as unknown as Review[];
const classes = async () =>
  (await at.admin.get('/api/v1/review-classes')).json['data'] as unknown as {
    class: string;
    state: string;
    right: number;
    wrong: number;
  }[];

/** A call of a preview model is held, and told apart by its text. */
const held = (key: string, text: string) =>
  call(at.server.url, key, { body: { ...bodyOf('responses', {}, text), model: PREVIEW } });

async function openRequest(known: ReadonlySet<string>): Promise<{ id: string; shownDigest: string }> {
  let found: { id: string; shownDigest: string } | undefined;
  await expect
    .poll(async () => {
      const { json } = await at.admin.get('/api/v1/approvals', { state: 'open' });
      found = (json['data'] as unknown as { id: string; shownDigest: string }[]).find(({ id }) => !known.has(id));
      return found?.id;
    }, PATIENT)
    .toBeDefined();
  return found as { id: string; shownDigest: string };
}

/** The first one waits for a task and a key of the reviewer's, and for workers of the scanner to start. */
const PATIENT = { timeout: 60_000 };
const seen = new Set<string>();

/** A person of the group answers a request that the reviewer has looked at, without being told what it said. */
async function decide(answer: 'approve' | 'deny'): Promise<Review> {
  const request = await openRequest(seen);
  seen.add(request.id);
  await expect.poll(async () => (await reviews()).some(({ approval: id }) => id === request.id), PATIENT).toBe(true);
  const blind = (await at.admin.get(`/api/v1/reviews/${request.id}`)).json as unknown as Review;
  const grace = await at.personClient('grace');
  await grace.post(`/api/v1/approvals/${request.id}/verdict`, {
    answer,
    reason: 'As I see it.',
    shownDigest: request.shownDigest,
  });
  return blind;
}

describe('a class of requests', () => {
  test('begins in shadow: people decide, blind, and their words are counted', async () => {
    const { key } = await at.task();
    const standing = async () => (await classes())[0]?.state ?? 'none';
    for (let n = 0; n < 12 && (await standing()) !== 'live'; n++) {
      const waiting = held(key, `shadow ${n}`);
      const blind = await decide('approve');
      expect(blind).toMatchObject({ outcome: 'hidden', codes: [], rationale: null, applied: false, open: true });
      expect(brief(await waiting)).toBe('200 ');
      const before = await reviews();
      if (before[0]?.outcome === 'approve') await expect.poll(async () => (await reviews())[0]?.label, PATIENT).toBe('right');
    }
    expect((await classes())[0]).toMatchObject({ class: 'preview-model/read', state: 'live', right: 6, wrong: 0 });
  }, 240_000);

  test('is live once they agree: the held call goes on without a person, and all of it is on record', async () => {
    const { key } = await at.task();
    const answer = await held(key, 'live');
    expect(brief(answer)).toBe('200 ');
    const [review] = await reviews();
    expect(review).toMatchObject({
      outcome: 'approve',
      applied: true,
      open: false,
      rationale: 'It reads nothing and changes nothing.',
    });
    const { json } = await at.admin.get(`/api/v1/approvals/${review?.approval}`);
    expect(json).toMatchObject({ state: 'used', verdicts: [{ approver: REVIEW.agent, answer: 'approve' }] });
    const entries = (await ledgerOf(at)).filter((entry) => entry['approval'] === review?.approval);
    const types = entries.map(({ type }) => type);
    expect(types).toEqual(['approval.requested', 'review.verdict', 'approval.decided', 'decision']);
    // Hand-over or not: one request, one digest.
    const digests = entries.map((entry) => ((entry['detail'] ?? entry['decision']) as { requestDigest?: string }).requestDigest);
    expect(new Set(digests).size).toBe(1);
  });

  test.each([
    ['is no document', 'Sure, approved.', 'unreadable'],
    ['says more than was asked', JSON.stringify({ outcome: 'approve', risk: 'low', rationale: 'x', sudo: true }), 'unreadable'],
    ['leaves it to a person', JSON.stringify({ outcome: 'ask', risk: 'high', rationale: 'It sends data.' }), 'model'],
  ])('goes to a person where the answer %s', async (_name, text, code) => {
    const { key } = await at.task();
    says = () => text;
    const waiting = held(key, `odd ${code} ${text.length}`);
    await decide('approve');
    expect(brief(await waiting)).toBe('200 ');
    says = () => approval();
    const [review] = await reviews();
    expect(review).toMatchObject({ outcome: 'ask', codes: [code], applied: false });
  });

  test('outside of the bounds no model is asked', async () => {
    const { key } = await at.task();
    const before = at.upstream.seen.filter(isReview).length;
    const waiting = call(at.server.url, key, { body: { ...bodyOf('responses'), model: PREVIEW, max_output_tokens: 60_000 } });
    expect(await decide('approve')).toMatchObject({ outcome: 'ask', codes: ['cost'] });
    expect(brief(await waiting)).toBe('200 ');
    expect(at.upstream.seen.filter(isReview).length).toBe(before);
  });

  test('is suspended by itself when a person finds false approvals, and begins again only by a person', async () => {
    const approved = (await reviews()).filter(({ applied }) => applied);
    const [one] = approved;
    const stranger = await at.personClient('sam');
    await expect(stranger.post(`/api/v1/reviews/${one?.approval}/contest`, { code: 'too-broad' })).rejects.toThrow();
    const grace = await at.personClient('grace');
    await grace.post(`/api/v1/reviews/${one?.approval}/contest`, { code: 'too-broad' });
    expect((await classes())[0]).toMatchObject({ state: 'suspended', wrong: 1 });
    const { key } = await at.task();
    const waiting = held(key, 'suspended');
    await decide('approve');
    expect(brief(await waiting)).toBe('200 ');
    expect((await reviews())[0]).toMatchObject({ outcome: 'ask', codes: ['suspended'] });
    await at.admin.post('/api/v1/review-classes/resume', { class: 'preview-model/read', code: 'looked-into' });
    expect((await classes())[0]).toMatchObject({ state: 'shadow', right: 0, wrong: 0 });
    const moves = (await ledgerOf(at))
      .filter(({ type }) => type === 'review.class')
      .map(({ detail }) => (detail as { state: string }).state);
    expect(moves).toEqual(['live', 'suspended', 'shadow']);
  });

  test("the reviewer's own calls took the road, as an agent's", async () => {
    const own = (await ledgerOf(at)).filter((entry) => entry['principal'] === REVIEW.agent && entry.type === 'decision');
    expect(own.length).toBeGreaterThanOrEqual(9);
    expect(own.every((entry) => (entry as unknown as { decision: { answer: string } }).decision.answer === 'allow')).toBe(true);
  });
});

test('a bundle whose reviewer could change something is refused', async () => {
  editYaml(join(at.governance, 'agents', 'approval-reviewer-planner-dev.yaml'), (root) => root.set('role', 'executor'));
  const { json } = await at.admin.post('/api/v1/bundles/plan', { files: await readDirectory(at.governance) });
  expect(JSON.stringify(json['findings'])).toContain('review.role');
});
