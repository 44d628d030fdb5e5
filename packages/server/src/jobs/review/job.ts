/**
 * Auto-review: looks at every approval request, and approves what lies within hard bounds, what a model calls harmless, and what people have
 * shown it to be right about. INVARIANT: whatever is in doubt stays open for a person, as it was, with the same digests; an approval is on record
 * before it is given.
 */
import { outsideOf, readAnswer } from '@countersign/kernel/review';
import type { ApprovalRecord, ApprovalStore } from '../../ports/approvals.ts';
import type { Log } from '../../ports/log.ts';
import type { MarkStore } from '../../ports/marks.ts';
import { NO_MARKS } from '../../ports/marks.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { ReviewDraft, ReviewModel, ReviewSettings, ReviewStore } from '../../ports/review.ts';
import { classOf, factsOf, likenessOf, questionOf } from './subject.ts';

/** How often the requests are looked at, milliseconds: a held call waits for it. */
const POLL_MS = 250;
/** People's answers are taken over this often. */
const LEARN_EVERY = 8;
const AT_ONCE_MAX = 8;
/** The model has this long; the claim lasts longer, so that nobody else asks meanwhile. */
const MODEL_MS = 25_000;
const LEASE_MS = 60_000;

export interface ReviewJobDeps {
  readonly org: string;
  readonly reviews: ReviewStore;
  readonly approvals: Pick<ApprovalStore, 'find' | 'decide'>;
  readonly marks: Pick<MarkStore, 'read'>;
  readonly snapshots: SnapshotSource;
  readonly model: ReviewModel;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
  readonly pollMs?: number;
}

export interface ReviewJob {
  /** One look. @returns requests that were looked at */
  once(): Promise<number>;
  start(): void;
  /** Resolves when nothing is being reviewed any more; what was is left to people. */
  stop(): Promise<void>;
}

export function createReviewJob(deps: ReviewJobDeps): ReviewJob {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let looks = 0;

  async function once(): Promise<number> {
    const settings = deps.snapshots.current()?.settings.review;
    if (settings === undefined) return 0;
    if (looks++ % LEARN_EVERY === 0) await deps.reviews.learn(deps.org, settings);
    const ids = await deps.reviews.claim(deps.org, AT_ONCE_MAX, LEASE_MS);
    await Promise.all(ids.map((id) => review(deps, settings, id, stopping.signal)));
    return ids.length;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const seen = await once().catch((error: unknown) => {
        deps.log.warn('review.failed', { error: String(error) });
        return 0;
      });
      if (seen < AT_ONCE_MAX) await rest(deps.pollMs ?? POLL_MS, stopping.signal);
    }
  }

  return {
    once,
    start: () => void (running ??= run()),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Never rejects: a request that cannot be reviewed is a person's. */
async function review(deps: ReviewJobDeps, settings: ReviewSettings, id: string, signal: AbortSignal): Promise<void> {
  try {
    const approval = await deps.approvals.find(deps.org, id);
    if (approval === undefined || approval.state !== 'open') return;
    const draft = await verdictOn(deps, settings, approval, signal);
    const written = await deps.reviews.finish(draft);
    if (written?.applied === true) await approve(deps, settings, approval, draft);
  } catch (thrown) {
    deps.log.error('review.failed', { approval: id, error: String(thrown) });
  }
}

async function approve(
  deps: ReviewJobDeps,
  { agent }: ReviewSettings,
  approval: ApprovalRecord,
  draft: ReviewDraft,
): Promise<void> {
  await deps.approvals.decide({
    org: deps.org,
    approval: approval.id,
    approver: agent,
    groups: approval.gates.map(({ approvers }) => approvers),
    answer: 'approve',
    reason: `Auto-review: ${draft.rationale ?? ''}`,
    shownDigest: approval.shownDigest,
  });
}

async function verdictOn(
  deps: ReviewJobDeps,
  settings: ReviewSettings,
  approval: ApprovalRecord,
  signal: AbortSignal,
): Promise<ReviewDraft> {
  const { id, requestDigest, shownDigest } = approval;
  const likeness = likenessOf(approval);
  const base = { org: deps.org, approval: id, likeness, class: classOf(approval), requestDigest, shownDigest };
  const ask = (codes: readonly string[], rationale: string | null = null): ReviewDraft => ({
    ...base,
    outcome: 'ask',
    codes,
    rationale,
    applied: false,
  });
  const before = await deps.reviews.history(deps.org, likeness);
  const marks = approval.task === null ? NO_MARKS : await deps.marks.read(deps.org, approval.task);
  const outside = outsideOf(settings, factsOf(approval, marks, before));
  // Its own requests are never its own to answer.
  if (outside.length > 0 || approval.requester === settings.agent) return ask(outside.length > 0 ? outside : ['own']);
  const state = await deps.reviews.state(deps.org, base.class);
  if (state === 'suspended') return ask(['suspended']);
  const text = await asked(deps, settings, approval, signal);
  if (text === undefined) return ask(['unavailable']);
  const answer = readAnswer(text);
  if (answer === undefined) return ask(['unreadable']);
  if (answer.outcome === 'ask') return ask(['model'], answer.rationale);
  const applied = state === 'live' && deps.random() >= settings.sample;
  return { ...base, outcome: 'approve', codes: [], rationale: answer.rationale, applied };
}

async function asked(
  deps: ReviewJobDeps,
  settings: ReviewSettings,
  approval: ApprovalRecord,
  signal: AbortSignal,
): Promise<string | undefined> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(MODEL_MS)]);
  return await deps.model.ask(settings, questionOf(approval), patience).catch((thrown: unknown) => {
    deps.log.warn('review.model', { approval: approval.id, error: String(thrown) });
    return undefined;
  });
}
