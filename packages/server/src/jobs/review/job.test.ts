import { describe, expect, test } from 'vitest';
import type { ApprovalRecord, VerdictDraft } from '../../ports/approvals.ts';
import { NO_MARKS, type TaskMarks } from '../../ports/marks.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import type { ReviewDraft, ReviewSettings } from '../../ports/review.ts';
import { createReviewJob } from './job.ts';

const SETTINGS: ReviewSettings = {
  agent: 'reviewer',
  model: 'm',
  repository: 'r',
  useCase: 'u',
  gates: ['command'],
  classes: ['draft'],
  maxTier: 2,
  maxEstimateMicroUsd: 0,
  maxDataRank: 1,
  protectedPaths: ['infra/'],
  seenApproved: 1,
  sample: 0.1,
  errorBudget: 0.05,
  window: 100,
  budgetMicroUsd: 1,
};

const APPROVAL: ApprovalRecord = {
  id: 'apr_1',
  org: 'acme',
  decision: 'dec_1',
  requestDigest: 'a'.repeat(64),
  shownDigest: 'b'.repeat(64),
  revision: 'r1',
  requester: 'fixer',
  onBehalfOf: 'usr_ada',
  mandate: 'man_1',
  task: 'tsk_1',
  action: 'command.draft',
  actionClass: 'draft',
  gates: [{ gate: 'command', approvers: 'team:platform', min: 1, policies: [] }],
  shown: {
    action: 'command.draft',
    agent: { id: 'fixer', purpose: 'Repairs tests.', role: 'editor', tier: 1 },
    resource: { type: 'Command', id: 'npm' },
    args: { programs: ['npm'], bytes: 12 },
    content: { argv: ['npm', 'run', 'lint'] },
    dataClass: 'internal',
    cost: { estimateMicroUsd: 0 },
  },
  state: 'open',
  openedAt: '2026-06-01T12:00:00.000Z',
  expiresAt: '2026-06-01T13:00:00.000Z',
  usedBy: null,
  verdicts: [],
};

interface World {
  readonly approval?: Partial<ApprovalRecord>;
  readonly says?: string | Error | undefined;
  readonly state?: 'shadow' | 'live' | 'suspended';
  readonly before?: { approved: number; refused: number };
  readonly marks?: TaskMarks;
  readonly random?: number;
  readonly settings?: ReviewSettings;
  readonly finishes?: boolean;
}

const GOOD = JSON.stringify({ outcome: 'approve', risk: 'low', rationale: 'It lints.' });

async function look(world: World = {}) {
  const [drafts, verdicts, asked] = [[] as ReviewDraft[], [] as VerdictDraft[], [] as unknown[]];
  const unused = (): never => {
    throw new Error('unused');
  };
  const approval = { ...APPROVAL, ...world.approval };
  const order: string[] = [];
  const job = createReviewJob({
    org: 'acme',
    reviews: {
      claim: async () => [approval.id],
      history: async () => world.before ?? { approved: 1, refused: 0 },
      state: async () => world.state ?? 'live',
      finish: async (draft) => {
        order.push('recorded');
        drafts.push(draft);
        return (world.finishes ?? true) ? { applied: draft.applied } : undefined;
      },
      learn: async () => 0,
      contest: unused,
      resume: unused,
      classes: unused,
      find: unused,
      list: unused,
    },
    approvals: {
      find: async () => approval,
      decide: async (verdict) => {
        order.push('approved');
        verdicts.push(verdict);
        return approval;
      },
    },
    marks: { read: async () => world.marks ?? NO_MARKS },
    snapshots: { current: () => ({ settings: { review: world.settings ?? SETTINGS } }) as unknown as BundleSnapshot },
    model: {
      ask: async (_settings, shown) => {
        asked.push(shown);
        if (world.says instanceof Error) throw world.says;
        return 'says' in world ? world.says : GOOD;
      },
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    random: () => world.random ?? 0.5,
  });
  await job.once();
  return { draft: drafts[0], verdicts, asked, order };
}

test('an approval is on record before it is given, with the digest of what was shown', async () => {
  const { draft, verdicts, order, asked } = await look();
  expect(order).toEqual(['recorded', 'approved']);
  expect(draft).toMatchObject({
    outcome: 'approve',
    applied: true,
    class: 'command/draft',
    requestDigest: APPROVAL.requestDigest,
  });
  expect(verdicts).toMatchObject([
    { approver: 'reviewer', groups: ['team:platform'], answer: 'approve', shownDigest: APPROVAL.shownDigest },
  ]);
  // The model sees the request, and no person.
  expect(JSON.stringify(asked)).toContain('"argv":["npm","run","lint"]');
  expect(JSON.stringify(asked)).not.toContain('usr_ada');
});

describe('people decide', () => {
  test.each<[string, World, readonly string[], number]>([
    ['what is outside of a bound, and no model is asked', { approval: { actionClass: 'mutate-low' } }, ['class'], 0],
    ['what is new', { before: { approved: 0, refused: 0 } }, ['novel'], 0],
    ['what they refused before', { before: { approved: 9, refused: 1 } }, ['refused-before'], 0],
    ['what strangers could have asked for', { marks: { dataClass: 'public', taints: ['untrusted'] } }, ['taint'], 0],
    ['what touches data of a higher class', { marks: { dataClass: 'restricted', taints: [] } }, ['data'], 0],
    [
      'what names a protected path',
      { approval: { shown: { ...APPROVAL.shown, content: { argv: ['cat', 'infra/x'] } } } },
      ['path'],
      0,
    ],
    [
      'what names one with a member',
      { approval: { shown: { ...APPROVAL.shown, content: { arguments: { 'infra/x': 'y' } } } } },
      ['path'],
      0,
    ],
    ['what says nothing of itself', { approval: { shown: {} } }, ['tier', 'cost', 'data'], 0],
    ['what the reviewer itself asks for', { approval: { requester: 'reviewer' } }, ['own'], 0],
    ['what is of a suspended class', { state: 'suspended' }, ['suspended'], 0],
    ['where there is no answer', { says: undefined }, ['unavailable'], 1],
    ['where the model cannot be asked', { says: new Error('down') }, ['unavailable'], 1],
    ['where the answer is none', { says: 'APPROVED' }, ['unreadable'], 1],
    ['what the model leaves to them', { says: GOOD.replace('approve', 'ask') }, ['model'], 1],
  ])('%s', async (_name, world, codes, calls) => {
    const { draft, verdicts, asked } = await look(world);
    expect(draft).toMatchObject({ outcome: 'ask', codes, applied: false });
    expect([verdicts, asked.length]).toEqual([[], calls]);
  });

  test.each<[string, World]>([
    ['in shadow', { state: 'shadow' }],
    ['in the sample', { random: 0.05 }],
  ])('what the reviewer would approve %s, and the answer is kept', async (_name, world) => {
    const { draft, verdicts } = await look(world);
    expect(draft).toMatchObject({ outcome: 'approve', applied: false, rationale: 'It lints.' });
    expect(verdicts).toEqual([]);
  });

  test('what another process looked at meanwhile', async () => expect((await look({ finishes: false })).verdicts).toEqual([]));
});

test('likeness forgets figures, and nothing else', async () => {
  const of = async (shown: ApprovalRecord['shown']) => (await look({ approval: { shown } })).draft?.likeness;
  const base = await of(APPROVAL.shown);
  expect(await of({ ...APPROVAL.shown, args: { programs: ['npm'], bytes: 999 } })).toBe(base);
  expect(await of({ ...APPROVAL.shown, args: { programs: ['npx'], bytes: 12 } })).not.toBe(base);
  expect(await of({ ...APPROVAL.shown, resource: { type: 'Command', id: 'git' } })).not.toBe(base);
  const said = (content: object) => of({ ...APPROVAL.shown, content: { digest: 'x', ...content } as never });
  expect(await said({ command: 'npm run lint' })).not.toBe(await said({ command: 'npm run deploy' }));
  expect(await said({ arguments: { to: 'a', limit: 1 } })).toBe(await said({ arguments: { to: 'a', limit: 2 } }));
  expect(await said({ arguments: { to: 'a' } })).not.toBe(await said({ arguments: { to: 'b' } }));
});
